"""Defenses that change the picture: one shape for noise, blur and down-sampling."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..bench.types import Array, Samples, Task

if TYPE_CHECKING:
    from ._encoders import NetEncoder


@dataclass(frozen=True)
class Transformed:
    """Releases the transformed image, and the features of a utility network trained on such images."""

    backbone: str = "conv3"
    weights: str = ""
    epochs: int = 20
    lr: float = 1e-3
    batch: int = 64

    def transform(self, x: Array) -> Array:
        """(n, c, h, w) -> the same shape; each subclass says how."""
        raise TypeError(f"{type(self).__name__} defines no transform")

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> NetEncoder:
        from ..bench.train import Budget
        from ._encoders import fit_features

        budget = Budget(self.epochs, self.batch, self.lr)
        return fit_features(
            samples, task.utility, backbone=self.backbone, weights=self.weights, budget=budget, seed=seed,
            device=device, transform=self.transform,
        )  # fmt: skip

    def load(self, folder: Path, *, device: str) -> NetEncoder:
        return reload(self, folder, device, self.transform)


def reload(settings: Any, folder: Path, device: str, transform: Any = None) -> NetEncoder:
    """Rebuild an encoder whose base is named by `settings.backbone`."""
    from ..bench import nets
    from ._encoders import restore

    return restore(folder, lambda shape: nets.backbone(settings.backbone, shape), device=device, transform=transform)
