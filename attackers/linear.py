"""Multinomial logistic regression on standardised codes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from ..bench.checks import settings
from ..bench.types import Array
from ._shared.convergence import unheard, watched
from ._shared.vectors import RowSpace, VectorAdversary, accuracy, choose


@dataclass(frozen=True)
class Linear:
    """Logistic regression; its L2 penalty is chosen on held-out training rows unless given.

    c: the inverse of the penalty.
    """

    c: float | None = None
    iterations: int = 500

    def __post_init__(self) -> None:
        settings(self, above=() if self.c is None else ("c",), iterations=1)

    def skip(self, z: Array, y: Array) -> str | None:
        """None: it takes codes of any shape."""
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        """An adversary whose scores (n, K) are probabilities."""
        prepare = RowSpace.of(z)
        rows = prepare(z)
        grid = [1.0, 0.01, 0.0001] if self.c is None else [self.c]

        def accuracies(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            models = (self._fit(c, z, y) for c in grid)
            return [accuracy(model.predict_proba(z_held), y_held) for model in models]

        with unheard():
            best = choose(grid, accuracies, rows, y, source, seed=seed)
        model, note = watched(partial(self._fit, best, rows, y), self.iterations)
        return VectorAdversary.checked(prepare, model.predict_proba, rows, y, note)

    def _fit(self, c: float, z: Array, y: Array) -> Any:
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=c, max_iter=self.iterations)
        return model.fit(z, y)
