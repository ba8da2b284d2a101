"""The worst of many adversaries: chosen on one half of the test pictures, certified on the other.

The largest of several estimates is biased upwards: eight attackers that know nothing seem to know
something on three test sets in ten. Who chooses and certifies on different pictures is not fooled.

hits: (m, n) what each of m adversaries earned on each of n test rows, in [0, 1]; 1 is right, a
t-fold tie earns 1/t.
source: (n,) rows of one source are copies or frames of one picture and count as one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats as distributions

from ..checks import InputError, number
from ..types import Array
from .intervals import bonferroni, clopper_pearson

LEVEL = 0.95


@dataclass(frozen=True)
class Certificate:
    """What the best of the adversaries is worth.

    best: the adversary whose lower limit is quoted. mean: its hits on all rows. low: its certified
    lower limit, on rows that it was not chosen on. high: no adversary that was tried is worth more.
    """

    best: int
    mean: float
    low: float
    high: float


def certify(hits: Array, source: Array, *, seed: int, level: float = 0.95) -> Certificate:
    """The certificate of m adversaries tried on n rows. The lower and the upper limit each hold with `level`.

    The sources are dealt into two halves; each half chooses an adversary and the other certifies
    it, both at a level that lets the larger of the two lower limits be taken. The upper limit is
    the largest of all adversaries': to be too low it must be below the limit of the one that is
    worth most, which is wrong no more often than any single limit.

    Raises:
        InputError: if shapes do not fit, hits lie outside of [0, 1], or there are fewer than two
        sources.
    """
    hits, source = _checked(hits, source, level)
    half = halves(source, seed)
    limits = []
    for choosing in (half, ~half):
        best = int(hits[:, choosing].mean(1).argmax())
        low = share(hits[best, ~choosing], source[~choosing], bonferroni(level, 2), side="lower")[0]
        limits.append((low, best))
    low, best = max(limits)
    high = max(share(own, source, level, side="upper")[1] for own in hits)
    return Certificate(best, float(hits[best].mean()), low, max(high, low))


def share(
    hits: Array, source: Array, level: float = 0.95, *, side: str = "both"
) -> tuple[float, float]:
    """(low, high) of the mean of hits (n,) in [0, 1] whose rows depend on each other within a source (n,).

    Clopper and Pearson's exact interval for as many independent rows as would have the same
    variance, corrected for the few sources that the variance is read from; never more rows than
    there are. Where all hits agree, a source is one row. Source: Korn and Graubard 1998, Survey
    Methodology 24(2), 193-201.
    """
    n, mean = len(hits), float(hits.mean())
    _, group = np.unique(source, return_inverse=True)
    m = int(group.max()) + 1
    rows = float(m)
    if 0 < mean < 1 and m > 1 and not (m == n and np.isin(hits, (0, 1)).all()):
        total = np.bincount(group, hits - mean)
        variance = m / (m - 1) * float(total @ total) / n**2
        effective = min(mean * (1 - mean) / variance, n) if variance > 0 else n
        # The variance has m - 1 degrees of freedom, fewer where a few sources have most rows (they
        # pull the mean to themselves, and seem to vary little): quantiles of t instead of those of
        # the normal distribution.
        size = np.bincount(group)
        freedom = max(n**2 / float(size @ size) - 1, 1.0)
        tail = (1 - level) / (2 if side == "both" else 1)
        ratio = float(distributions.norm.isf(tail) / distributions.t.isf(tail, freedom))
        rows = max(effective * ratio**2, 1.0)
    return clopper_pearson(mean * rows, rows, level, side=side)


def halves(source: Array, seed: int) -> Array:
    """(n,) bool, about half of the sources."""
    found, group = np.unique(source, return_inverse=True)
    dealt = np.random.default_rng(seed).permutation(len(found)) % 2 == 0
    return dealt[group]


def _checked(hits: Array, source: Array, level: float) -> tuple[Array, Array]:
    hits, source = np.asarray(hits, float), np.asarray(source)
    number("level", level, 0, 1, open_low=True)
    if hits.ndim != 2 or hits.shape[1:] != source.shape or 0 in hits.shape:
        raise InputError(
            "hits", f"shape {hits.shape} for source of shape {source.shape}", "(m, n) for (n,)"
        )
    if not ((hits >= 0) & (hits <= 1)).all():
        raise InputError("hits", "a number outside of [0, 1]", "what each row earned, from 0 to 1")
    if len(np.unique(source)) < 2:
        raise InputError(
            "source", "one source", "at least two", "one half chooses, the other certifies"
        )
    return hits, source
