"""Linear discriminant analysis with a shrunken covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..bench.types import Array
from ._vectors import ModelAdversary, RowSpace, choose


@dataclass(frozen=True)
class Lda:
    """Linear discriminant analysis; shrinkage is chosen on held-out training rows unless given (0 to 1)."""

    shrinkage: float | None = None

    def skip(self, z: Array, y: Array) -> str | None:
        return "needs more rows than classes" if len(y) <= len(set(y.tolist())) else None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> ModelAdversary:
        prepare = RowSpace.of(z)
        rows = prepare(z)
        grid = [0.1, 0.5, 0.9, 0.01] if self.shrinkage is None else [self.shrinkage]
        return ModelAdversary(prepare, self._fit(choose(grid, self._fit, rows, y, source, seed=seed), rows, y))

    def _fit(self, shrinkage: float, z: Array, y: Array) -> Any:
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

        return LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(z, y)
