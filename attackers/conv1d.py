"""Convolutions over time on sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._shared.sequence import OfSequences

if TYPE_CHECKING:
    from ..bench.toolkit.recurrent import Base


@dataclass(frozen=True)
class Conv1d(OfSequences):
    """Three convolutions over time, each reaching twice as far; tells continuous labels frame by frame."""

    def base(self, d: int) -> Base:
        from ..bench.toolkit.recurrent import Convolved

        return Convolved(d, self.size)
