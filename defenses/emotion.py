"""The Emotion network (Narula et al. 2020, arXiv 2001.06103): trained for the utility, with no thought of privacy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..bench.types import Samples, Task
from ._transforms import reload

if TYPE_CHECKING:
    from ._encoders import NetEncoder


@dataclass(frozen=True)
class Emotion:
    """Features of a network trained on the utility label alone."""

    backbone: str = "conv3"
    weights: str = ""
    epochs: int = 20
    lr: float = 1e-3
    batch: int = 64

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> NetEncoder:
        from ..bench.train import Budget
        from ._encoders import fit_features

        budget = Budget(self.epochs, self.batch, self.lr)
        return fit_features(
            samples, task.utility, backbone=self.backbone, weights=self.weights, budget=budget, seed=seed, device=device
        )

    def load(self, folder: Path, *, device: str) -> NetEncoder:
        return reload(self, folder, device)
