"""Networks trained for one label and nothing else, on pictures as they are or on changed ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...bench import checks
from ...bench.checks import settings
from ...bench.types import Array, Samples, Task

if TYPE_CHECKING:
    from torch import nn

    from .net_encoder import NetEncoder

Transform = Callable[[Array], Array]
BACKBONE = "conv3"


@dataclass(frozen=True)
class Trained:
    """Features of a network trained on one label of the task.

    Emotion and Face of the paper differ in the label alone. label: which of the task's.
    """

    backbone: str = BACKBONE
    weights: str = ""
    epochs: int = 20
    lr: float = 1e-3
    batch: int = 64

    label: ClassVar[Literal["utility", "private"]] = "utility"
    changes_pictures: ClassVar[bool] = False  # whether `transform` does anything

    def __post_init__(self) -> None:
        settings(self, above=("lr",), epochs=1, batch=2)

    def transform(self, x: Array) -> Array:
        """What pictures x (n, c, h, w) become before the network sees them: here, themselves."""
        return x

    def check(self, samples: Samples) -> None:
        """InputError for rows or a backbone that cannot be.

        It is raised before any work, not in every worker.
        """
        check_backbone(samples, self.backbone, self.weights)

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> NetEncoder:
        """The trained network without its head."""
        from ...bench.toolkit.train import Budget
        from .net_encoder import Form, fit_features

        form = Form(self.backbone, self.weights, transform_of(self))
        budget = Budget(self.epochs, self.batch, self.lr)
        label = getattr(task, self.label)
        return fit_features(samples, label, form, budget, seed=seed, device=device)

    def load(self, folder: Path, *, device: str) -> NetEncoder:
        """The encoder that `save` wrote."""
        return reload(self, folder, device)


def check_backbone(samples: Samples, backbone: str, weights: str = "") -> None:
    """InputError for rows that are no pictures, or a backbone or weights that there are not."""
    shape = checks.images("dataset", samples.x).shape[1:]
    if backbone == BACKBONE and not weights:
        return  # nothing to look up, and no need to load PyTorch
    from ...bench.toolkit import nets

    nets.backbone(backbone, shape, weights)


def reload(defense: Any, folder: Path, device: str) -> NetEncoder:
    """The encoder that was saved, with a base that is named by `defense.backbone`."""
    from ...bench.toolkit import nets
    from .net_encoder import restore

    def build(shape: tuple[int, ...]) -> nn.Module:
        return nets.backbone(defense.backbone, shape)

    return restore(folder, build, device=device, transform=transform_of(defense))


def transform_of(defense: Any) -> Transform | None:
    """What a defense does to pictures before its network; None if nothing."""
    return defense.transform if getattr(defense, "changes_pictures", False) else None
