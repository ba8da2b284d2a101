"""A fresh head of three fully connected layers, 256-128-K (Narula et al. 2020, arXiv 2001.06103; widths ours)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..bench.types import Array

if TYPE_CHECKING:
    from ._heads import NetAdversary


@dataclass(frozen=True)
class Fc3:
    """A fresh head of three fully connected layers, 256-128-K, on standardised frozen codes."""

    epochs: int = 60
    patience: int = 5
    lr: float = 1e-3
    batch: int = 64

    def skip(self, z: Array, y: Array) -> str | None:
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> NetAdversary:
        from ..bench.train import Budget
        from ._heads import fit_head

        budget = Budget(self.epochs, self.batch, self.lr, patience=self.patience)
        return fit_head(z, y, source, widths=(256, 128), budget=budget, seed=seed, device=device)
