"""Quadratic discriminant analysis with class covariances shrunken toward a common one and toward spheres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..bench.checks import number, settings
from ..bench.types import Array
from ._shared.leading import leading
from ._shared.vectors import VectorAdversary, accuracy, choose

POOLED = (
    0.5,
    0.1,
    0.9,
    0.0,
    1.0,
)  # 0: every class its own covariance; 1: linear discriminant analysis
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
        for key in ("pooled", "spherical"):
            if (weight := getattr(self, key)) is not None:
                number(f"qda:{key}", weight, 0, 1)

    def skip(self, z: Array, y: Array) -> str | None:
        return "needs more rows than classes" if len(y) <= len(set(y.tolist())) else None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        prepare = leading(z, self.dims)
        rows = prepare(z).astype(np.float64)
        pooled = POOLED if self.pooled is None else (self.pooled,)
        spherical = SPHERICAL if self.spherical is None else (self.spherical,)

        def accuracies(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            found = Moments.of(z, y)
            return [
                accuracy(scores, y_held)
                for p in pooled
                for scores in found.shrunken(p).scores(z_held, spherical)
            ]

        p, s = choose(
            [(p, s) for p in pooled for s in spherical], accuracies, rows, y, source, seed=seed
        )
        best = Moments.of(rows, y).shrunken(p)
        return VectorAdversary.checked(prepare, lambda z: best.scores(z, (s,))[0], rows, y)


@dataclass(frozen=True)
class Moments:
    """What every shrinkage shares: sizes (K,) and means (K, d) of the classes, scatter (K, d, d) around these."""

    sizes: Array
    means: Array
    scatter: Array

    @classmethod
    def of(cls, z: Array, y: Array) -> Moments:
        """z (n, d) float64, y (n,) in 0..K-1, each class present."""
        members = [z[y == c] for c in range(int(y.max()) + 1)]
        means = np.stack([rows.mean(0) for rows in members])
        within = [rows - mean for rows, mean in zip(members, means, strict=True)]
        return cls(
            np.array([len(rows) for rows in members]),
            means,
            np.stack([rows.T @ rows for rows in within]),
        )

    def shrunken(self, pooled: float) -> Ellipsoids:
        """Covariances ((1 - p) S_k + p m P) / ((1 - p) n_k + p m), of scatter S_k, mean size m, common covariance P.

        Small classes lean more on what all have in common. After Friedman 1989,
        doi:10.1080/01621459.1989.10478752, whose weight is relative to all n rows where ours is
        relative to a class of mean size m: the same p then means the same for any number of
        classes.
        """
        own, common = (1 - pooled) * self.sizes, pooled * self.sizes.mean()
        shared = common * self.scatter.sum(0) / self.sizes.sum()
        covariance = ((1 - pooled) * self.scatter + shared) / (own + common)[:, None, None]
        values, vectors = np.linalg.eigh(covariance)
        return Ellipsoids(
            np.log(self.sizes / self.sizes.sum()), self.means, np.maximum(values, 0), vectors
        )


@dataclass(frozen=True)
class Ellipsoids:
    """Log priors (K,), means (K, d) and eigenpairs (K, d), (K, d, d) of the covariances: spheres only change values."""

    prior: Array
    means: Array
    values: Array
    vectors: Array

    def scores(self, z: Array, spherical: Sequence[float]) -> Array:
        """Log posteriors (s, n, K) up to a constant a row, with covariances (1 - s) C + s tr(C)/d I (Friedman 1989)."""
        found = np.empty((len(spherical), len(z), len(self.means)))
        s = np.asarray(spherical)[:, None]
        for c, (mean, values) in enumerate(zip(self.means, self.values, strict=True)):
            spread = np.maximum((1 - s) * values + s * values.mean(), FLOOR)
            squares = np.square((z - mean) @ self.vectors[c])
            found[:, :, c] = self.prior[c] - 0.5 * (
                np.log(spread).sum(1)[:, None] + (1 / spread) @ squares.T
            )
        return found
