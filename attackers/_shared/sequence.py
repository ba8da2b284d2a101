"""What attackers of sequences share; they differ in their network alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ...bench.checks import number, settings
from ...bench.types import Array

if TYPE_CHECKING:
    from ...bench.toolkit.recurrent import Base
    from .frames import FrameAdversary
    from .heads import NetAdversary, Training


@dataclass(frozen=True)
class OfSequences(ABC):
    """A network on sequences (n, t, d). size: numbers of a frame's code; the rest: its training."""

    size: int = 64
    epochs: int = 40
    lr: float = 2e-3
    batch: int = 64
    dropout: float = 0.2

    sequences: ClassVar[bool] = True

    def __post_init__(self) -> None:
        settings(self, above=("lr",), size=1, epochs=1, batch=2)
        number(f"{type(self).__name__.lower()}:dropout", self.dropout, 0, 0.9)

    @abstractmethod
    def base(self, d: int) -> Base:
        """A network on frames of d numbers."""

    def skip(self, z: Array, y: Array) -> str | None:
        """Why it cannot take codes that are no sequences, or None."""
        if z.ndim == 3:
            return None
        return f"takes sequences (t, d), not a release of shape {z.shape[1:]}"

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> NetAdversary:
        """An adversary whose scores (n, K) are the logits of the network."""
        from . import frames

        training = self._training(seed, device)
        return frames.fit_classes(z, y, base=self.base, dropout=self.dropout, training=training)

    def regress(
        self, z: Array, target: Array, *, source: Array, seed: int, device: str
    ) -> FrameAdversary:
        """An adversary that predicts a continuous label target (n, t), NaN where not rated."""
        from . import frames

        training = self._training(seed, device)
        return frames.fit_ratings(z, target, base=self.base, training=training)

    def _training(self, seed: int, device: str) -> Training:
        from ...bench.toolkit.train import Budget
        from .heads import Training

        return Training(Budget(self.epochs, self.batch, self.lr), seed, device)
