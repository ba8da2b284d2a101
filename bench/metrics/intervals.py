"""How sure we are: intervals of one number, comparisons of two, and the price of looking at many.

Shares of rows: `wilson`, `clopper_pearson`, `smallest_visible`. Means over folds: `nadeau_bengio`,
`fold_interval`, `corrected_paired`. One number with a standard error: `student`. Many looks:
`bonferroni`, `holm`. A level is a confidence level such as 0.95.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ..checks import InputError, number, one_of
from ..types import Array


def wilson(k: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """(low, high) score interval of a share k/n, in [0, 1].

    centre (k + z^2/2) / (n + z^2), half-width z sqrt(k(n-k)/n + z^2/4) / (n + z^2), without
    continuity correction. Unlike the normal approximation it has a width at k = 0 and k = n. k need
    not be whole (tied rows earn parts). Source: Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    _check_share(k, n, level)
    z = float(stats.norm.isf((1 - level) / 2))
    centre = (k + z**2 / 2) / (n + z**2)
    half = z * math.sqrt(k * (n - k) / n + z**2 / 4) / (n + z**2)
    # At the ends the limit is exactly 0 or 1; rounding must not put the estimate outside of its own
    # interval.
    return (0.0 if k == 0 else max(centre - half, 0.0)), (
        1.0 if k == n else min(centre + half, 1.0)
    )


def clopper_pearson(
    k: float, n: float, level: float = 0.95, *, side: str = "both"
) -> tuple[float, float]:
    """(low, high) exact interval of a share k/n, in [0, 1]: it covers at least `level`, whatever the truth.

    Args:
        k: hits.
        n: rows.
        level: confidence level.
        side: `both`; `lower` (high is 1) or `upper` (low is 0) puts the whole error on one side.

    Source: Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404, by quantiles of the beta
    distribution.
    """
    _check_share(k, n, level)
    one_of("side", side, ("both", "lower", "upper"))
    error = (1 - level) / 2 if side == "both" else 1 - level
    low = stats.beta.ppf(error, k, n - k + 1) if k > 0 and side != "upper" else 0.0
    high = stats.beta.isf(error, k + 1, n - k) if k < n and side != "lower" else 1.0
    return float(low), float(high)


def smallest_visible(chance: float, n: int, level: float = 0.95) -> float:
    """The smallest accuracy on n rows whose one-sided exact lower limit lies above chance; inf if none does.

    A verdict "private" means no more than "less than this was seen". In (chance, 1] or inf.
    """
    number("chance", chance, 0, 1)
    number("n", n, 1)
    _check_level(level)
    k = int(stats.binom.isf(1 - level, n, chance)) + 1  # the first k with P(X >= k) <= 1 - level
    return k / n if k <= n else math.inf


def nadeau_bengio(
    values: ArrayLike,
    n_train: ArrayLike,
    n_test: ArrayLike,
    level: float = 0.95,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> tuple[float, float, float]:
    """(mean, low, high) of one number a fold: the corrected resampled t interval, clipped to the metric's range.

    mean +- t_{J-1} sqrt((1/J + n_test/n_train) s^2) for J folds. Folds share training rows, so
    their values are correlated and s^2/J is too small; the added ratio is what stands for the
    correlation. Clipping cannot lower the coverage. With one fold low and high are NaN, because one
    fold says nothing of the spread. With identical values low = mean = high, which proves no
    certainty: prefer an interval of the pooled rows there. Source: Nadeau and Bengio 2003,
    doi:10.1023/A:1024068626366.

    Args:
        values: (J,) one value a fold.
        n_train: training rows, one number or (J,).
        n_test: test rows, likewise.
        level: confidence level.
        bounds: range of the metric.
    """
    x = _finite_values(values)
    half = _corrected_error(x, n_train, n_test) * _t(len(x), level)
    mean = float(x.mean())
    return mean, max(mean - half, bounds[0]), min(mean + half, bounds[1])


def student(
    value: float,
    error: float,
    n: int,
    level: float = 0.95,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> tuple[float, float, float]:
    """(value, low, high) of a number with a standard error from n independent parts, clipped to its range."""
    half = error * _t(n, level)
    return value, max(value - half, bounds[0]), min(value + half, bounds[1])


def fold_interval(
    values: ArrayLike, n_train: ArrayLike, n_test: ArrayLike, level: float = 0.95, *, rows: int
) -> tuple[float, float, float]:
    """(mean, low, high) of a metric in [0, 1] over a cross-validation, repeated or not: one value a fold and repeat.

    The corrected t interval, where it can be computed; with one value, or values that all agree,
    Wilson's of the `rows` independent test pictures of one repeat (approximate for metrics that are
    no share of rows). Sizes count independent pictures. Repeats enter as further values: they share
    all their rows, so 1/J shrinks and n_test/n_train does not. Source: Bouckaert and Frank 2004,
    doi:10.1007/978-3-540-24775-3_3.
    """
    x = _finite_values(values)
    if np.ptp(x) <= 1e-9:  # sums of thirds differ in their last digits
        return float(x[0]), *wilson(float(x[0]) * rows, rows, level)
    return nadeau_bengio(x, n_train, n_test, level)


def corrected_paired(
    a: ArrayLike,
    b: ArrayLike,
    n_train: ArrayLike,
    n_test: ArrayLike,
    level: float = 0.95,
    *,
    rows: int | None = None,
) -> tuple[float, float, float, float]:
    """(mean, low, high, p) of a - b on the same folds by the corrected resampled t test, two-sided.

    p is 1 if the folds never differ, 0 if they differ by one and the same amount. Source: see
    `nadeau_bengio`.

    A few folds of few pictures often differ by nearly the same amount by chance, and their spread
    then proves too much. With `rows`, for shares of rows, s^2 is therefore at least |d| (1 - |d|) /
    n_test for a mean difference d: two shares that differ by d disagree on a share |d| of the
    pictures at least, so that their difference varies by that much (McNemar 1947,
    doi:10.1007/BF02295996). |d| and 1 - |d| count as one picture of `rows` at least.

    Args:
        a: (J,) one value a fold.
        b: (J,) on the same folds.
        n_train: training rows, one number or (J,).
        n_test: test rows, likewise.
        level: confidence level.
        rows: independent test pictures of one repeat; None sets no bound.

    Raises:
        InputError: unless a and b have the same folds, at least two.
    """
    x, y = _finite_values(a), _finite_values(b)
    if len(x) != len(y) or len(x) < 2:
        raise InputError("a, b", f"{len(x)} and {len(y)} folds", "the same folds, at least two")
    mean, least = float((x - y).mean()), 0.0
    if rows is not None:
        apart = min(max(abs(mean), 1 / rows), 1 - 1 / rows)
        least = apart * (1 - apart) / float(np.asarray(n_test, float).mean())
    error = _corrected_error(x - y, n_train, n_test, least)
    half = error * _t(len(x), level)
    if error == 0:
        return mean, mean, mean, float(mean == 0)
    return mean, mean - half, mean + half, float(2 * stats.t.sf(abs(mean) / error, len(x) - 1))


def bonferroni(level: float, looks: int) -> float:
    """The level of each of `looks` intervals that makes all of them hold together with `level`.

    1 - (1 - level) / looks, in [level, 1). Source: Dunn 1961, doi:10.1080/01621459.1961.10482090.
    """
    number("looks", looks, 1)
    _check_level(level)
    return 1 - (1 - level) / looks


def holm(p: ArrayLike) -> Array:
    """(m,) p-values adjusted so that rejecting those <= alpha makes any false rejection at most alpha likely.

    The i-th smallest is multiplied by m - i + 1, made monotone and cut at 1. Source: Holm 1979,
    jstor.org/stable/4615733.
    """
    p = np.asarray(p, float)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise InputError("p", p.tolist(), "a list of numbers from 0 to 1")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return adjusted


def _corrected_error(x: Array, n_train: ArrayLike, n_test: ArrayLike, least: float = 0.0) -> float:
    """Standard error of the mean over folds, whose variance is at least `least`; NaN for one fold."""
    train, test = np.asarray(n_train, float), np.asarray(n_test, float)
    if not (train > 0).all() or not (test > 0).all():
        raise InputError("n_train, n_test", f"{train.min()}, {test.min()}", "at least one row each")
    if len(x) < 2:
        return math.nan
    spread = (
        0.0 if np.ptp(x) == 0 else float(x.var(ddof=1))
    )  # equal floats can have a variance of 1e-34
    return math.sqrt((1 / len(x) + float(np.mean(test / train))) * max(spread, least))


@cache
def _t(folds: int, level: float) -> float:
    _check_level(level)
    return float(stats.t.isf((1 - level) / 2, folds - 1)) if folds > 1 else math.nan


def _finite_values(values: ArrayLike) -> Array:
    x = np.asarray(values, float)
    if x.ndim != 1 or len(x) == 0 or not np.isfinite(x).all():
        raise InputError(
            "values", f"{x.tolist()}", "one finite number a fold", "a failed fold has no number"
        )
    return x


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise InputError("level", level, "a number between 0 and 1", "0.95 for 95 %")


def _check_share(k: float, n: float, level: float) -> None:
    number("n", n, 1)
    number("k", k, 0, n)
    _check_level(level)
