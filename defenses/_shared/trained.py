"""Networks trained for one label and nothing else, on the pictures as they are or on changed ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...bench import checks
from ...bench.checks import settings
from ...bench.types import Array, Samples, Task

if TYPE_CHECKING:
    from .net_encoder import NetEncoder

Transform = Callable[[Array], Array]


@dataclass(frozen=True)
class Trained:
    """Features of a network trained on one label of the task; Emotion and Face of the paper differ in it alone."""

    backbone: str = "conv3"
    weights: str = ""
    epochs: int = 20
    lr: float = 1e-3
    batch: int = 64

    label: ClassVar[Literal["utility", "private"]] = "utility"
    transform: ClassVar[Transform | None] = None

    def __post_init__(self) -> None:
        settings(self, above=("lr",), epochs=1, batch=2)

    def check(self, samples: Samples) -> None:
        """InputError for rows or a backbone that cannot be: before any work, not in every worker."""
        check_backbone(samples, self.backbone, self.weights)

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> NetEncoder:
        from ...bench.toolkit.train import Budget
        from .net_encoder import fit_features

        budget = Budget(self.epochs, self.batch, self.lr)
        return fit_features(
            samples,
            getattr(task, self.label),
            backbone=self.backbone,
            weights=self.weights,
            budget=budget,
            seed=seed,
            device=device,
            transform=self.transform,
        )

    def load(self, folder: Path, *, device: str) -> NetEncoder:
        return reload(self, folder, device)


def check_backbone(samples: Samples, backbone: str, weights: str = "") -> None:
    shape = checks.images("dataset", samples.x).shape[1:]
    if (backbone, weights) != (
        "conv3",
        "",
    ):  # else there is nothing to look up, and no need to load PyTorch
        from ...bench.toolkit import nets

        nets.backbone(backbone, shape, weights)


def reload(defense: Any, folder: Path, device: str) -> NetEncoder:
    """Rebuild an encoder whose base is named by `defense.backbone`."""
    from ...bench.toolkit import nets
    from .net_encoder import restore

    build = lambda shape: nets.backbone(defense.backbone, shape)
    return restore(folder, build, device=device, transform=getattr(defense, "transform", None))
