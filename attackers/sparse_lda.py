"""Linear discriminant analysis on the few columns in which people differ most."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import product

import numpy as np

from ..bench.checks import number
from ..bench.types import Array
from ._shared.discriminants import SHRINKAGES, Discriminants, Rule, needs_rows
from ._shared.vectors import Standardise, VectorAdversary, accuracy, choose

COLUMNS = (64, 16, 256, 4)  # to choose from


@dataclass(frozen=True)
class SparseLda:
    """Discriminant analysis on the columns with the largest F statistics (features annealed, doi:10.1214/07-AOS504).

    A leak in a few of thousands of noisy columns is lost on whoever estimates all of them. columns,
    shrinkage: chosen on held-out training rows unless given.
    """

    columns: int | None = None
    shrinkage: float | None = None

    def __post_init__(self) -> None:
        if self.columns is not None:
            number("sparse-lda:columns", self.columns, 1)
        if self.shrinkage is not None:
            number("sparse-lda:shrinkage", self.shrinkage, 0, 1)

    def skip(self, z: Array, y: Array) -> str | None:
        return needs_rows(y)

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        prepare = Standardise.of(z)
        rows = prepare(z)
        counts = dict.fromkeys(
            min(k, rows.shape[1]) for k in (COLUMNS if self.columns is None else (self.columns,))
        )
        shrinkages = SHRINKAGES if self.shrinkage is None else (self.shrinkage,)
        grid = list(product(counts, shrinkages))

        def accuracies(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            order = strongest(z, y)
            found = {k: Discriminants.of(z[:, order[:k]], y) for k in counts}
            return [accuracy(found[k].rule(s)(z_held[:, order[:k]]), y_held) for k, s in grid]

        k, s = choose(grid, accuracies, rows, y, source, seed=seed)
        own = strongest(rows, y)[:k]
        rule = OnColumns(own, Discriminants.of(rows[:, own], y).rule(s))
        return VectorAdversary.checked(prepare, rule, rows, y)


@dataclass(frozen=True)
class OnColumns:
    """A rule that looks at some columns of the codes."""

    columns: Array
    rule: Rule

    def __call__(self, z: Array) -> Array:
        return self.rule(z[:, self.columns])


def strongest(z: Array, y: Array) -> Array:
    """(d,) column numbers of z (n, d), the largest F statistics first; constant columns last."""
    from sklearn.feature_selection import f_classif

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of constant columns
        size, _ = f_classif(z, y)
    return np.argsort(-np.nan_to_num(size, nan=-1.0), kind="stable")
