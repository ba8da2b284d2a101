"""The paper's fresh heads differ in their layers alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ...bench.checks import settings
from ...bench.types import Array

if TYPE_CHECKING:
    from .heads import NetAdversary


@dataclass(frozen=True)
class FreshHead:
    """A head of fully connected layers, fitted from scratch on standardised frozen codes."""

    epochs: int = 60
    lr: float = 1e-3
    batch: int = 64

    widths: ClassVar[tuple[int, ...]] = ()  # of the hidden layers

    def __post_init__(self) -> None:
        settings(self, above=("lr",), epochs=1, batch=2)

    def skip(self, z: Array, y: Array) -> str | None:
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> NetAdversary:
        from ...bench.toolkit.train import Budget
        from .heads import fit_head

        budget = Budget(self.epochs, self.batch, self.lr)
        return fit_head(z, y, widths=self.widths, budget=budget, seed=seed, device=device)
