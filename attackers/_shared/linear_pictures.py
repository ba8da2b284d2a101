"""Ridge regression of codes on pixels, in closed form, and its predictions of unseen rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...bench.toolkit import memory
from ...bench.types import Array

PENALTIES = (1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0)  # in units of the codes' total variance
SAMPLED = 1024  # pixels that the penalty is chosen on
PIXELS = 2048  # fitted together


@dataclass(frozen=True)
class LinearMap:
    """mean + rows @ weight: pictures (n, p) of rows (n, d) whose mean is 0.

    weight: (d, p) float32, mean: (p,).
    """

    weight: Array
    mean: Array

    @classmethod
    def fitted(
        cls, rows: Array, pixels: Array, source: Array, *, seed: int
    ) -> tuple[LinearMap, Array]:
        """(the map, pictures (n, p) of the training rows by maps that saw no row of their source).

        rows (n, d) with mean 0, pixels (n, p), source (n,). The penalty is that with the least
        error on unseen sources.
        """
        mean = pixels.mean(0)
        axes = _Axes.of(rows, source)
        rng = np.random.default_rng(seed)
        some = rng.permutation(len(mean))[:SAMPLED]
        few = pixels[:, some] - mean[some]
        shrinkage = axes.best(few.astype(np.float64))
        back = axes.vectors / np.sqrt(axes.values) * shrinkage
        d = rows.shape[1]
        weight = np.empty((d, len(mean)), np.float32)
        unseen = memory.empty(pixels.shape)
        # Not all at once: copies of all pictures add up.
        for start in range(0, len(mean), PIXELS):
            part = slice(start, start + PIXELS)
            centred = pixels[:, part] - mean[part]
            centred = centred.astype(np.float64)
            predicted = axes.unseen(shrinkage, centred)
            unseen[:, part] = predicted + mean[part]
            projected = axes.u.T @ centred
            weight[:, part] = back @ projected
        return cls(weight, mean.astype(np.float32)), unseen


@dataclass(frozen=True)
class _Axes:
    """Rows (n, d) as u (n, k) on their principal axes, and the row numbers of each source.

    values, vectors: eigenpairs (k,), (d, k) of rows.T @ rows.
    """

    values: Array
    vectors: Array
    u: Array
    sources: list[Array]

    @classmethod
    def of(cls, rows: Array, source: Array) -> _Axes:
        """Those with more than rounding errors of variance, of rows (n, d) and sources (n,)."""
        scatter = (rows.T @ rows).astype(np.float64)
        values, vectors = np.linalg.eigh(scatter)
        largest = float(values[-1])
        kept = values > 1e-9 * max(largest, 1e-30)
        values = values[kept]
        vectors = vectors[:, kept]
        u = (rows @ vectors) / np.sqrt(values)
        names = np.unique(source)
        sources = [np.flatnonzero(source == name) for name in names]
        return cls(values, vectors, u, sources)

    def best(self, pixels: Array) -> Array:
        """(k,) shrinkage of each axis by the penalty with the least error on unseen sources."""
        candidates = self._shrinkages()
        errors = []
        for shrinkage in candidates:
            rest = pixels - self.unseen(shrinkage, pixels)
            error = np.square(rest).mean()
            errors.append(float(error))
        return candidates[int(np.argmin(errors))]

    def _shrinkages(self) -> list[Array]:
        """(k,) of each penalty."""
        if not len(self.values):
            return [self.values]
        unit = float(self.values.sum()) / len(self.u)
        return [self.values / (self.values + penalty * unit) for penalty in PENALTIES]

    def unseen(self, shrinkage: Array, pixels: Array) -> Array:
        """Predictions (n, p) of centred pixels, each source's by a fit without it, in closed form.

        With H the matrix of the fit with its free mean, what is left over without source g is (1 -
        H_gg)^-1 r_g.
        """
        u = self.u
        predicted = (u * shrinkage) @ (u.T @ pixels)
        for g in self.sources:
            of_source = u[g]
            ridged = np.eye(len(g)) * (1 + 1e-6)
            without = ridged - (of_source * shrinkage) @ of_source.T - 1 / len(u)
            rest = pixels[g] - predicted[g]
            predicted[g] = pixels[g] - np.linalg.solve(without, rest)
        return predicted
