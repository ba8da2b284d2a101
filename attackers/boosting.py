"""Gradient boosted trees: thresholds and interactions that no distance and no hyperplane sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..bench.checks import settings
from ..bench.types import Array
from ._shared.leading import leading
from ._shared.vectors import VectorAdversary


@dataclass(frozen=True)
class Boosting:
    """Gradient boosted trees, trained for their whole budget.

    rounds: trees a class, of which there are at most `trees` in all. dims: every split looks at
    every dimension, so wider codes are cut to this many directions of largest variance.
    """

    rounds: int = 100
    trees: int = 2000
    lr: float = 0.1
    leaves: int = 8
    rows_a_leaf: int = 5
    l2: float = 1.0
    dims: int = 128

    def __post_init__(self) -> None:
        settings(self, above=("lr",), rounds=1, trees=1, leaves=2, rows_a_leaf=1, l2=0, dims=1)

    def skip(self, z: Array, y: Array) -> str | None:
        """None: it takes codes of any shape."""
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        """An adversary whose scores (n, K) are probabilities."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        prepare = leading(z, self.dims)
        affordable = self.trees // len(np.unique(y))
        rounds = max(1, min(self.rounds, affordable))
        model = HistGradientBoostingClassifier(
            max_iter=rounds,
            learning_rate=self.lr,
            max_leaf_nodes=self.leaves,
            l2_regularization=self.l2,
            min_samples_leaf=self.rows_a_leaf,
            random_state=seed,
            # The rows that it would stop on split sources.
            early_stopping=False,  # pyright: ignore[reportArgumentType]
        )
        rows = prepare(z)
        model.fit(rows, y)
        return VectorAdversary.checked(prepare, model.predict_proba, rows, y)
