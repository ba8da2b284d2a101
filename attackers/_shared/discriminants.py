"""Linear discriminants that share one decomposition among all shrinkages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...bench.types import Array

SHRINKAGES = (
    0.1,
    0.5,
    0.9,
    0.01,
    1e-4,
    1e-6,
)  # to choose from; the first where nothing can be held out


def needs_rows(y: Array) -> str | None:
    """Why no covariance within classes (n,) can be had, or None."""
    return "needs more rows than classes" if len(y) <= len(set(y.tolist())) else None


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
        # Directions without any spread in a class, measured by all the spread that there is between
        # and within.
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
