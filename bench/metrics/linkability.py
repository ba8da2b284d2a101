"""How surely two codes are linked: Gomez-Barrero's D_sys, as published and without its upward bias.

scores, mated, weight: (m,) as in `verification`, where both stand in `MEASURES`.

Index: `d_sys`, the number to compare with papers; `d_sys_held_out`, the number to believe.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import Array
from .scored_pairs import TINY, Scored

FEWEST_BINS, MOST_BINS = 2, 100


def d_sys(scores: Array, mated: Array, weight: Array | None = None) -> float:
    """Global linkability D_sys with omega = 1, by histogram; 0 unlinkable, 1 surely linked.

    sum_bins p max(0, (p - q) / (p + q)), p and q the shares of mated and non-mated pairs in the
    bin; the integral is int p(s) max(0, 2 LR / (1 + LR) - 1) ds. Range [0, 1], larger is better for
    the attacker, no unit. Bins of equal width over the range of all scores, one for ten mated
    pairs, 2 to 100 of them.

    **Biased upwards**: noise in the bins looks like linkability (where nothing leaks: 0.09 at 100
    to 1,000 pairs a class, 0.04 at 5,000). And one extreme score widens the bins until they hide
    the leak. This is the number to compare with papers; quote it with `pairs.null`, and believe
    `d_sys_held_out`. Source: Gomez-Barrero et al. 2018, doi:10.1109/TIFS.2017.2788000,
    arXiv:2311.04633; number of bins after Maouche et al., Interspeech 2020, whose trapezoids count
    half of the first and last bin; ours count all of it.

    Raises:
        InputError: as in `verification.eer`.
    """
    pairs = Scored.of(scores, mated, weight)
    tenth = pairs.weight[pairs.mated].sum() // 10
    bins = int(np.clip(tenth, FEWEST_BINS, MOST_BINS))
    place = _place(pairs.scores) * bins
    bin_of = np.minimum(place, bins - 1).astype(int)
    p = _shares(bin_of, pairs.weight, pairs.mated, bins)
    q = _shares(bin_of, pairs.weight, ~pairs.mated, bins)
    return float(p @ np.maximum(_difference(p, q), 0))


def d_sys_held_out(scores: Array, mated: Array, weight: Array | None = None) -> float:
    """D_sys without the upward bias: every pair is judged by a histogram that was made without it.

    At most 1, larger is better for the attacker, no unit; around 0 where nothing leaks (far below
    on a handful of pairs). Its expectation does not exceed D_sys.

    With t = (p - q) / (p + q), D_sys is the mean of g(t) = max(0, t + t^2) over the even mixture of
    both classes, and g is convex: for any guess u of t, mean(g(u) + g'(u) (t - u)) <= D_sys, with
    equality at u = t. That bound is linear in t, hence a plain mean: of (1 + 2u - u^2) / 2 over
    mated and (-1 - 2u - u^2) / 2 over non-mated pairs, where u > 0. We take the mean over all
    choices of one mated and one non-mated pair, and u from the histogram of the others. (Leaving
    out one pair only would make ties in small bins fall to the wrong side.) Bins hold equal shares
    of the mixture, so only the order of the scores counts. Pairs of one person are still dependent,
    which only `pairs.null` and `bootstrap` take into account. Source: ours; tangents of an
    f-divergence as in Nguyen et al. 2010, doi:10.1109/TIT.2010.2068870.

    Raises:
        InputError: as in `verification.eer`.
    """
    bins = equal_shares(Scored.of(scores, mated, weight))
    a = bins.mated
    b = bins.others
    m = a.sum()
    n = b.sum()
    both = bins.guess(bins.one_mated, bins.one_other)
    only_a = bins.guess(bins.one_mated, 0)
    only_b = bins.guess(0, bins.one_other)
    tangent_a = 1 + 2 * only_a - only_a**2
    tangent_b = 1 + 2 * only_b + only_b**2
    gain_a = np.where(only_a > 0, tangent_a, 0)
    gain_b = np.where(only_b > 0, tangent_b, 0)
    value = a * (n - b) @ gain_a
    value = value - 2 * a * b @ both**2
    value -= (m - a) * b @ gain_b
    return float(value / (2 * m * n))


@dataclass(frozen=True)
class Bins:
    """(B,) weight of the mated and other pairs in bins, and the mean weight of one there."""

    mated: Array
    others: Array
    one_mated: Array
    one_other: Array

    def guess(self, without_mated: Array | float, without_other: Array | float) -> Array:
        """(B,) max(0, (p - q) / (p + q)) of the pairs that are left without these."""
        left_mated = np.maximum(self.mated - without_mated, 0)
        left_others = np.maximum(self.others - without_other, 0)
        p = left_mated / _left(self.mated, self.one_mated)
        q = left_others / _left(self.others, self.one_other)
        return np.maximum(_difference(p, q), 0)


def equal_shares(pairs: Scored) -> Bins:
    """The pairs in B bins that hold equal shares of the even mixture of both classes.

    Tied scores share a bin. B is even and a score goes where the middle of its share lies, so that
    no bin straddles two classes that are perfectly apart.
    """
    a, b = pairs.mass()
    m = a.sum()
    n = b.sum()
    share = (a / m + b / n) / 2
    half = round(min(m, n) ** (1 / 3) / 2)
    bins = 2 * max(half, 1)
    middle = (np.cumsum(share) - share / 2) * bins
    bin_of = np.minimum(middle, bins - 1).astype(int)
    a = np.bincount(bin_of, a, bins)
    b = np.bincount(bin_of, b, bins)
    # A pair that a bootstrap drew w times is left out w times: all copies go together.
    bin_of = bin_of[pairs.rank()]
    squares_a = _squares(bin_of, pairs.weight, pairs.mated, bins)
    squares_b = _squares(bin_of, pairs.weight, ~pairs.mated, bins)
    one_a = squares_a / np.maximum(a, TINY)
    one_b = squares_b / np.maximum(b, TINY)
    return Bins(a, b, one_a, one_b)


def _place(scores: Array) -> Array:
    """(m,) where each of the sorted scores lies between the first (0) and the last (1)."""
    # Halves: the range of the largest floats does not overflow.
    half = scores / 2
    first = half[0]
    width = half[-1] - first
    return (half - first) / (width or 1)


def _shares(bin_of: Array, weight: Array, chosen: Array, bins: int) -> Array:
    """(bins,) share of the weight of the chosen pairs in each bin."""
    weight = weight[chosen]
    return np.bincount(bin_of[chosen], weight, bins) / weight.sum()


def _squares(bin_of: Array, weight: Array, chosen: Array, bins: int) -> Array:
    """(bins,) sum of the squared weights of the chosen pairs in each bin."""
    return np.bincount(bin_of[chosen], weight[chosen] ** 2, bins)


def _left(mass: Array, one: Array) -> float:
    """The weight (B,) that is left in all bins, on average, without one pair."""
    return max(mass.sum() - mass @ one / mass.sum(), TINY)


def _difference(p: Array, q: Array) -> Array:
    """(p - q) / (p + q), 0 where both are 0."""
    return (p - q) / np.maximum(p + q, TINY)
