"""Linear discriminants that share one decomposition among all shrinkages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...bench.types import Array
from .vectors import by_class

# To choose from; the first where nothing can be held out.
SHRINKAGES = (0.1, 0.5, 0.9, 0.01, 1e-4, 1e-6)


def needs_rows(y: Array) -> str | None:
    """Why no covariance within classes y (n,) can be had, or None."""
    if len(y) <= len(np.unique(y)):
        return "needs more rows than classes"
    return None


@dataclass(frozen=True)
class Discriminants:
    """What every shrinkage shares: the classes, and eigenpairs of the covariance within them.

    means: (K, d). prior: (K,) logarithms of the class shares. values, vectors: (d,), and (d, d) in
    columns.
    """

    means: Array
    prior: Array
    values: Array
    vectors: Array

    @classmethod
    def of(cls, z: Array, y: Array) -> Discriminants:
        """Of rows z (n, d) and classes y (n,) in 0..K-1, each class present."""
        from scipy.linalg import eigh

        z = z.astype(np.float64)
        sizes = np.bincount(y)
        means = np.stack([members.mean(0) for members in by_class(z, y)])
        within = z - means[y]
        covariance = within.T @ within / len(y)
        values, vectors = eigh(covariance, overwrite_a=True, driver="evd")
        return cls(means, np.log(sizes / len(y)), np.maximum(values, 0), vectors)

    def rule(self, shrinkage: float) -> Rule:
        """The discriminant with covariance (1 - s) S + s tr(S)/d I, as in scikit-learn's lsqr."""
        spread = (1 - shrinkage) * self.values + shrinkage * self.values.mean()
        # Directions without any spread in a class, measured by all the spread that there is between
        # and within.
        total = self.values.mean() + self.means.var(0).mean()
        spread = np.maximum(spread, 1e-12 * max(total, 1e-300))
        turned = self.means @ self.vectors
        weights = self.vectors @ (turned / spread).T
        squares = np.einsum("kd,dk->k", self.means, weights)
        return Rule(weights, self.prior - 0.5 * squares)


@dataclass(frozen=True)
class Rule:
    """Linear scores z @ weights (d, K) + offsets (K,)."""

    weights: Array
    offsets: Array

    def __call__(self, z: Array) -> Array:
        """Scores (n, K) of rows (n, d): log posteriors up to a constant a row."""
        return z @ self.weights + self.offsets
