"""The strongest of many attackers: chosen on one half of the test rows, certified on the other.

The largest of several estimates is biased upwards: eight attackers that know nothing seem to know
something on three test sets in ten. A choice and a certificate on different rows are not fooled.

correct: (m, n) how correct each of m attackers was on each of n test rows, in [0, 1]; 1 is right, a
t-fold tie earns 1/t.
source: (n,) rows of one source are copies or frames of one picture and count as one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ..checks import InputError, number
from ..types import Array
from .intervals import bonferroni, clopper_pearson

LEVEL = 0.95


@dataclass(frozen=True)
class Certificate:
    """What the strongest of the attackers is worth, as shares of rows in [0, 1].

    best: number of the attacker whose lower limit is quoted. mean: its accuracy on all rows. low:
    its certified lower limit, on rows that it was not chosen on. high: no attacker that was tried
    is worth more.
    """

    best: int
    mean: float
    low: float
    high: float


def certify(correct: Array, source: Array, *, seed: int, level: float = 0.95) -> Certificate:
    """The certificate of m attackers tried on n rows; each of its two limits holds with `level`.

    The sources are dealt into two halves; each half chooses an attacker and the other certifies it,
    both at a level that lets the larger of the two lower limits be taken. The upper limit is the
    largest of all attackers': to be too low it must be below the limit of the one that is worth
    most, which is wrong no more often than any single limit. Source: Cox 1975,
    doi:10.1093/biomet/62.2.441 (splitting the data); Dunn 1961, see `intervals.bonferroni`.

    Raises:
        InputError: if shapes do not fit, correct lies outside of [0, 1], or there are fewer than
            two sources.
    """
    correct, source = _checked(correct, source, level)
    half = halves(source, seed)
    each_level = bonferroni(level, 2)
    limits = []
    for choosing in (half, ~half):
        certifying = ~choosing
        best = int(correct[:, choosing].mean(1).argmax())
        held_out = correct[best, certifying]
        low, _ = share(held_out, source[certifying], each_level, side="lower")
        limits.append((low, best))
    low, best = max(limits)
    highs = [share(row, source, level, side="upper")[1] for row in correct]
    mean = float(correct[best].mean())
    return Certificate(best, mean, low, max(max(highs), low))


def share(
    correct: Array, source: Array, level: float = 0.95, *, side: str = "both"
) -> tuple[float, float]:
    """(low, high) in [0, 1] of the mean of correct (n,), whose rows depend within a source.

    Clopper and Pearson's exact interval for as many independent rows as would have the same
    variance, corrected for the few sources that the variance is read from; never more rows than
    there are. Where all rows agree, a source is one row. Source: Korn and Graubard 1998, Survey
    Methodology 24(2), 193-201.
    """
    mean = float(correct.mean())
    _, group = np.unique(source, return_inverse=True)
    sources = int(group.max()) + 1
    rows = float(sources)
    whole = sources == len(correct) and np.isin(correct, (0, 1)).all()
    if 0 < mean < 1 and sources > 1 and not whole:
        tail = (1 - level) / (2 if side == "both" else 1)
        rows = _effective_rows(correct, group, tail)
    return clopper_pearson(mean * rows, rows, level, side=side)


def halves(source: Array, seed: int) -> Array:
    """(n,) bool, True for the rows of about half of the sources."""
    sources, group = np.unique(source, return_inverse=True)
    dealt = np.random.default_rng(seed).permutation(len(sources)) % 2 == 0
    return dealt[group]


def _effective_rows(correct: Array, group: Array, tail: float) -> float:
    """How many independent rows have the variance of the mean of correct (n,)."""
    n = len(correct)
    m = int(group.max()) + 1
    mean = float(correct.mean())
    total = np.bincount(group, correct - mean)
    variance = m / (m - 1) * float(total @ total) / n**2
    effective = min(mean * (1 - mean) / variance, n) if variance > 0 else n
    # The variance has m - 1 degrees of freedom, fewer where a few sources have most rows (they pull
    # the mean to themselves, and seem to vary little): quantiles of t instead of those of the
    # normal distribution.
    size = np.bincount(group)
    freedom = max(n**2 / float(size @ size) - 1, 1.0)
    normal = stats.norm.isf(tail)
    ratio = float(normal / stats.t.isf(tail, freedom))
    return max(effective * ratio**2, 1.0)


def _checked(correct: Array, source: Array, level: float) -> tuple[Array, Array]:
    correct = np.asarray(correct, float)
    source = np.asarray(source)
    number("level", level, 0, 1, open_low=True)
    if correct.ndim != 2 or correct.shape[1:] != source.shape or 0 in correct.shape:
        got = f"shape {correct.shape} for source of shape {source.shape}"
        raise InputError("correct", got, "(m, n) for (n,)")
    inside = (correct >= 0) & (correct <= 1)
    if not inside.all():
        got = "a number outside of [0, 1]"
        raise InputError("correct", got, "what each row earned, from 0 to 1")
    if len(np.unique(source)) < 2:
        hint = "one half chooses, the other certifies"
        raise InputError("source", "one source", "at least two", hint)
    return correct, source
