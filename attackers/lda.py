"""Linear discriminant analysis with a shrunken covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..bench.checks import number
from ..bench.types import Array
from ._vectors import RowSpace, VectorAdversary, accuracy, choose


@dataclass(frozen=True)
class Lda:
    """Linear discriminant analysis; shrinkage is chosen on held-out training rows unless given (0 to 1)."""

    shrinkage: float | None = None

    def __post_init__(self) -> None:
        if self.shrinkage is not None:
            number("lda:shrinkage", self.shrinkage, 0, 1)

    def skip(self, z: Array, y: Array) -> str | None:
        return "needs more rows than classes" if len(y) <= len(set(y.tolist())) else None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        prepare = RowSpace.of(z)
        rows = prepare(z)
        grid = [0.1, 0.5, 0.9, 0.01, 1e-4, 1e-6] if self.shrinkage is None else [self.shrinkage]

        def accuracies(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            found = Discriminants.of(z, y)
            return [accuracy(found.rule(s)(z_held), y_held) for s in grid]

        best = choose(grid, accuracies, rows, y, source, seed=seed)
        return VectorAdversary.checked(prepare, Discriminants.of(rows, y).rule(best), rows, y)


@dataclass(frozen=True)
class Discriminants:
    """What every shrinkage shares: class means (K, d), log priors (K,), eigenpairs of the within-class covariance."""

    means: Array
    prior: Array
    values: Array
    vectors: Array

    @classmethod
    def of(cls, z: Array, y: Array) -> Discriminants:
        """z (n, d), y (n,) in 0..K-1, each class present."""
        from scipy.linalg import eigh

        z = z.astype(np.float64)
        sizes = np.bincount(y)
        means = np.stack([z[y == c].mean(0) for c in range(len(sizes))])
        within = z - means[y]
        values, vectors = eigh(within.T @ within / len(y), overwrite_a=True, driver="evd")
        return cls(means, np.log(sizes / len(y)), np.maximum(values, 0), vectors)

    def rule(self, shrinkage: float) -> Rule:
        """The discriminant with covariance (1 - s) S + s tr(S)/d I, as in scikit-learn's lsqr solver."""
        spread = (1 - shrinkage) * self.values + shrinkage * self.values.mean()
        # Directions without any spread in a class, measured by all the spread that there is between and within.
        total = self.values.mean() + self.means.var(0).mean()
        spread = np.maximum(spread, 1e-12 * max(total, 1e-300))
        weights = self.vectors @ ((self.means @ self.vectors) / spread).T
        return Rule(weights, self.prior - 0.5 * np.einsum("kd,dk->k", self.means, weights))


@dataclass(frozen=True)
class Rule:
    """Linear scores z @ weights (d, K) + offsets (K,)."""

    weights: Array
    offsets: Array

    def __call__(self, z: Array) -> Array:
        return z @ self.weights + self.offsets
