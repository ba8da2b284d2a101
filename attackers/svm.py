"""Support vector machine with a Gaussian kernel: exact where rows are few, through landmarks where they are many."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from ..bench.checks import settings
from ..bench.types import Array
from ._shared.vectors import Standardise, VectorAdversary, accuracy, choose

CS = (10.0, 1.0, 100.0)
GAMMAS = (1.0, 0.25, 4.0)
BLOCK = 2**24  # numbers held at once


@dataclass(frozen=True)
class Svm:
    """Support vector machine with a Gaussian kernel; `c` and `gamma` are chosen on held-out rows unless given.

    gamma: in units of 1 / the mean squared norm of standardised rows. rows: up to this many, the
    kernel between all of them; beyond, its Nystroem approximation on `landmarks` rows, and least
    squares in place of the hinge: as accurate in trials, and seconds instead of minutes for many
    classes.
    """

    c: float | None = None
    gamma: float | None = None
    rows: int = 4000
    landmarks: int = 1000
    iterations: int = 100_000

    def __post_init__(self) -> None:
        given = [key for key in ("c", "gamma") if getattr(self, key) is not None]
        settings(self, above=given, rows=0, landmarks=1, iterations=1)

    def skip(self, z: Array, y: Array) -> str | None:
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        from sklearn.exceptions import ConvergenceWarning

        # Not the row space: it would drop the part of a new row that training rows do not span, and
        # bring it nearer.
        prepare = Standardise.of(z)
        rows = prepare(z)
        unit = 1 / max(
            np.count_nonzero(prepare.scale), 1
        )  # every column that varies adds 1 to the mean squared norm
        gammas = [g * unit for g in (GAMMAS if self.gamma is None else (self.gamma,))]
        grid = list(product(gammas, CS if self.c is None else (self.c,)))
        train = self._exact if len(rows) <= self.rows else partial(self._sketched, seed=seed)

        def accuracies(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            return [accuracy(train(g, c, z, y)(z_held), y_held) for g, c in grid]

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            gamma, c = choose(grid, accuracies, rows, y, source, seed=seed)
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always", ConvergenceWarning)
            machine = train(gamma, c, rows, y)
        slow = any(issubclass(w.category, ConvergenceWarning) for w in seen)
        note = f"did not converge in {self.iterations} iterations" if slow else ""
        return VectorAdversary.checked(prepare, machine, rows, y, note)

    def _exact(self, gamma: float, c: float, z: Array, y: Array) -> Machine:
        from sklearn.svm import SVC

        similar = partial(gaussian, known=z, gamma=gamma)
        model = SVC(C=c, kernel="precomputed", max_iter=self.iterations).fit(similar(z), y)
        return Machine(similar, model, BLOCK // len(z))

    def _sketched(self, gamma: float, c: float, z: Array, y: Array, *, seed: int) -> Machine:
        from sklearn.kernel_approximation import Nystroem
        from sklearn.linear_model import RidgeClassifier

        # In float64, because it divides by roots of small eigenvalues.
        some = z[np.random.default_rng(seed).permutation(len(z))[: self.landmarks]].astype(
            np.float64
        )
        near = Nystroem(gamma=gamma, n_components=len(some), random_state=seed).fit(some)
        similar = lambda z: near.transform(z.astype(np.float64))
        block = BLOCK // self.landmarks
        model = RidgeClassifier(alpha=1 / (2 * c)).fit(in_blocks(similar, z, block), y)
        return Machine(similar, model, block)


@dataclass(frozen=True)
class Machine:
    """Decision values (n, K) of a fitted model on the features of rows (n, d), `block` rows at a time."""

    features: Callable[[Array], Array]
    model: Any
    block: int

    def __call__(self, z: Array) -> Array:
        values = in_blocks(
            lambda part: self.model.decision_function(self.features(part)), z, self.block
        )
        return (
            values if values.ndim == 2 else np.stack([-values, values], axis=1)
        )  # one column for two classes


def in_blocks(f: Callable[[Array], Array], z: Array, size: int) -> Array:
    """f(z), computed for `size` rows at a time: what f makes on its way may be much larger than what it returns."""
    size = max(1, size)
    return np.concatenate([f(z[start : start + size]) for start in range(0, len(z), size)])


def gaussian(queries: Array, known: Array, gamma: float) -> Array:
    """exp(-gamma |q - r|^2), (n, m), between rows (n, d) and (m, d)."""
    norms = [np.square(rows).sum(1, dtype=np.float64) for rows in (queries, known)]
    squares = norms[0][:, None] + norms[1] - 2.0 * (queries @ known.T)
    return np.exp(-gamma * np.maximum(squares, 0))
