"""Can two codes be told to come from one person? Scores of mated and non-mated pairs -> numbers with intervals.

scores: (m,) finite numbers, one a pair; larger means "rather the same person".
mated: (m,) bool, True where both codes of the pair come from one person.
weight: (m,) how often each pair counts, at least 0; once, if it is not given. `bootstrap` uses it.

Every measure but `d_sys` depends on the order of the scores only. All weigh the two classes alike,
however many pairs each has, and give tied scores what a blind decision between them would earn (the
ROC goes straight through a tie).

Index: `eer`, `auc`, `tpr`, `d_sys`, `d_sys_held_out`, `zebra`; by name in `MEASURES`. `bootstrap`
says how sure a number is; `pairs.cosine_pairs` makes scores of codes, and `pairs.null` says what it
would be if nothing leaked. The threat is an adversary who compares two releases of people never
seen before: no training, no list of names.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy import stats

from ..checks import InputError, finite, number, one_of
from ..types import Array

Measure = Callable[..., float]  # f(scores, mated, weight=None)
ZEBRA_MAX = 1 / (
    2 * math.log(2)
)  # 0.7213 bits: the uncertainty of an evenly spread prior, all of it taken away
TINY = 1e-300  # in place of a 0 that divides a 0
MIN_PEOPLE = 5  # four people have 35 resamples


def eer(scores: Array, mated: Array, weight: Array | None = None) -> float:
    """Error rate where as many mated pairs are missed as non-mated ones are accepted, on the ROC convex hull.

    Range [0, 0.5], *smaller* is the better attacker; 0.5 is blind. Every point of the hull is
    reached by a random choice between two thresholds, so it is what an adversary gets; scores that
    are worse than blind give 0.5. The hull is fitted to the same pairs: it flatters the attacker a
    little on few pairs. O(m log m). Source: Provost and Fawcett 2001, doi:10.1023/A:1007601015854;
    Brummer and de Villiers 2011, arXiv:1304.2865.

    Raises:
        InputError: unless scores and weights are finite and there is a pair of both classes.
    """
    p, q = _hull(*_mass(*_checked(scores, mated, weight)))
    missed, accepted = np.append(0, np.cumsum(p)), 1 - np.append(0, np.cumsum(q))
    return float(np.clip(np.interp(0, missed - accepted, missed), 0, 0.5))


def auc(scores: Array, mated: Array, weight: Array | None = None) -> float:
    """P(a mated pair scores higher than a non-mated one) + P(tie) / 2: the Mann-Whitney statistic U / (m1 m0).

    Range [0, 1], larger is better, 0.5 is blind. Below 0.5 the scores are upside down, which is
    information too. Source: Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747.

    Raises:
        InputError: as in `eer`.
    """
    a, b = _mass(*_checked(scores, mated, weight))
    return float(a @ (np.cumsum(b) - b / 2) / (a.sum() * b.sum()))


def tpr(scores: Array, mated: Array, weight: Array | None = None, *, fpr: float) -> float:
    """Share of the mated pairs that is recognised where a share `fpr` of the non-mated ones is accepted.

    Range [0, 1], larger is better, `fpr` is blind. Read off the ROC itself: a step where scores are
    distinct (the best threshold that accepts at most `fpr`), a straight line through a tie. A line
    from corner to corner would invent values between thresholds. On continuous scores both have the
    same limit. Source: Carlini et al. 2022, arXiv:2112.03570, for why the low end is what matters.

    Raises:
        InputError: as in `eer`, or with fewer than 1/fpr non-mated pairs, where no threshold has
        that rate.
    """
    number("fpr", fpr, 0, 1, open_low=True)
    a, b = _mass(*_checked(scores, mated, weight))
    others = np.count_nonzero(
        ~np.asarray(mated)
    )  # all that are handed in: a resample has the same gallery
    if others * fpr < 1 - 1e-9:
        raise InputError(
            "scores", f"{others} non-mated pairs", f"at least {1 / fpr:.0f} for an FPR of {fpr}"
        )
    hit, accepted = (np.append(0, np.cumsum(x[::-1]) / x.sum()) for x in (a, b))
    last = (
        int(np.searchsorted(accepted, fpr, side="right")) - 1
    )  # the last corner that accepts at most fpr
    return float(np.interp(fpr, accepted[last : last + 2], hit[last : last + 2]))


def d_sys(scores: Array, mated: Array, weight: Array | None = None) -> float:
    """Global linkability D_sys with omega = 1, by histogram: 0 unlinkable, 1 every mated pair is surely linked.

    sum_bins p max(0, (p - q) / (p + q)), p and q the shares of mated and non-mated pairs in the
    bin; the integral is int p(s) max(0, 2 LR / (1 + LR) - 1) ds. Bins of equal width over the range
    of all scores, one for ten mated pairs, 2 to 100 of them. **Biased upwards**: noise in the bins
    looks like linkability (where nothing leaks: 0.09 at 100 to 1,000 pairs a class, 0.04 at 5,000).
    And one extreme score widens the bins until they hide the leak. This is the number to compare
    with papers; quote it with `null`, and believe `d_sys_held_out`. Source: Gomez-Barrero et al.
    2018, doi:10.1109/TIFS.2017.2788000, arXiv:2311.04633; number of bins after Maouche et al.,
    Interspeech 2020, whose trapezoids count half of the first and last bin; ours count all of it.

    Raises:
        InputError: as in `eer`.
    """
    scores, mated, weight = _checked(scores, mated, weight)
    bins = int(np.clip(weight[mated].sum() // 10, 2, 100))
    place = (scores / 2 - scores[0] / 2) / (
        scores[-1] / 2 - scores[0] / 2 or 1
    )  # halves: no overflow
    where = np.minimum(place * bins, bins - 1).astype(int)
    p, q = (np.bincount(where[c], weight[c], bins) / weight[c].sum() for c in (mated, ~mated))
    return float(p @ np.maximum(_difference(p, q), 0))


def d_sys_held_out(scores: Array, mated: Array, weight: Array | None = None) -> float:
    """D_sys without the upward bias: every pair is judged by a histogram that was made without it.

    At most 1; around 0 where nothing leaks (far below on a handful of pairs). Its expectation does
    not exceed D_sys. With t = (p - q) / (p + q), D_sys is the mean of g(t) = max(0, t + t^2) over
    the even mixture of both classes, and g is convex: for any guess u of t, mean(g(u) + g'(u) (t -
    u)) <= D_sys, with equality at u = t. That bound is linear in t, hence a plain mean: of (1 + 2u
    - u^2) / 2 over mated and (-1 - 2u - u^2) / 2 over non-mated pairs, where u > 0. We take the
    mean over all choices of one mated and one non-mated pair, and u from the histogram of the
    others. (Leaving out one pair only would make ties in small bins fall to the wrong side.) Bins
    hold equal shares of the mixture, so only the order of the scores counts. Pairs of one person
    are still dependent, which only `null` and `bootstrap` take into account. Source: ours; tangents
    of an f-divergence as in Nguyen et al. 2010, doi:10.1109/TIT.2010.2068870.

    Raises:
        InputError: as in `eer`.
    """
    a, b, one_a, one_b = _equal_shares(*_checked(scores, mated, weight))
    m, n = a.sum(), b.sum()
    m_left, n_left = (max(x.sum() - x @ one / x.sum(), TINY) for x, one in ((a, one_a), (b, one_b)))

    def guess(without_a: Array | float, without_b: Array | float) -> Array:
        p, q = np.maximum(a - without_a, 0) / m_left, np.maximum(b - without_b, 0) / n_left
        return np.maximum(_difference(p, q), 0)

    both, only_a, only_b = guess(one_a, one_b), guess(one_a, 0), guess(0, one_b)
    value = a * (n - b) @ np.where(only_a > 0, 1 + 2 * only_a - only_a**2, 0) - 2 * a * b @ both**2
    value -= (m - a) * b @ np.where(only_b > 0, 1 + 2 * only_b + only_b**2, 0)
    return float(value / (2 * m * n))


def zebra(scores: Array, mated: Array, weight: Array | None = None) -> float:
    """Expected privacy disclosure of a population in bits: ZEBRA's D_ECE, with the best calibration of the scores.

    Range [0, 1 / (2 ln 2) = 0.7213], larger is better for the attacker. int_0^1 H(pi) - ECE(pi)
    dpi, the uncertainty that the scores take from an adversary whose prior P(mated) = pi may be
    anything from 0 to 1. With likelihood ratios r that is (1/2 - mean_mated c(1/r) - mean_non-mated
    c(r)) / ln 2, where c(x) = int_0^1 pi ln(1 + x (1 - pi) / pi) dpi = x / (2 (1 - x)) + x^2 ln x /
    (2 (1 - x)^2), c(1) = 1/4.
    r by isotonic regression on the same pairs (PAV, without Laplace's rule), so that no calibration
    could be better:
    **biased upwards** on few pairs, see `null`.
    Source: Nautsch et al. 2020, arXiv:2005.09413; PAV: Brummer and du Preez 2006,
    doi:10.1016/j.csl.2005.08.001.

    Raises:
        InputError: as in `eer`.
    """
    p, q = _hull(*_mass(*_checked(scores, mated, weight)))
    cost = sum(x[x > 0] @ _prior_cost(y[x > 0] / x[x > 0]) for x, y in ((p, q), (q, p)))
    return float(np.clip((0.5 - cost) / math.log(2), 0, ZEBRA_MAX))


MEASURES: dict[str, Measure] = {
    "eer": eer,
    "auc": auc,
    "tpr@1%": partial(tpr, fpr=0.01),
    "tpr@0.1%": partial(tpr, fpr=0.001),
    "d_sys": d_sys,
    "d_sys_held_out": d_sys_held_out,
    "zebra": zebra,
}
RANGES = {"eer": (0.0, 0.5), "zebra": (0.0, ZEBRA_MAX)}  # of the others: 0 to 1


def bootstrap(
    people_a: Array,
    people_b: Array,
    scores: Array,
    mated: Array,
    measure: str,
    *,
    seed: int,
    level: float = 0.95,
    repeats: int = 1000,
) -> tuple[float, float, float]:
    """(value, low, high) of a measure (a name in `MEASURES`) by a bootstrap over people, in the measure's range.

    Pairs share people, so resampling pairs gives intervals that are far too narrow. A person drawn
    t times gives t of its mated pairs each, and t_i t_j of a pair of two. Plain percentiles would
    repeat the bias of EER, D_sys and ZEBRA (and never cover .5, 0 and 0): the interval is centred
    at the value less its bootstrap bias; its half-width is the longer tail, widened by t/z and
    sqrt(P / (P - 1)) for P people. It need not hold the value. `d_sys` has more bias than a
    bootstrap sees: use `d_sys_held_out`. If every resample agrees (people perfectly apart), low =
    high, which proves no certainty. people_a, people_b: (m,) any labels; mated is people_a ==
    people_b. O(repeats m log m). Source: Bolle et al. 2004, doi:10.1016/j.cviu.2003.08.002
    (subsets); Hesterberg 2015, arXiv:1411.5279 (width).

    Raises:
        InputError: as the measure, with fewer than 5 people, or if mated contradicts the people.
    """
    f, (least, most) = (
        MEASURES[one_of("measure", measure, MEASURES)],
        RANGES.get(measure, (0.0, 1.0)),
    )
    value = f(scores, mated)
    number("repeats", repeats, 2)
    if not 0 < level < 1:
        raise InputError("level", level, "a number between 0 and 1", "0.95 for 95 %")
    P, columns = _people(people_a, people_b, scores, mated)
    rng = np.random.default_rng(seed)
    drawn = np.array([f(*_resample(P, columns, rng)) for _ in range(repeats)])
    tail, mean = (1 - level) / 2, float(drawn.mean())
    half = np.abs(np.quantile(drawn, [tail, 1 - tail]) - mean).max()
    half *= stats.t.isf(tail, P - 1) / stats.norm.isf(tail) * math.sqrt(P / (P - 1))
    centre = np.clip(2 * value - mean, least, most)
    return value, float(max(centre - half, least)), float(min(centre + half, most))


def _people(
    people_a: Array, people_b: Array, scores: Array, mated: Array
) -> tuple[int, tuple[Array, ...]]:
    """(number of people, (their numbers in both columns, scores, mated), sorted by score)."""
    people_a, people_b, scores, mated = (np.asarray(x) for x in (people_a, people_b, scores, mated))
    if not people_a.shape == people_b.shape == scores.shape:
        raise InputError(
            "people_a, people_b", f"shapes {people_a.shape}, {people_b.shape}", f"{scores.shape}"
        )
    people, who = np.unique(np.concatenate([people_a, people_b]), return_inverse=True)
    a, b = who.reshape(2, -1)
    if wrong := np.count_nonzero((a == b) != mated):
        raise InputError(
            "mated", f"{wrong} pairs that contradict the people", "people_a == people_b"
        )
    if len(people) < MIN_PEOPLE:
        raise InputError(
            "people_a, people_b",
            f"{len(people)} people",
            f"at least {MIN_PEOPLE}",
            "nothing to resample",
        )
    order = np.argsort(scores, kind="stable")
    return len(people), (a[order], b[order], scores[order], mated[order])


def _resample(
    P: int, columns: tuple[Array, ...], rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """(scores, mated, weight) of P people drawn with replacement; drawn again if a class has vanished."""
    a, b, scores, mated = columns
    while True:
        times = rng.multinomial(P, np.full(P, 1 / P))
        weight = np.where(mated, times[a], times[a] * times[b])
        if weight[mated].any() and weight[~mated].any():
            return scores, mated, weight


def _checked(scores: Array, mated: Array, weight: Array | None) -> tuple[Array, Array, Array]:
    """The same, without pairs of weight 0, sorted by score."""
    scores, mated = np.asarray(scores, float), np.asarray(mated)
    weight = np.ones(scores.shape) if weight is None else np.asarray(weight, float)
    if scores.ndim != 1 or not scores.shape == mated.shape == weight.shape:
        raise InputError(
            "scores",
            f"shapes {scores.shape}, {mated.shape}, {weight.shape}",
            "(m,), one of each a pair",
        )
    if mated.dtype != bool:
        raise InputError("mated", f"{mated.dtype}", "bool", "were scores and mated swapped?")
    if (finite("weight", weight) < 0).any():
        raise InputError("weight", f"{weight.min()}", "numbers of at least 0")
    order = np.argsort(
        finite("scores", scores), kind="stable"
    )  # fast on scores that are sorted already
    order = order[weight[order] > 0]
    mated = mated[order]
    if mated.all() or not mated.any():
        raise InputError(
            "mated",
            f"{mated.sum()} mated of {len(mated)} pairs",
            "at least one pair of both classes",
        )
    return scores[order], mated, weight[order]


def _mass(scores: Array, mated: Array, weight: Array) -> tuple[Array, Array]:
    """(t,) weight of the mated and of the non-mated pairs at each distinct score, ascending."""
    rank = _rank(scores)
    return np.bincount(rank, weight * mated), np.bincount(rank, weight * ~mated)


def _rank(scores: Array) -> Array:
    """(m,) number of smaller distinct scores, of sorted scores."""
    return np.append(0, np.cumsum(scores[1:] > scores[:-1]))


def _hull(a: Array, b: Array) -> tuple[Array, Array]:
    """(k,) shares p and q of both classes in the pools of PAV: p/q rises, and their corners are the ROC's hull."""
    from sklearn.isotonic import isotonic_regression

    p, q = a / a.sum(), b / b.sum()
    fitted = isotonic_regression(p / (p + q), sample_weight=p + q)
    first = np.flatnonzero(np.append(True, fitted[1:] > fitted[:-1]))
    return np.add.reduceat(p, first), np.add.reduceat(q, first)


def _equal_shares(scores: Array, mated: Array, weight: Array) -> tuple[Array, Array, Array, Array]:
    """(B,) weight of the mated and non-mated pairs in bins of equal shares, and the mean weight of a unit there.

    Tied scores share a bin. B is even and a score goes where the middle of its share lies, so that
    no bin straddles two classes that are perfectly apart.
    """
    a, b = _mass(scores, mated, weight)
    share = (a / a.sum() + b / b.sum()) / 2
    bins = 2 * max(round(min(a.sum(), b.sum()) ** (1 / 3) / 2), 1)
    where = np.minimum((np.cumsum(share) - share / 2) * bins, bins - 1).astype(int)
    a, b = np.bincount(where, a, bins), np.bincount(where, b, bins)
    # A pair that a bootstrap drew w times is left out w times: all copies go together.
    where = where[_rank(scores)]
    one_a, one_b = (np.bincount(where[c], weight[c] ** 2, bins) for c in (mated, ~mated))
    return a, b, one_a / np.maximum(a, TINY), one_b / np.maximum(b, TINY)


def _difference(p: Array, q: Array) -> Array:
    """(p - q) / (p + q), 0 where both are 0."""
    return (p - q) / np.maximum(p + q, TINY)


def _prior_cost(x: Array) -> Array:
    """c(x) of `zebra`, x >= 0; near 1 by its series, because there the formula loses all digits."""
    e = x - 1
    near = np.abs(e) < 1e-2
    far = np.where(near | (x == 0), 2.0, x)
    exact = far / (2 * (1 - far)) + far**2 * np.log(far) / (2 * (1 - far) ** 2)
    series = x / 2 * sum((-e) ** k / ((k + 1) * (k + 2)) for k in range(8))
    return np.where(x == 0, 0.0, np.where(near, series, exact))
