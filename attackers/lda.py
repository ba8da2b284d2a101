"""Linear discriminant analysis with a shrunken covariance."""

from __future__ import annotations

from dataclasses import dataclass

from ..bench.checks import number
from ..bench.types import Array
from ._shared.discriminants import SHRINKAGES, Discriminants, needs_rows
from ._shared.vectors import RowSpace, VectorAdversary, accuracy, choose


@dataclass(frozen=True)
class Lda:
    """Linear discriminant analysis; shrinkage is chosen on held-out training rows unless given.

    shrinkage: 0 to 1, the weight of a sphere in the covariance.
    """

    shrinkage: float | None = None

    def __post_init__(self) -> None:
        if self.shrinkage is not None:
            number("lda:shrinkage", self.shrinkage, 0, 1)

    def skip(self, z: Array, y: Array) -> str | None:
        """Why no covariance within classes can be had, or None."""
        return needs_rows(y)

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        """An adversary whose scores (n, K) are log posteriors up to a constant a row."""
        prepare = RowSpace.of(z)
        rows = prepare(z)
        grid = SHRINKAGES if self.shrinkage is None else (self.shrinkage,)

        def accuracies(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            fitted = Discriminants.of(z, y)
            return [accuracy(fitted.rule(s)(z_held), y_held) for s in grid]

        best = choose(grid, accuracies, rows, y, source, seed=seed)
        fitted = Discriminants.of(rows, y)
        return VectorAdversary.checked(prepare, fitted.rule(best), rows, y)
