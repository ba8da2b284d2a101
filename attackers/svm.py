"""Support vector machine with a Gaussian kernel: exact for few rows, through landmarks for many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from ..bench.checks import settings
from ..bench.types import Array
from ._shared.convergence import unheard, watched
from ._shared.vectors import Standardise, VectorAdversary, accuracy, choose

CS = (10.0, 1.0, 100.0)
GAMMAS = (1.0, 0.25, 4.0)
BLOCK = 2**24  # numbers held at once


@dataclass(frozen=True)
class Svm:
    """Support vector machine with a Gaussian kernel; `c` and `gamma` are chosen unless given.

    They are chosen on held-out training rows. gamma: in units of 1 / the mean squared norm of
    standardised rows. rows: up to this many, the kernel between all of them; beyond, its Nystroem
    approximation on `landmarks` rows, and least squares in place of the hinge: as accurate in
    trials, and seconds instead of minutes for many classes.
    """

    c: float | None = None
    gamma: float | None = None
    rows: int = 4000
    landmarks: int = 1000
    iterations: int = 100_000

    def __post_init__(self) -> None:
        chosen = {"c": self.c, "gamma": self.gamma}
        given = [key for key, value in chosen.items() if value is not None]
        settings(self, above=given, rows=0, landmarks=1, iterations=1)

    def skip(self, z: Array, y: Array) -> str | None:
        """None: it takes codes of any shape."""
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        """An adversary whose scores (n, K) are decision values."""
        # Not the row space: it would drop the part of a new row that training rows do not span, and
        # bring it nearer.
        prepare = Standardise.of(z)
        rows = prepare(z)
        grid = self._grid(prepare)
        few = len(rows) <= self.rows
        train = self._exact if few else partial(self._sketched, seed=seed)

        def accuracies(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            correct = []
            for gamma, c in grid:
                machine = train(gamma, c, z, y)
                correct.append(accuracy(machine(z_held), y_held))
            return correct

        with unheard():
            gamma, c = choose(grid, accuracies, rows, y, source, seed=seed)
        best = partial(train, gamma, c, rows, y)
        machine, note = watched(best, self.iterations)
        return VectorAdversary.checked(prepare, machine, rows, y, note)

    def _grid(self, prepare: Standardise) -> list[tuple[float, float]]:
        """Pairs (gamma, c) to choose from."""
        # Every column that varies adds 1 to the mean squared norm.
        varying = np.count_nonzero(prepare.scale)
        unit = 1 / max(varying, 1)
        factors = GAMMAS if self.gamma is None else (self.gamma,)
        gammas = [factor * unit for factor in factors]
        cs = CS if self.c is None else (self.c,)
        return list(product(gammas, cs))

    def _exact(self, gamma: float, c: float, z: Array, y: Array) -> Machine:
        from sklearn.svm import SVC

        features = partial(gaussian, known=z, gamma=gamma)
        model = SVC(C=c, kernel="precomputed", max_iter=self.iterations)
        model.fit(features(z), y)
        return Machine(features, model, BLOCK // len(z))

    def _sketched(self, gamma: float, c: float, z: Array, y: Array, *, seed: int) -> Machine:
        from sklearn.kernel_approximation import Nystroem
        from sklearn.linear_model import RidgeClassifier

        rng = np.random.default_rng(seed)
        chosen = rng.permutation(len(z))[: self.landmarks]
        # In float64, because it divides by roots of small eigenvalues.
        some = z[chosen].astype(np.float64)
        kernel = Nystroem(gamma=gamma, n_components=len(some), random_state=seed)
        kernel.fit(some)

        def features(z: Array) -> Array:
            return kernel.transform(z.astype(np.float64))

        block = BLOCK // self.landmarks
        model = RidgeClassifier(alpha=1 / (2 * c))
        model.fit(in_blocks(features, z, block), y)
        return Machine(features, model, block)


@dataclass(frozen=True)
class Machine:
    """A fitted model on the features of rows (n, d), which are made for `block` rows at a time."""

    features: Callable[[Array], Array]
    model: Any
    block: int

    def __call__(self, z: Array) -> Array:
        """Decision values (n, K) of rows (n, d)."""
        values = in_blocks(self._decision, z, self.block)
        if values.ndim == 2:
            return values
        return np.stack([-values, values], axis=1)  # one column for two classes

    def _decision(self, z: Array) -> Array:
        return self.model.decision_function(self.features(z))


def in_blocks(f: Callable[[Array], Array], z: Array, size: int) -> Array:
    """f(z), computed for `size` rows at a time.

    What f makes on its way may be much larger than what it returns.
    """
    size = max(1, size)
    parts = []
    for start in range(0, len(z), size):
        part = z[start : start + size]
        parts.append(f(part))
    return np.concatenate(parts)


def gaussian(queries: Array, known: Array, gamma: float) -> Array:
    """exp(-gamma |q - r|^2), (n, m), between rows (n, d) and (m, d)."""
    of_queries = np.square(queries).sum(1, dtype=np.float64)
    of_known = np.square(known).sum(1, dtype=np.float64)
    products = queries @ known.T
    squares = of_queries[:, None] + of_known - 2.0 * products
    return np.exp(-gamma * np.maximum(squares, 0))
