"""How much of the plane of (leakage, 1 - utility) the releases of one section dominate together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .. import seeds
from ..metrics import pareto
from ..types import Array
from .crossfit import Series
from .estimates import LEVEL

DRAWS = 1000  # of the folds, with replacement
WORST = (1.0, 1.0)  # everything is leaked, and nothing is served


@dataclass(frozen=True)
class Volume:
    """Hypervolume of the releases' (leakage, 1 - utility), in [0, 1], with its interval."""

    value: float
    ci_low: float
    ci_high: float
    kind: str = "hypervolume"


def volume(releases: Sequence[tuple[Series, Series]]) -> Volume:
    """Hypervolume of the points (leakage, 1 - utility) below (1, 1).

    releases: the (privacy, utility) of each, in the same folds.

    Leakage counts from chance upwards, as in the leaderboard. Interval: percentiles of 1000 draws
    of the folds with replacement (Efron and Tibshirani 1993, chapter 13). It does not cover that
    folds share training rows, so that it is too narrow, and more so with few folds; nor which
    attackers were tried; nor that a front is made of the luckiest points. Of eight releases with
    one true point the volume was 0.46 instead of 0.42 over ten simulated folds, and the interval
    never held the truth; of one release, or of three that stand apart, it did in 94% and 87% of the
    trials.
    """
    leakage = np.stack([privacy.values for privacy, _ in releases])  # (releases, J)
    chance = np.stack([privacy.chance for privacy, _ in releases])
    utility = np.stack([utility.values for _, utility in releases])

    def of(folds: Array) -> float:
        leaked = np.maximum(leakage[:, folds].mean(1), chance[:, folds].mean(1))
        lost = 1 - utility[:, folds].mean(1)
        return pareto.hypervolume(np.stack([leaked, lost], axis=1), WORST)

    folds = leakage.shape[1]
    rng = np.random.default_rng(seeds.stream(0, "compare", "hypervolume"))
    drawn = [of(draw) for draw in rng.integers(folds, size=(DRAWS, folds))]
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Volume(of(np.arange(folds)), float(low), float(high))
