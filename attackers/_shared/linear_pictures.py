"""Ridge regression of codes on pixels, in closed form, and what it says of rows that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...bench.toolkit import memory
from ...bench.types import Array

PENALTIES = (1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0)  # in units of the codes' total variance
SAMPLED = 1024  # pixels that the penalty is chosen on
PIXELS = 2048  # fitted together


@dataclass(frozen=True)
class Linear:
    """mean + rows @ weight: pictures (n, p) of rows (n, d) whose mean is 0. weight: (d, p) float32, mean: (p,)."""

    weight: Array
    mean: Array

    @classmethod
    def fitted(
        cls, rows: Array, pixels: Array, source: Array, *, seed: int
    ) -> tuple[Linear, Array]:
        """(the map, its pictures (n, p) of the training rows by a map that did not see any row of their source).

        rows (n, d) with mean 0, pixels (n, p), source (n,). The penalty is that with the least
        error on unseen sources.
        """
        mean = pixels.mean(0)
        values, vectors = np.linalg.eigh((rows.T @ rows).astype(np.float64))
        kept = values > 1e-9 * max(float(values[-1]), 1e-30)
        values, vectors = values[kept], vectors[:, kept]
        u = (rows @ vectors) / np.sqrt(values)
        groups = [np.flatnonzero(source == s) for s in np.unique(source)]
        some = np.random.default_rng(seed).permutation(len(mean))[:SAMPLED]
        few = (pixels[:, some] - mean[some]).astype(np.float64)
        unit = float(values.sum()) / len(rows)
        shrunk = (
            [values / (values + penalty * unit) for penalty in PENALTIES]
            if len(values)
            else [values]
        )
        errors = [float(np.square(few - _unseen(u, s, few, groups)).mean()) for s in shrunk]
        best = shrunk[int(np.argmin(errors))]
        weight, unseen = (
            np.empty((rows.shape[1], len(mean)), np.float32),
            memory.empty(pixels.shape),
        )
        back = vectors / np.sqrt(values) * best
        for start in range(0, len(mean), PIXELS):  # not all at once: copies of all pictures add up
            part = slice(start, start + PIXELS)
            rest = (pixels[:, part] - mean[part]).astype(np.float64)
            unseen[:, part] = _unseen(u, best, rest, groups) + mean[part]
            weight[:, part] = back @ (u.T @ rest)
        return cls(weight, mean.astype(np.float32)), unseen


def _unseen(u: Array, shrunk: Array, pixels: Array, groups: list[Array]) -> Array:
    """Predictions (n, p) of centred pixels, each group's by a fit without it, in closed form.

    With H the matrix of the fit with its free mean, what is left over without group g is (1 -
    H_gg)^-1 r_g.
    """
    n = len(u)
    found = (u * shrunk) @ (u.T @ pixels)
    for g in groups:
        own = np.eye(len(g)) * (1 + 1e-6) - (u[g] * shrunk) @ u[g].T - 1 / n
        found[g] = pixels[g] - np.linalg.solve(own, pixels[g] - found[g])
    return found
