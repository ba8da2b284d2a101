"""What an attack on a federated training achieved, and its interval over people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .. import seeds
from ..metrics import intervals
from ..types import Array

DRAWS = 1000  # of people, for an interval
FEWEST = 3  # people that an interval is made of
# What an attacker has of a person: a single message, or those of many rounds.
ONE = "one round"
ALL = "all rounds"


@dataclass(frozen=True)
class Finding:
    """What an attack on updates achieved: a measure in [0, 1], its 95% interval, and its chance.

    measure: `accuracy`, a share of updates or of people, or `auc`, an area under the curve. low,
    high: limits over people, who are drawn again with all that they sent; NaN for less than FEWEST.
    over: ONE or ALL.
    """

    target: str
    over: str
    attacker: str
    measure: str
    value: float
    low: float
    high: float
    chance: float


def interval_of_mean(correct: Array, person: Array, seed: int) -> tuple[float, float]:
    """95% limits of the mean of correct (n,) over draws of people; NaN for less than FEWEST."""

    def mean(at: Array) -> float:
        return float(correct[at].mean())

    return interval(mean, person, seed)


def interval(
    of: Callable[[Array], float],
    person: Array,
    seed: int,
    usable: Callable[[Array], bool] | None = None,
) -> tuple[float, float]:
    """95% limits of `of(rows)` over draws of people with all of their rows; NaN for few people.

    usable: says of which draws there is a value; None for all.
    """
    people = np.unique(person)
    if len(people) < FEWEST:
        return np.nan, np.nan
    rng = np.random.default_rng(seeds.stream(seed, "people"))
    rows = {p: np.flatnonzero(person == p) for p in people}
    values = []
    for _ in range(DRAWS):
        drawn = rng.choice(people, len(people))
        at = np.concatenate([rows[p] for p in drawn])
        if usable is None or usable(at):
            values.append(of(at))
    if np.ptp(values) == 0 and values[0] in (0.0, 1.0):  # that all agree proves no certainty
        return intervals.wilson(values[0] * len(people), len(people))
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
