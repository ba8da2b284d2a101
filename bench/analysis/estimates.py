"""Records of one release -> how well each attacker does, how sure that is, which is strongest.

The leakage of a release is that of its strongest attacker: a mean over attackers hides the one that
works. The largest of several estimates is biased upwards, so its interval holds for all attackers
together (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..metrics import classification, intervals, regression
from ..records import Record

LEVEL = 0.95  # confidence level of every interval of a table

Attempts = Mapping[str, Sequence[Record]]  # attacker SPEC -> its records of one role and release


@dataclass(frozen=True)
class Estimate:
    """One attacker's mean over folds and seeds, with its interval and the mean chance level.

    below: significantly below chance, after correction for all attackers that were tried. That is
    information, never privacy: an attacker that sees it inverts its predictions. weak: in some fold
    the attack did not get going, so the number proves nothing.
    """

    attacker: str
    mean: float
    low: float
    high: float
    chance: float
    below: bool = False
    weak: bool = False
    metric: str = "accuracy"

    @property
    def strength(self) -> float:
        """The mean or, significantly below chance, as much above chance as the mean lies below."""
        return 2 * self.chance - self.mean if self.below else self.mean

    @property
    def advantage(self) -> float:
        """(mean - chance) / (1 - chance): 0 at chance, 1 where every prediction is correct."""
        return classification.advantage(self.mean, self.chance)


def estimate(attacker: str, records: Iterable[Record], level: float = LEVEL) -> Estimate | None:
    """Mean over folds and seeds and its Nadeau-Bengio interval; None if there is no number.

    Sizes count independent pictures: augmented copies add rows, not information. With one fold, or
    without any spread between folds, it is Wilson's on the pooled test pictures instead: ten folds
    of 100% are no proof of certainty. The concordance of a continuous label is no share of
    pictures: from one fold its interval is of its people (`error`), or NaN where there were too
    few.
    """
    numbers = [r for r in records if r.is_number and r.chance is not None]
    if not numbers:
        return None
    mean, low, high = _interval(numbers, level)
    chance = _mean(r.chance for r in numbers)
    return Estimate(attacker, mean, low, high, chance, metric=numbers[0].metric)


def _interval(records: Sequence[Record], level: float) -> tuple[float, float, float]:
    """(mean, low, high) of numbers of one attacker."""
    first = records[0]
    values = [r.value or 0.0 for r in records]
    n_train = _mean(r.n_train_sources for r in records)
    n_test = _mean(r.n_test_sources for r in records)
    # Other seeds of a given split test on the same rows.
    once = len(records) == 1 or first.protocol == "given"
    if once:
        values = [float(np.mean(values))]
    if first.metric == "accuracy":
        folds = {r.fold for r in records}
        rows = round(n_test * len(folds))
        return intervals.fold_interval(values, n_train, n_test, level, rows=rows)
    bounds = regression.BOUNDS[first.metric]
    if once and first.error is not None:
        error = _mean(r.error for r in records)
        return intervals.student(values[0], error, first.people, level, bounds=bounds)
    return intervals.nadeau_bengio(values, n_train, n_test, level, bounds=bounds)


def _mean(values: Iterable[float | None]) -> float:
    return float(np.mean([value or 0.0 for value in values]))


def estimates(attempts: Attempts, level: float = LEVEL) -> dict[str, Estimate]:
    """{attacker: its estimate} of those that have a number.

    `below` is corrected for all of them (Bonferroni).
    """
    plain = _of_each(attempts, attempts, level)
    corrected = intervals.bonferroni(level, max(len(plain), 1))
    return {a: _marked(e, attempts[a], corrected) for a, e in plain.items()}


def _of_each(attempts: Attempts, attackers: Iterable[str], level: float) -> dict[str, Estimate]:
    """{attacker: estimate} without any mark."""
    every = {a: estimate(a, attempts[a], level) for a in attackers}
    return {a: e for a, e in every.items() if e is not None}


def _marked(plain: Estimate, records: Sequence[Record], level: float) -> Estimate:
    """The estimate with `below` and `weak`; a weak attack leaves nothing to invert."""
    weak = any(r.status == "weak" for r in records)
    # A mean that is not below chance has no upper limit below chance either.
    if plain.mean >= plain.chance:
        return replace(plain, weak=weak)
    wide = estimate(plain.attacker, records, level)
    below = wide is not None and wide.high < wide.chance and not weak
    return replace(plain, below=below, weak=weak)


def strongest(
    attempts: Attempts, known: Mapping[str, Estimate], level: float = LEVEL
) -> Estimate | None:
    """The strongest attacker, with an interval for the largest of all that were looked at.

    The largest true value lies above the largest of lower limits that hold together (Bonferroni),
    and below the largest of upper limits that hold each for itself: that of the truly strongest
    attacker is among them.

    Args:
        attempts: records of each attacker.
        known: what `estimates` makes of them at this level.
        level: confidence level.

    Returns:
        None if there are no estimates.
    """
    if not known:
        return None
    best = max(known.values(), key=lambda e: (e.strength, e.attacker))
    corrected = intervals.bonferroni(level, len(known))
    wide = _of_each(attempts, known, corrected)
    if best.below:
        own = wide[best.attacker]
        return replace(best, low=own.low, high=own.high)
    low = max(e.low for e in wide.values())
    high = max(e.high for e in known.values())
    return replace(best, low=low, high=high)
