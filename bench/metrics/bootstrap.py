"""How sure a measure of `verification` is: people, not pairs, are what is drawn again."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ..checks import InputError, number, one_of
from ..types import Array
from .scored_pairs import Pairs
from .verification import MEASURES, RANGES

MIN_PEOPLE = 5  # four people have 35 resamples


def bootstrap(
    pairs: Pairs, measure: str, *, seed: int, level: float = 0.95, repeats: int = 1000
) -> tuple[float, float, float]:
    """(value, low, high) of a measure (a name in `MEASURES`) by a bootstrap over people.

    All three lie in the measure's range and have its unit. Pairs share people, so resampling pairs
    gives intervals that are far too narrow. A person drawn t times gives t of its mated pairs each,
    and t_i t_j of a pair of two. Plain percentiles would repeat the bias of EER, D_sys and ZEBRA
    (and never cover .5, 0 and 0): the interval is centred at the value less its bootstrap bias; its
    half-width is the longer tail, widened by t/z and sqrt(P / (P - 1)) for P people. It need not
    hold the value. `d_sys` has more bias than a bootstrap sees: use `d_sys_held_out`. If every
    resample agrees (people perfectly apart), low = high, which proves no certainty. O(repeats m log
    m). Source: Bolle et al. 2004, doi:10.1016/j.cviu.2003.08.002 (subsets); Hesterberg 2015,
    arXiv:1411.5279 (width).

    Raises:
        InputError: as the measure, with fewer than 5 people, or if mated contradicts the people.
    """
    f = MEASURES[one_of("measure", measure, MEASURES)]
    value = f(pairs.scores, pairs.mated)
    number("repeats", repeats, 2)
    if not 0 < level < 1:
        raise InputError("level", level, "a number between 0 and 1", "0.95 for 95 %")
    people = _numbered(pairs)
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(repeats):
        scores, mated, weight = _resample(people, rng)
        values.append(f(scores, mated, weight))
    drawn = np.array(values)
    mean = float(drawn.mean())
    half = _half_width(drawn, mean, people.count, level)
    least, most = RANGES.get(measure, (0.0, 1.0))
    centre = np.clip(2 * value - mean, least, most)
    low = float(max(centre - half, least))
    high = float(min(centre + half, most))
    return value, low, high


@dataclass(frozen=True)
class _Numbered:
    """Pairs sorted by score, with numbers in place of the people.

    count: how many people there are. a, b: (m,) their numbers in both columns.
    """

    count: int
    a: Array
    b: Array
    scores: Array
    mated: Array


def _half_width(drawn: Array, mean: float, count: int, level: float) -> float:
    """Half of the interval of values (repeats,) drawn around their mean, for that many people."""
    tail = (1 - level) / 2
    ends = np.quantile(drawn, [tail, 1 - tail])
    half = np.abs(ends - mean).max()
    widened = stats.t.isf(tail, count - 1) / stats.norm.isf(tail)
    half *= widened * math.sqrt(count / (count - 1))
    return half


def _numbered(pairs: Pairs) -> _Numbered:
    """The pairs with their people numbered, if these can be resampled."""
    people_a = np.asarray(pairs.people_a)
    people_b = np.asarray(pairs.people_b)
    scores = np.asarray(pairs.scores)
    mated = np.asarray(pairs.mated)
    if not people_a.shape == people_b.shape == scores.shape:
        got = f"shapes {people_a.shape}, {people_b.shape}"
        raise InputError("people_a, people_b", got, f"{scores.shape}")
    both = np.concatenate([people_a, people_b])
    people, number_of = np.unique(both, return_inverse=True)
    a, b = number_of.reshape(2, -1)
    wrong = np.count_nonzero((a == b) != mated)
    if wrong:
        got = f"{wrong} pairs that contradict the people"
        raise InputError("mated", got, "people_a == people_b")
    if len(people) < MIN_PEOPLE:
        got = f"{len(people)} people"
        expected = f"at least {MIN_PEOPLE}"
        raise InputError("people_a, people_b", got, expected, "nothing to resample")
    order = np.argsort(scores, kind="stable")
    return _Numbered(len(people), a[order], b[order], scores[order], mated[order])


def _resample(people: _Numbered, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """(scores, mated, weight) of people drawn with replacement.

    They are drawn again if a class has vanished.
    """
    mated = people.mated
    even = np.full(people.count, 1 / people.count)
    while True:
        times = rng.multinomial(people.count, even)
        times_a = times[people.a]
        times_b = times[people.b]
        weight = np.where(mated, times_a, times_a * times_b)
        if weight[mated].any() and weight[~mated].any():
            return people.scores, mated, weight
