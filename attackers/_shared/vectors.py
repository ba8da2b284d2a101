"""What vector attackers share: flatten and standardise, hold rows out, choose settings on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from ...bench import checks
from ...bench.reasons import Reason
from ...bench.toolkit import memoise, memory
from ...bench.types import Array

T = TypeVar("T")
FENCE = 3  # interquartile ranges from the median beyond which a number is loud
SAMPLED = 1024  # rows that the fences are read from
UNFITTED = Reason("not-converged", "no better on its own training rows than guessing")


@dataclass(frozen=True)
class Standardise:
    """(n, ...) -> (n, d) with the training rows' mean 0 and deviation 1; constant columns become 0.

    A leak in a column scaled by 1e-4 is as easy to see afterwards as in any other. Numbers far
    outside of a column's usual range are drawn in to logarithms of their distance first: else a few
    loud rows would set the scale of all, and blind every attacker that looks at distances or takes
    gradient steps.

    middle, reach: (d,) median of each column, and the distance from it beyond which a number is
    drawn in. mean, scale: (d,) of what has been drawn in; scale is 1 / deviation.
    """

    middle: Array
    reach: Array
    mean: Array
    scale: Array

    @classmethod
    def of(cls, z: Array) -> Standardise:
        """Of training codes z (n, ...); made once for all attackers and both roles that see them.

        Raises:
            InputError: if a number is not finite.
        """
        return memoise.once(partial(cls._of, z), "standardise", z)

    @classmethod
    def _of(cls, z: Array) -> Standardise:
        flat = checks.finite("codes", z.reshape(len(z), -1))
        middle, reach = _fences(flat)
        quiet = partial(_drawn_in, middle=middle, reach=reach)
        parts = _blocks(flat)
        sums = [quiet(part).sum(0) for part in parts]
        mean = np.sum(sums, axis=0) / len(flat)
        squares = [np.square(quiet(part) - mean).sum(0) for part in parts]
        deviation = np.sqrt(np.sum(squares, axis=0) / len(flat))
        # However little a column varies, it may be the leak: only equal numbers are constant.
        constant = flat.min(0) == flat.max(0)
        scale = 1.0 / np.where(constant, 1.0, deviation)
        return cls(middle, reach, mean, np.where(constant, 0.0, scale))

    def __call__(self, z: Array) -> Array:
        """(n, d) float32 standardised rows of codes z (n, ...)."""
        flat = checks.finite("codes", z.reshape(len(z), -1))
        ready = memory.empty(flat.shape)
        for part, out in zip(_blocks(flat), _blocks(ready), strict=True):
            centred = _drawn_in(part, self.middle, self.reach) - self.mean
            np.multiply(centred, self.scale, out=out, casting="same_kind")
        return ready


def _fences(flat: Array) -> tuple[Array, Array]:
    """(median, distance from it of the fence), (d,) each.

    The distance is FENCE interquartile ranges; in a column that is mostly one value, as many times
    the usual distance of the other values from it.
    """
    step = -(-len(flat) // SAMPLED)
    # A copy, whatever its shape: it is sorted in place.
    columns = np.array(flat[::step].T, order="C")
    n = columns.shape[1]
    columns.sort(axis=1)
    middle = columns[:, n // 2].astype(np.float64)
    upper = columns[:, n - 1 - n // 4].astype(np.float64)
    reach = upper - columns[:, n // 4]
    for column in np.flatnonzero(reach == 0):
        off = np.abs(columns[column] - middle[column])
        others = off[off > 0]
        reach[column] = np.median(others) if len(others) else 1.0
    return middle, FENCE * reach


def _drawn_in(part: Array, middle: Array, reach: Array) -> Array:
    """Float64 of numbers within reach r of the middle as they are, the others drawn in.

    Those that lie x beyond it come to lie at r (1 + log(1 + x/r)/9). Nine, so that a number a
    billion times too large ends three times as far out as the fence, and not twenty times.
    """
    off = part - middle
    beyond = np.abs(off) - reach
    loud = beyond > 0
    if loud.any():
        near = np.broadcast_to(reach, off.shape)[loud]
        farther = np.log1p(beyond[loud] / near) / 9
        off[loud] = np.sign(off[loud]) * near * (1 + farther)
    return off


def _blocks(rows: Array, size: int = 256) -> list[Array]:
    """Views of a few rows each: float64 copies of all rows would be twice the codes."""
    starts = range(0, len(rows), size)
    return [rows[start : start + size] for start in starts]


@dataclass(frozen=True)
class RowSpace:
    """Standardised codes in the space that the training rows span: at most n dimensions, not d.

    A rotation: distances between training rows, and everything that an L2-penalised linear model
    can do, stay.
    """

    standardise: Standardise
    basis: Array | None

    @classmethod
    def of(cls, z: Array) -> RowSpace:
        """Of training codes z (n, ...); made once for all attackers and both roles that see them.

        Raises:
            InputError: if a number is not finite.
        """
        return memoise.once(partial(cls._of, z), "row space", z)

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
        unit = u[:, large] / np.sqrt(square[large])
        return cls(standardise, flat.T @ unit.astype(np.float32))

    def __call__(self, z: Array) -> Array:
        """(n, d') rows of codes z (n, ...) in that space."""
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
    """A mask (n,) of validation rows, about `share` of each class; None if no class can spare one.

    Whole sources are held out. A class with a single source stays in training, so that no attacker
    is tuned without some of its people.
    """
    rng = np.random.default_rng(seed)
    chosen = []
    for c in np.unique(y):
        sources = np.unique(source[y == c])
        wanted = max(1, round(share * len(sources)))
        spare = min(wanted, len(sources) - 1)
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
    """The candidate that is most accurate on held-out training rows; the first if there are none.

    accuracies(z, y, z_held, y_held): of every candidate fitted on (z, y), so that they can share
    what is equal. Ties go to the earlier candidate.
    """
    held = holdout(y, source, seed=seed) if len(candidates) > 1 else None
    if held is None:
        return candidates[0]
    correct = accuracies(z[~held], y[~held], z[held], y[held])
    return candidates[int(np.argmax(correct))]


def by_class(rows: Array, y: Array) -> Iterator[Array]:
    """The rows (n_k, ...) of each class y (n,) in 0..K-1, one class after the other."""
    for c in range(int(y.max()) + 1):
        yield rows[y == c]


def accuracy(scores: Array, y: Array) -> float:
    """Share of rows (n, K) whose largest score is that of their class; range [0, 1]."""
    correct = scores.argmax(1) == y
    return float(correct.mean())


@dataclass(frozen=True)
class VectorAdversary:
    """A fitted rule, scores (n, K) from rows (n, d), behind the preparation of its codes.

    note: what a reader must know of the fit, or None. sound: it fitted a rule.
    """

    prepare: Callable[[Array], Array]
    rule: Callable[[Array], Array]
    note: Reason | None = None
    sound: bool = True

    @classmethod
    def checked(
        cls,
        prepare: Callable[[Array], Array],
        rule: Callable[[Array], Array],
        rows: Array,
        y: Array,
        note: Reason | None = None,
    ) -> VectorAdversary:
        """Not sound if the rule is no better than guessing on its own prepared training rows."""
        guessing = np.bincount(y).max() / len(y)
        if accuracy(rule(rows), y) > guessing:
            return cls(prepare, rule, note)
        return cls(prepare, rule, note or UNFITTED, sound=False)

    def __call__(self, z: Array, /) -> Array:
        """Scores (n, K) of codes (n, ...)."""
        return self.rule(self.prepare(z))
