"""Multinomial logistic regression on standardised codes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..bench.checks import settings
from ..bench.types import Array
from ._shared.vectors import RowSpace, VectorAdversary, accuracy, choose


@dataclass(frozen=True)
class Linear:
    """Logistic regression; its L2 penalty is chosen on held-out training rows unless `c` is given."""

    c: float | None = None
    iterations: int = 500

    def __post_init__(self) -> None:
        settings(self, above=() if self.c is None else ("c",), iterations=1)

    def skip(self, z: Array, y: Array) -> str | None:
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        from sklearn.exceptions import ConvergenceWarning

        prepare = RowSpace.of(z)
        rows = prepare(z)
        grid = [1.0, 0.01, 0.0001] if self.c is None else [self.c]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            best = choose(grid, partial(self._accuracies, grid), rows, y, source, seed=seed)
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always", ConvergenceWarning)
            model = self._fit(best, rows, y)
        slow = any(issubclass(w.category, ConvergenceWarning) for w in seen)
        note = f"did not converge in {self.iterations} iterations" if slow else ""
        return VectorAdversary.checked(prepare, model.predict_proba, rows, y, note)

    def _accuracies(
        self, grid: list[float], z: Array, y: Array, z_held: Array, y_held: Array
    ) -> list[float]:
        return [accuracy(self._fit(c, z, y).predict_proba(z_held), y_held) for c in grid]

    def _fit(self, c: float, z: Array, y: Array) -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=c, max_iter=self.iterations).fit(z, y)
