"""Pairs of codes with their scores, checked and sorted, for `verification` and what stands on it.

Shape letters: m pairs, t distinct scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..checks import InputError, finite
from ..types import Array

TINY = 1e-300  # in place of a 0 that divides a 0


class Pairs(NamedTuple):
    """(m,) columns: persons of both codes, any labels; the score; whether the persons are one."""

    people_a: Array
    people_b: Array
    scores: Array
    mated: Array


@dataclass(frozen=True)
class Scored:
    """Pairs in ascending order of their scores.

    scores: (m,) finite. mated: (m,) bool, some True and some False. weight: (m,) above 0.
    """

    scores: Array
    mated: Array
    weight: Array

    @classmethod
    def of(cls, scores: Array, mated: Array, weight: Array | None) -> Scored:
        """The same, sorted by score, without pairs of weight 0; each counts once without weights.

        Raises:
            InputError: unless lengths agree, scores and weights are finite, weights are at least 0,
                mated is bool, and there is a pair of both classes.
        """
        scores, mated, weight = _columns(scores, mated, weight)
        order = np.argsort(scores, kind="stable")  # fast on scores that are sorted already
        order = order[weight[order] > 0]
        mated = mated[order]
        if mated.all() or not mated.any():
            got = f"{mated.sum()} mated of {len(mated)} pairs"
            raise InputError("mated", got, "at least one pair of both classes")
        return cls(scores[order], mated, weight[order])

    def rank(self) -> Array:
        """(m,) for each pair the number of smaller distinct scores."""
        rises = self.scores[1:] > self.scores[:-1]
        return np.append(0, np.cumsum(rises))

    def mass(self) -> tuple[Array, Array]:
        """(t,) weight of the mated and of the non-mated pairs at each distinct score, ascending."""
        rank = self.rank()
        mated = np.bincount(rank, self.weight * self.mated)
        others = np.bincount(rank, self.weight * ~self.mated)
        return mated, others

    def hull(self) -> tuple[Array, Array]:
        """(k,) shares p and q of both classes in the pools of PAV, at rising scores.

        p/q rises from pool to pool, and the corners between them are the ROC's convex hull.
        """
        from sklearn.isotonic import isotonic_regression

        mated, others = self.mass()
        p = mated / mated.sum()
        q = others / others.sum()
        both = p + q
        fitted = isotonic_regression(p / both, sample_weight=both)
        rises = fitted[1:] > fitted[:-1]
        first = np.flatnonzero(np.append(True, rises))
        return np.add.reduceat(p, first), np.add.reduceat(q, first)


def _columns(scores: Array, mated: Array, weight: Array | None) -> tuple[Array, Array, Array]:
    """(m,) scores, mated and weights as they are, if they can be used."""
    scores = np.asarray(scores, float)
    mated = np.asarray(mated)
    weight = np.ones(scores.shape) if weight is None else np.asarray(weight, float)
    if scores.ndim != 1 or not scores.shape == mated.shape == weight.shape:
        got = f"shapes {scores.shape}, {mated.shape}, {weight.shape}"
        raise InputError("scores", got, "(m,), one of each a pair")
    if mated.dtype != bool:
        raise InputError("mated", f"{mated.dtype}", "bool", "were scores and mated swapped?")
    if (finite("weight", weight) < 0).any():
        raise InputError("weight", f"{weight.min()}", "numbers of at least 0")
    return finite("scores", scores), mated, weight
