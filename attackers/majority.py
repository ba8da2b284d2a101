"""The attacker that has not looked: the floor of both axes, measured rather than assumed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..bench.types import Array


@dataclass(frozen=True)
class Majority:
    """Always guesses the most frequent class of its training rows."""

    def skip(self, z: Array, y: Array) -> str | None:
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> _Constant:
        return _Constant(np.bincount(y) / len(y))


@dataclass(frozen=True)
class _Constant:
    share: Array
    note: str = "does not look at the codes"
    sound: bool = False

    def __call__(self, z: Array, /) -> Array:
        return np.tile(self.share, (len(z), 1))
