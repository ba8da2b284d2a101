"""k nearest neighbours on standardised codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..bench.checks import InputError
from ..bench.types import Array
from ._vectors import ModelAdversary, Standardise, choose


@dataclass(frozen=True)
class Knn:
    """Nearest neighbours; k and the metric are chosen on held-out training rows unless given."""

    k: int | None = None
    metric: Literal["chosen", "euclidean", "cosine"] = "chosen"

    def __post_init__(self) -> None:
        if self.k is not None and self.k < 1:
            raise InputError("knn:k", self.k, "at least 1")

    def skip(self, z: Array, y: Array) -> str | None:
        return f"has {len(y)} rows, fewer than k={self.k}" if self.k and len(y) < self.k else None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> ModelAdversary:
        prepare = Standardise.of(z)
        rows = prepare(z)
        ks = [1, 3, 5, 9] if self.k is None else [self.k]
        metrics = ["euclidean", "cosine"] if self.metric == "chosen" else [self.metric]
        grid = [(k, m) for m in metrics for k in ks if k <= 0.8 * len(y) or self.k]
        return ModelAdversary(prepare, self._fit(choose(grid, self._fit, rows, y, source, seed=seed), rows, y))

    def _fit(self, setting: tuple[int, str], z: Array, y: Array) -> Any:
        from sklearn.neighbors import KNeighborsClassifier

        k, metric = setting
        # Weights by distance break the ties of a vote, which would otherwise go to the lower class number.
        weigh: Any = lambda d: 1.0 / (d + 1e-6 * (1 + np.median(d)))
        return KNeighborsClassifier(min(k, len(y)), metric=metric, algorithm="brute", weights=weigh).fit(z, y)
