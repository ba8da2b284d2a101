"""What attackers of sequences share; they differ in their network alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ...bench.checks import number, settings
from ...bench.types import Array

if TYPE_CHECKING:
    from ...bench.toolkit.recurrent import Base
    from .frames import FrameTeller
    from .heads import NetAdversary


@dataclass(frozen=True)
class OfSequences(ABC):
    """size: numbers of a frame's code. The rest is how it is trained."""

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
        return (
            None if z.ndim == 3 else f"takes sequences (t, d), not a release of shape {z.shape[1:]}"
        )

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> NetAdversary:
        from . import frames

        return frames.name(self, z, y, seed=seed, device=device)

    def regress(
        self, z: Array, told: Array, *, source: Array, seed: int, device: str
    ) -> FrameTeller:
        from . import frames

        return frames.tell(self, z, told, seed=seed, device=device)
