"""Networks trained for one label and nothing else: Emotion and Face of the paper differ in the label alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from ..bench.types import Samples, Task
from ._transforms import reload

if TYPE_CHECKING:
    from ._encoders import NetEncoder


@dataclass(frozen=True)
class Trained:
    """Features of a network trained on one label of the task."""

    backbone: str = "conv3"
    weights: str = ""
    epochs: int = 20
    lr: float = 1e-3
    batch: int = 64

    label: ClassVar[Literal["utility", "private"]] = "utility"

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> NetEncoder:
        from ..bench.train import Budget
        from ._encoders import fit_features

        budget = Budget(self.epochs, self.batch, self.lr)
        label = getattr(task, self.label)
        return fit_features(
            samples, label, backbone=self.backbone, weights=self.weights, budget=budget, seed=seed, device=device
        )

    def load(self, folder: Path, *, device: str) -> NetEncoder:
        return reload(self, folder, device)
