"""Quadratic discriminant analysis, its covariances shrunken toward a common one and spheres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from ..bench.checks import number, settings
from ..bench.types import Array
from ._shared.discriminants import needs_rows
from ._shared.leading import leading
from ._shared.vectors import VectorAdversary, accuracy, by_class, choose

# 0: every class has its own covariance; 1: linear discriminant analysis.
POOLED = (0.5, 0.1, 0.9, 0.0, 1.0)
SPHERICAL = (0.1, 0.01, 0.5, 0.0)
FLOOR = 1e-12  # least variance, where a column has at most 1: below is rounding


@dataclass(frozen=True)
class Qda:
    """Quadratic discriminant analysis: sees people who differ only in how their codes vary.

    pooled, spherical: weights (0 to 1) of the common covariance and of a sphere in that of a class
    of mean size; chosen on held-out training rows unless given. dims: a covariance of d dimensions
    has d (d + 1) / 2 numbers, and a class has few rows to read them from; wider codes are cut to
    this many directions of largest variance.
    """

    pooled: float | None = None
    spherical: float | None = None
    dims: int = 128

    def __post_init__(self) -> None:
        settings(self, dims=1)
        if self.pooled is not None:
            number("qda:pooled", self.pooled, 0, 1)
        if self.spherical is not None:
            number("qda:spherical", self.spherical, 0, 1)

    def skip(self, z: Array, y: Array) -> str | None:
        """Why no covariance within classes can be had, or None."""
        return needs_rows(y)

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        """An adversary whose scores (n, K) are log posteriors up to a constant a row."""
        prepare = leading(z, self.dims)
        rows = prepare(z).astype(np.float64)
        pooled = POOLED if self.pooled is None else (self.pooled,)
        spherical = SPHERICAL if self.spherical is None else (self.spherical,)
        grid = list(product(pooled, spherical))

        def accuracies(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            moments = Moments.of(z, y)
            correct = []
            for p in pooled:
                of_spheres = moments.shrunken(p).scores(z_held, spherical)
                correct += [accuracy(scores, y_held) for scores in of_spheres]
            return correct

        p, s = choose(grid, accuracies, rows, y, source, seed=seed)
        best = Moments.of(rows, y).shrunken(p)

        def rule(rows: Array) -> Array:
            return best.scores(rows, (s,))[0]

        return VectorAdversary.checked(prepare, rule, rows, y)


@dataclass(frozen=True)
class Moments:
    """What every shrinkage shares: sizes (K,) and means (K, d) of the classes, and their scatter.

    scatter: (K, d, d), sums of squares around the means.
    """

    sizes: Array
    means: Array
    scatter: Array

    @classmethod
    def of(cls, z: Array, y: Array) -> Moments:
        """Of rows z (n, d) float64 and classes y (n,) in 0..K-1, each class present."""
        sizes = []
        means = []
        scatter = []
        for rows in by_class(z, y):
            mean = rows.mean(0)
            within = rows - mean
            sizes.append(len(rows))
            means.append(mean)
            scatter.append(within.T @ within)
        return cls(np.array(sizes), np.stack(means), np.stack(scatter))

    def shrunken(self, pooled: float) -> Ellipsoids:
        """Covariances ((1 - p) S_k + p m P) / ((1 - p) n_k + p m), with their eigenpairs.

        Of scatter S_k, class size n_k, mean size m and common covariance P. Small classes lean more
        on what all have in common. After Friedman 1989, doi:10.1080/01621459.1989.10478752, whose
        weight is relative to all n rows where ours is relative to a class of mean size m: the same
        p then means the same for any number of classes.
        """
        n = self.sizes.sum()
        of_class = (1 - pooled) * self.sizes
        of_all = pooled * self.sizes.mean()
        shared = of_all * self.scatter.sum(0) / n
        scatter = (1 - pooled) * self.scatter + shared
        rows = of_class + of_all
        values, vectors = np.linalg.eigh(scatter / rows[:, None, None])
        prior = np.log(self.sizes / n)
        return Ellipsoids(prior, self.means, np.maximum(values, 0), vectors)


@dataclass(frozen=True)
class Ellipsoids:
    """Classes as normal distributions: log priors (K,), means (K, d), eigenpairs of covariances.

    values: (K, d), vectors: (K, d, d); a sphere changes the values only.
    """

    prior: Array
    means: Array
    values: Array
    vectors: Array

    def scores(self, z: Array, spherical: Sequence[float]) -> Array:
        """Log posteriors (s, n, K) of rows z (n, d), up to a constant a row.

        spherical: s weights of spheres; the covariances are (1 - s) C + s tr(C)/d I (Friedman
        1989).
        """
        scores = np.empty((len(spherical), len(z), len(self.means)))
        s = np.asarray(spherical)[:, None]
        for c, mean in enumerate(self.means):
            values = self.values[c]
            spread = (1 - s) * values + s * values.mean()
            spread = np.maximum(spread, FLOOR)
            volume = np.log(spread).sum(1)
            squares = np.square((z - mean) @ self.vectors[c])
            distances = (1 / spread) @ squares.T
            scores[:, :, c] = self.prior[c] - 0.5 * (volume[:, None] + distances)
        return scores
