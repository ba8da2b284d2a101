"""A wide regularised perceptron: stronger than the paper's heads where rows are few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..bench.checks import number, settings
from ..bench.types import Array

if TYPE_CHECKING:
    from ._heads import NetAdversary


@dataclass(frozen=True)
class Mlp:
    """Perceptron of one hidden layer with batch normalisation, dropout and weight decay."""

    width: int = 256
    dropout: float = 0.5
    weight_decay: float = 1e-2
    epochs: int = 60
    lr: float = 1e-3
    batch: int = 64

    def __post_init__(self) -> None:
        settings(self, above=("lr",), width=1, epochs=1, batch=2, weight_decay=0)
        number("mlp:dropout", self.dropout, 0, 0.99)

    def skip(self, z: Array, y: Array) -> str | None:
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> NetAdversary:
        from ..bench.train import Budget
        from ._heads import fit_head

        budget = Budget(self.epochs, self.batch, self.lr, self.weight_decay)
        return fit_head(
            z, y, widths=(self.width,), budget=budget, seed=seed, device=device, dropout=self.dropout, norm=True
        )
