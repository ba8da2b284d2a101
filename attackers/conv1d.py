"""Convolutions over time on sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._shared.sequence import OfSequences

if TYPE_CHECKING:
    from ..bench.toolkit.recurrent import Base


@dataclass(frozen=True)
class Conv1d(OfSequences):
    """Convolutions over time, each twice as far apart; predicts continuous labels of each frame."""

    def base(self, d: int) -> Base:
        """Convolutions on frames of d numbers."""
        from ..bench.toolkit.recurrent import Convolved

        return Convolved(d, self.size)
