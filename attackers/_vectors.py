"""What vector attackers share: flatten and standardise, hold rows out, choose settings on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ..bench import checks, memo
from ..bench.types import Array

T = TypeVar("T")


@dataclass(frozen=True)
class Standardise:
    """(n, ...) -> (n, d) with the training rows' mean 0 and deviation 1; constant columns become 0.

    A leak hidden in dimensions scaled by 1e-4 is as easy to see afterwards as any other.
    """

    mean: Array
    scale: Array

    @classmethod
    def of(cls, z: Array) -> Standardise:
        flat = checks.finite("codes", z.reshape(len(z), -1))
        mean = flat.mean(0, dtype=np.float64)
        squares = sum(np.square(part - mean).sum(0) for part in _blocks(flat))
        sd = np.sqrt(squares / len(flat))
        # Below float32's resolution of the column itself a deviation is rounding, not signal.
        constant = sd <= 1e-6 * np.abs(flat).max(0, initial=0.0)
        return cls(mean, np.where(constant, 0.0, 1.0 / np.where(constant, 1.0, sd)))

    def __call__(self, z: Array) -> Array:
        flat = checks.finite("codes", z.reshape(len(z), -1))
        ready = np.empty(flat.shape, np.float32)
        for part, out in zip(_blocks(flat), _blocks(ready), strict=True):
            np.multiply(part - self.mean, self.scale, out=out, casting="same_kind")
        return ready


def _blocks(rows: Array, size: int = 256) -> list[Array]:
    """Views of a few rows each: float64 copies of all rows would be twice the codes."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]


@dataclass(frozen=True)
class RowSpace:
    """Standardised codes turned into the space that the training rows span: at most n dimensions instead of d.

    A rotation: distances between training rows, and everything that an L2-penalised linear model can do, stay.
    """

    standardise: Standardise
    basis: Array | None

    @classmethod
    def of(cls, z: Array) -> RowSpace:
        """Made once for all attackers and both roles that look at the same rows."""
        return memo.once(lambda: cls._of(z), "row space", z)

    @classmethod
    def _of(cls, z: Array) -> RowSpace:
        standardise = Standardise.of(z)
        flat = standardise(z)
        if flat.shape[1] <= len(flat):
            return cls(standardise, None)
        from scipy.linalg import eigh

        # Singular vectors from the small side: an (n, n) eigenproblem instead of an (n, d) decomposition.
        square, u = eigh((flat @ flat.T).astype(np.float64))
        large = square > 1e-10 * square[-1] if square[-1] > 0 else np.arange(len(square)) == 0
        basis = flat.T @ (u[:, large] / np.sqrt(np.maximum(square[large], 1e-300))).astype(np.float32)
        return cls(standardise, basis)

    def __call__(self, z: Array) -> Array:
        flat = self.standardise(z)
        return flat if self.basis is None else flat @ self.basis


def holdout(y: Array, source: Array, *, seed: int, share: float = 0.2) -> Array | None:
    """A mask (n,) of validation rows: about `share` of each class, by whole sources; None if no class can spare one.

    A class with a single source stays in training, so that no attacker is tuned without some of its people.
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
    candidates: Sequence[T], accuracies: Callable[[Array, Array, Array, Array], Sequence[float]],
    z: Array, y: Array, source: Array, *, seed: int,
) -> T:  # fmt: skip
    """The candidate that is most accurate on held-out training rows; the first where there is nothing to hold out.

    accuracies(z, y, z_held, y_held): of every candidate fitted on (z, y), so that they can share what is equal.
    Ties go to the earlier candidate.
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
    """A fitted rule, scores (n, K) from rows (n, d), behind the preparation of its codes."""

    prepare: Callable[[Array], Array]
    rule: Callable[[Array], Array]
    note: str = ""

    def __call__(self, z: Array, /) -> Array:
        return self.rule(self.prepare(z))
