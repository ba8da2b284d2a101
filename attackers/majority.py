"""The attacker that has not looked: the floor of both axes, measured rather than assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..bench.reasons import Reason
from ..bench.types import Array

BLIND = Reason("does-not-look", "does not look at the codes")


@dataclass(frozen=True)
class Majority:
    """Always guesses the most frequent class of its training rows."""

    looks: ClassVar[bool] = False  # at the codes

    def skip(self, z: Array, y: Array) -> str | None:
        """None: it takes codes of any shape."""
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> _Constant:
        """An adversary whose scores (n, K) are the class shares of its training rows."""
        return _Constant(np.bincount(y) / len(y))


@dataclass(frozen=True)
class _Constant:
    """The same scores for every row. share: (K,)."""

    share: Array
    note: Reason | None = BLIND
    sound: bool = False

    def __call__(self, z: Array, /) -> Array:
        """Scores (n, K) of codes (n, ...)."""
        return np.tile(self.share, (len(z), 1))
