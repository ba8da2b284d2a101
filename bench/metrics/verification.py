"""Do two codes come from one person? Scores of mated and non-mated pairs -> error rates and bits.

scores: (m,) finite numbers, one a pair; larger means "rather the same person".
mated: (m,) bool, True where both codes of the pair come from one person.
weight: (m,) how often each pair counts, at least 0; once, if it is not given. `bootstrap` uses it.

Every measure but `d_sys` depends on the order of the scores only. All weigh the two classes alike,
however many pairs each has, and give tied scores what a blind decision between them would earn (the
ROC goes straight through a tie).

Index: `eer`, `auc`, `tpr`, `zebra`, and `d_sys` and `d_sys_held_out` of `linkability`; by name in
`MEASURES`. `bootstrap` says how sure a number is; `pairs.cosine_pairs` makes scores of codes, and
`pairs.null` says what it would be if nothing leaked. The threat is an attacker who compares two
releases of people never seen before: no training, no list of names.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from ..checks import InputError, number
from ..types import Array
from .linkability import d_sys, d_sys_held_out
from .scored_pairs import Scored

Measure = Callable[..., float]  # f(scores, mated, weight=None)
# 0.7213 bits: the uncertainty of an evenly spread prior, all of it taken away.
ZEBRA_MAX = 1 / (2 * math.log(2))
NEAR = 1e-2  # of a likelihood ratio to 1, where a series is used
TERMS = 8  # of that series


def eer(scores: Array, mated: Array, weight: Array | None = None) -> float:
    """Error rate where as many mated pairs are missed as others accepted, on the ROC convex hull.

    The rate e with a point (1 - TPR, FPR) = (e, e) on the hull; range [0, 0.5], *smaller* is the
    better attacker; 0.5 is blind; no unit. Every point of the hull is reached by a random choice
    between two thresholds, so it is what an attacker gets; scores that are worse than blind give
    0.5. The hull is fitted to the same pairs: it flatters the attacker a little on few pairs.
    O(m log m). Source: Provost and Fawcett 2001, doi:10.1023/A:1007601015854; Brummer and de
    Villiers 2011, arXiv:1304.2865.

    Raises:
        InputError: unless scores and weights are finite and there is a pair of both classes.
    """
    p, q = Scored.of(scores, mated, weight).hull()
    missed = np.append(0, np.cumsum(p))
    accepted = 1 - np.append(0, np.cumsum(q))
    crossing = np.interp(0, missed - accepted, missed)
    return float(np.clip(crossing, 0, 0.5))


def auc(scores: Array, mated: Array, weight: Array | None = None) -> float:
    """P(a mated pair scores higher than a non-mated one) + P(tie) / 2: Mann-Whitney's U / (m1 m0).

    Range [0, 1], larger is better, 0.5 is blind; no unit. Below 0.5 the scores are upside down,
    which is information too. Source: Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747.

    Raises:
        InputError: as in `eer`.
    """
    a, b = Scored.of(scores, mated, weight).mass()
    below = np.cumsum(b) - b / 2
    return float(a @ below / (a.sum() * b.sum()))


def tpr(scores: Array, mated: Array, weight: Array | None = None, *, fpr: float) -> float:
    """Share of the mated pairs recognised where a share `fpr` of the non-mated ones is accepted.

    P(score > threshold | mated) at P(score > threshold | non-mated) = fpr; range [0, 1], larger is
    better, `fpr` is blind; no unit. Read off the ROC itself: a step where scores are distinct (the
    best threshold that accepts at most `fpr`), a straight line through a tie. A line from corner to
    corner would invent values between thresholds. On continuous scores both have the same limit.
    Source: Carlini et al. 2022, arXiv:2112.03570, for why the low end is what matters.

    Raises:
        InputError: as in `eer`, or with fewer than 1/fpr non-mated pairs, where no threshold has
            that rate.
    """
    number("fpr", fpr, 0, 1, open_low=True)
    a, b = Scored.of(scores, mated, weight).mass()
    # All pairs that are handed in, weighted 0 or not: a resample has the same gallery.
    others = np.count_nonzero(~np.asarray(mated))
    if others * fpr < 1 - 1e-9:
        expected = f"at least {1 / fpr:.0f} for an FPR of {fpr}"
        raise InputError("scores", f"{others} non-mated pairs", expected)
    recognised = _from_the_top(a)
    accepted = _from_the_top(b)
    # The last corner of the ROC that accepts at most fpr, and the next.
    last = int(np.searchsorted(accepted, fpr, side="right")) - 1
    corners = slice(last, last + 2)
    return float(np.interp(fpr, accepted[corners], recognised[corners]))


def zebra(scores: Array, mated: Array, weight: Array | None = None) -> float:
    """Expected privacy disclosure of a population in bits: ZEBRA's D_ECE, at the best calibration.

    Range [0, 1 / (2 ln 2) = 0.7213] bits, larger is better for the attacker. int_0^1 H(pi) -
    ECE(pi) dpi, the uncertainty that the scores take from an attacker whose prior P(mated) = pi may
    be anything from 0 to 1. With likelihood ratios r that is (1/2 - mean_mated c(1/r) -
    mean_non-mated c(r)) / ln 2, where c(x) = int_0^1 pi ln(1 + x (1 - pi) / pi) dpi = x / (2 (1 -
    x)) + x^2 ln x / (2 (1 - x)^2), c(1) = 1/4.

    r by isotonic regression on the same pairs (PAV, without Laplace's rule), so that no calibration
    could be better: **biased upwards** on few pairs, see `pairs.null`. Source: Nautsch et al. 2020,
    arXiv:2005.09413; PAV: Brummer and du Preez 2006, doi:10.1016/j.csl.2005.08.001.

    Raises:
        InputError: as in `eer`.
    """
    p, q = Scored.of(scores, mated, weight).hull()
    cost = _expected_cost(p, q) + _expected_cost(q, p)
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
BLIND = {  # what each is where nothing leaks, but for its bias
    "eer": 0.5,
    "auc": 0.5,
    "tpr@1%": 0.01,
    "tpr@0.1%": 0.001,
    "d_sys": 0.0,
    "d_sys_held_out": 0.0,
    "zebra": 0.0,
}


def _from_the_top(mass: Array) -> Array:
    """(t + 1,) share of the mass (t,) above each threshold, from the highest on."""
    return np.append(0, np.cumsum(mass[::-1]) / mass.sum())


def _expected_cost(p: Array, q: Array) -> Array:
    """Mean over the pairs of shares p (k,) of c(q / p) of `zebra`."""
    some = p > 0
    ratio = q[some] / p[some]
    return p[some] @ _prior_cost(ratio)


def _prior_cost(x: Array) -> Array:
    """c(x) of `zebra`, x >= 0; near 1 by its series, because there the formula loses all digits."""
    e = x - 1
    near = np.abs(e) < NEAR
    far = np.where(near | (x == 0), 2.0, x)
    exact = far / (2 * (1 - far)) + far**2 * np.log(far) / (2 * (1 - far) ** 2)
    terms = sum((-e) ** k / ((k + 1) * (k + 2)) for k in range(TERMS))
    series = x / 2 * terms
    cost = np.where(near, series, exact)
    return np.where(x == 0, 0.0, cost)
