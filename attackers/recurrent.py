"""A recurrent network on sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ._shared.sequence import OfSequences

if TYPE_CHECKING:
    from ..bench.toolkit.recurrent import Base


@dataclass(frozen=True)
class Recurrent(OfSequences):
    """A recurrent network on sequences in their order; predicts continuous labels of each frame."""

    kind: Literal["rnn", "lstm", "gru", "bilstm", "bigru"] = "bigru"

    def base(self, d: int) -> Base:
        """A recurrent network on frames of d numbers."""
        from ..bench.toolkit import recurrent

        return recurrent.Recurrent(self.kind, d, self.size)
