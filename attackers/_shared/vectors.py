"""What vector attackers share: flatten and standardise, hold rows out, choose settings on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ...bench import checks
from ...bench.toolkit import memoise, memory
from ...bench.types import Array

T = TypeVar("T")
FENCE = 3  # interquartile ranges from the median beyond which a number is loud
SAMPLED = 1024  # rows that the fences are read from


@dataclass(frozen=True)
class Standardise:
    """(n, ...) -> (n, d) with the training rows' mean 0 and deviation 1; constant columns become 0.

    A leak in a column scaled by 1e-4 is as easy to see afterwards as in any other. Numbers far
    outside of a column's usual range are drawn in to logarithms of their distance first: else a few
    loud rows would set the scale of all, and blind every attacker that looks at distances or takes
    gradient steps.
    """

    middle: Array
    reach: Array
    mean: Array
    scale: Array

    @classmethod
    def of(cls, z: Array) -> Standardise:
        """Made once for all attackers and both roles that look at the same rows."""
        return memoise.once(lambda: cls._of(z), "standardise", z)

    @classmethod
    def _of(cls, z: Array) -> Standardise:
        flat = checks.finite("codes", z.reshape(len(z), -1))
        middle, reach = _fences(flat)
        quiet = lambda part: _drawn_in(part, middle, reach)
        mean = np.sum([quiet(part).sum(0) for part in _blocks(flat)], axis=0) / len(flat)
        squares = np.sum([np.square(quiet(part) - mean).sum(0) for part in _blocks(flat)], axis=0)
        sd = np.sqrt(squares / len(flat))
        constant = flat.min(0) == flat.max(0)  # however little a column varies, it may be the leak
        return cls(middle, reach, mean, np.where(constant, 0.0, 1.0 / np.where(constant, 1.0, sd)))

    def __call__(self, z: Array) -> Array:
        flat = checks.finite("codes", z.reshape(len(z), -1))
        ready = memory.empty(flat.shape)
        for part, out in zip(_blocks(flat), _blocks(ready), strict=True):
            np.multiply(
                _drawn_in(part, self.middle, self.reach) - self.mean,
                self.scale,
                out=out,
                casting="same_kind",
            )
        return ready


def _fences(flat: Array) -> tuple[Array, Array]:
    """(median, distance from it of the fence), (d,) each.

    The distance is FENCE interquartile ranges; in a column that is mostly one value, as many times
    the usual distance of the other values from it.
    """
    some = np.array(
        flat[:: -(-len(flat) // SAMPLED)].T, order="C"
    )  # a copy, whatever its shape: it is sorted in place
    n = some.shape[1]
    some.sort(axis=1)
    middle = some[:, n // 2].astype(np.float64)
    reach = some[:, n - 1 - n // 4].astype(np.float64) - some[:, n // 4]
    for column in np.flatnonzero(reach == 0):
        off = np.abs(some[column] - middle[column])
        reach[column] = np.median(off[off > 0]) if (off > 0).any() else 1.0
    return middle, FENCE * reach


def _drawn_in(part: Array, middle: Array, reach: Array) -> Array:
    """Numbers within reach r of the middle as they are; those that lie x beyond it at r (1 + log(1 + x/r)/9). float64.

    Nine, so that a number a billion times too large ends three times as far out as the fence, and
    not twenty times.
    """
    off = part - middle
    beyond = np.abs(off) - reach
    if (loud := beyond > 0).any():
        near = np.broadcast_to(reach, off.shape)[loud]
        off[loud] = np.sign(off[loud]) * near * (1 + np.log1p(beyond[loud] / near) / 9)
    return off


def _blocks(rows: Array, size: int = 256) -> list[Array]:
    """Views of a few rows each: float64 copies of all rows would be twice the codes."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]


@dataclass(frozen=True)
class RowSpace:
    """Standardised codes turned into the space that the training rows span: at most n dimensions instead of d.

    A rotation: distances between training rows, and everything that an L2-penalised linear model
    can do, stay.
    """

    standardise: Standardise
    basis: Array | None

    @classmethod
    def of(cls, z: Array) -> RowSpace:
        """Made once for all attackers and both roles that look at the same rows."""
        return memoise.once(lambda: cls._of(z), "row space", z)

    @classmethod
    def _of(cls, z: Array) -> RowSpace:
        standardise = Standardise.of(z)
        flat = standardise(z)
        if flat.shape[1] <= len(flat):
            return cls(standardise, None)
        from scipy.linalg import eigh

        # Singular vectors from the small side: an (n, n) eigenproblem instead of an (n, d)
        # decomposition.
        square, u = eigh(_gram(flat))
        large = square > 1e-10 * square[-1]
        if square[-1] <= 0 or not large.any():  # constant codes span nothing
            return cls(standardise, np.zeros((flat.shape[1], 1), np.float32))
        return cls(standardise, flat.T @ (u[:, large] / np.sqrt(square[large])).astype(np.float32))

    def __call__(self, z: Array) -> Array:
        flat = self.standardise(z)
        return flat if self.basis is None else flat @ self.basis


def _gram(flat: Array, columns: int = 512) -> Array:
    """flat @ flat.T in float64, a few columns at a time."""
    total = np.zeros((len(flat), len(flat)))
    for start in range(0, flat.shape[1], columns):
        part = flat[:, start : start + columns].astype(np.float64)
        total += part @ part.T
    return total


def holdout(y: Array, source: Array, *, seed: int, share: float = 0.2) -> Array | None:
    """A mask (n,) of validation rows: about `share` of each class, by whole sources; None if no class can spare one.

    A class with a single source stays in training, so that no attacker is tuned without some of its
    people.
    """
    rng, chosen = np.random.default_rng(seed), []
    for c in np.unique(y):
        sources = np.unique(source[y == c])
        spare = min(max(1, round(share * len(sources))), len(sources) - 1)
        chosen.append(rng.permutation(sources)[:spare])
    mask = np.isin(source, np.concatenate(chosen))
    kept = np.isin(np.unique(y), y[~mask])  # a source shared by two classes could empty one of them
    return mask if mask.any() and kept.all() else None


def choose(
    candidates: Sequence[T],
    accuracies: Callable[[Array, Array, Array, Array], Sequence[float]],
    z: Array,
    y: Array,
    source: Array,
    *,
    seed: int,
) -> T:
    """The candidate that is most accurate on held-out training rows; the first where there is nothing to hold out.

    accuracies(z, y, z_held, y_held): of every candidate fitted on (z, y), so that they can share
    what is equal. Ties go to the earlier candidate.
    """
    held = holdout(y, source, seed=seed) if len(candidates) > 1 else None
    if held is None:
        return candidates[0]
    return candidates[int(np.argmax(accuracies(z[~held], y[~held], z[held], y[held])))]


def accuracy(scores: Array, y: Array) -> float:
    """Share of rows (n, K) whose largest score is that of their class."""
    return float((scores.argmax(1) == y).mean())


@dataclass(frozen=True)
class VectorAdversary:
    """A fitted rule, scores (n, K) from rows (n, d), behind the preparation of its codes. sound: it found a rule."""

    prepare: Callable[[Array], Array]
    rule: Callable[[Array], Array]
    note: str = ""
    sound: bool = True

    @classmethod
    def checked(
        cls,
        prepare: Callable[[Array], Array],
        rule: Callable[[Array], Array],
        rows: Array,
        y: Array,
        note: str = "",
    ) -> VectorAdversary:
        """Not sound if the rule is no better than guessing on the prepared rows that it was fitted on."""
        if accuracy(rule(rows), y) > np.bincount(y).max() / len(y):
            return cls(prepare, rule, note)
        return cls(
            prepare, rule, note or "no better on its own training rows than guessing", sound=False
        )

    def __call__(self, z: Array, /) -> Array:
        return self.rule(self.prepare(z))
