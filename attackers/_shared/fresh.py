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
        """None: it takes codes of any shape."""
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> NetAdversary:
        """An adversary whose scores (n, K) are the logits of the head."""
        from ...bench.toolkit.train import Budget
        from .heads import Layers, Training, fit_head

        budget = Budget(self.epochs, self.batch, self.lr)
        return fit_head(z, y, Layers(self.widths), Training(budget, seed, device))
