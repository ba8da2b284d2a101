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
    """Linear discriminant analysis on the columns with the largest F statistics.

    A leak in a few of thousands of noisy columns is lost where all of them are estimated. columns,
    shrinkage: chosen on held-out training rows unless given. Source: features annealed independence
    rules, doi:10.1214/07-AOS504.
    """

    columns: int | None = None
    shrinkage: float | None = None

    def __post_init__(self) -> None:
        if self.columns is not None:
            number("sparse-lda:columns", self.columns, 1)
        if self.shrinkage is not None:
            number("sparse-lda:shrinkage", self.shrinkage, 0, 1)

    def skip(self, z: Array, y: Array) -> str | None:
        """Why no covariance within classes can be had, or None."""
        return needs_rows(y)

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        """An adversary whose scores (n, K) are log posteriors up to a constant a row."""
        prepare = Standardise.of(z)
        rows = prepare(z)
        columns = COLUMNS if self.columns is None else (self.columns,)
        counts = dict.fromkeys(min(k, rows.shape[1]) for k in columns)
        shrinkages = SHRINKAGES if self.shrinkage is None else (self.shrinkage,)
        grid = list(product(counts, shrinkages))

        def accuracies(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            order = strongest(z, y)
            correct = []
            for k in counts:
                chosen = order[:k]
                fitted = Discriminants.of(z[:, chosen], y)
                held = z_held[:, chosen]
                correct += [accuracy(fitted.rule(s)(held), y_held) for s in shrinkages]
            return correct

        k, s = choose(grid, accuracies, rows, y, source, seed=seed)
        chosen = strongest(rows, y)[:k]
        fitted = Discriminants.of(rows[:, chosen], y)
        rule = OnColumns(chosen, fitted.rule(s))
        return VectorAdversary.checked(prepare, rule, rows, y)


@dataclass(frozen=True)
class OnColumns:
    """A rule that looks at some columns of the codes."""

    columns: Array
    rule: Rule

    def __call__(self, z: Array) -> Array:
        """Scores (n, K) of rows (n, d)."""
        return self.rule(z[:, self.columns])


def strongest(z: Array, y: Array) -> Array:
    """(d,) column numbers of z (n, d), the largest F statistics first; constant columns last."""
    from sklearn.feature_selection import f_classif

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of constant columns
        size, _ = f_classif(z, y)
    size = np.nan_to_num(size, nan=-1.0)
    return np.argsort(-size, kind="stable")
