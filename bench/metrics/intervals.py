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

    Raises:
        InputError: unless 0 <= k <= n, n >= 1, and the level is between 0 and 1.
    """
    _check_share(k, n, level)
    tail = (1 - level) / 2
    z = float(stats.norm.isf(tail))
    centre = (k + z**2 / 2) / (n + z**2)
    half = z * math.sqrt(k * (n - k) / n + z**2 / 4) / (n + z**2)
    # At the ends the limit is exactly 0 or 1; rounding must not put the estimate outside of the
    # interval around it.
    low = 0.0 if k == 0 else max(centre - half, 0.0)
    high = 1.0 if k == n else min(centre + half, 1.0)
    return low, high


def clopper_pearson(
    k: float, n: float, level: float = 0.95, *, side: str = "both"
) -> tuple[float, float]:
    """(low, high) exact interval of a share k/n, in [0, 1]: it covers at least `level`.

    low and high are quantiles of the distributions Beta(k, n - k + 1) and Beta(k + 1, n - k). It
    covers whatever the true share is. Source: Clopper and Pearson 1934,
    doi:10.1093/biomet/26.4.404.

    Args:
        k: correct rows; need not be whole.
        n: rows.
        level: confidence level.
        side: `both`; `lower` (high is 1) or `upper` (low is 0) puts the whole error on one side.

    Raises:
        InputError: unless 0 <= k <= n, n >= 1, the level is between 0 and 1, and side is one of
            the three.
    """
    _check_share(k, n, level)
    one_of("side", side, ("both", "lower", "upper"))
    error = (1 - level) / 2 if side == "both" else 1 - level
    low = 0.0
    high = 1.0
    if k > 0 and side != "upper":
        low = stats.beta.ppf(error, k, n - k + 1)
    if k < n and side != "lower":
        high = stats.beta.isf(error, k + 1, n - k)
    return float(low), float(high)


def smallest_visible(chance: float, n: int, level: float = 0.95) -> float:
    """The smallest accuracy on n rows whose one-sided exact lower limit lies above chance.

    min k/n with P(X >= k) <= 1 - level for X ~ Binomial(n, chance); in (chance, 1], or inf if no
    accuracy does. A verdict "private" means no more than "less than this was seen". Source: Clopper
    and Pearson 1934, doi:10.1093/biomet/26.4.404, read the other way.

    Raises:
        InputError: unless chance is in [0, 1], n >= 1, and the level is between 0 and 1.
    """
    number("chance", chance, 0, 1)
    number("n", n, 1)
    _check_level(level)
    # isf gives the first k with P(X > k) <= 1 - level: k + 1 is the first with P(X >= k + 1).
    k = int(stats.binom.isf(1 - level, n, chance)) + 1
    return k / n if k <= n else math.inf


def nadeau_bengio(
    values: ArrayLike,
    n_train: ArrayLike,
    n_test: ArrayLike,
    level: float = 0.95,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> tuple[float, float, float]:
    """(mean, low, high) of one number a fold: the corrected resampled t interval.

    mean +- t_{J-1} sqrt((1/J + n_test/n_train) s^2) for J folds. Folds share training rows, so
    their values are correlated and s^2/J is too small; the added ratio is what stands for the
    correlation. Clipped to the metric's range, which cannot lower the coverage. With one fold low
    and high are NaN, because one fold says nothing of the spread. With identical values low = mean
    = high, which proves no certainty: prefer an interval of the pooled rows there. Source: Nadeau
    and Bengio 2003, doi:10.1023/A:1024068626366.

    Args:
        values: (J,) one value a fold.
        n_train: training rows, one number or (J,).
        n_test: test rows, likewise.
        level: confidence level.
        bounds: range of the metric.

    Raises:
        InputError: unless values are finite, at least one, and every fold has rows.
    """
    x = _finite_values(values)
    error = _corrected_error(x, n_train, n_test)
    half = error * _t(len(x), level)
    mean = float(x.mean())
    least, most = bounds
    return mean, max(mean - half, least), min(mean + half, most)


def student(
    value: float,
    error: float,
    n: int,
    level: float = 0.95,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> tuple[float, float, float]:
    """(value, low, high) of a number with a standard error from n independent parts.

    value +- t_{n-1} error, clipped to the bounds; with one part low and high are NaN. Source:
    Student 1908, doi:10.1093/biomet/6.1.1.
    """
    half = error * _t(n, level)
    least, most = bounds
    return value, max(value - half, least), min(value + half, most)


def fold_interval(
    values: ArrayLike, n_train: ArrayLike, n_test: ArrayLike, level: float = 0.95, *, rows: int
) -> tuple[float, float, float]:
    """(mean, low, high) of a metric in [0, 1] over a cross-validation: a value a fold and repeat.

    The corrected t interval, where it can be computed; with one value, or values that all agree,
    Wilson's of the `rows` independent test pictures of one repeat (approximate for metrics that are
    no share of rows). Sizes count independent pictures. Repeats enter as further values: they share
    all their rows, so 1/J shrinks and n_test/n_train does not. Source: Bouckaert and Frank 2004,
    doi:10.1007/978-3-540-24775-3_3.
    """
    x = _finite_values(values)
    if np.ptp(x) <= 1e-9:  # sums of thirds differ in their last digits
        mean = float(x[0])
        low, high = wilson(mean * rows, rows, level)
        return mean, low, high
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

    t = mean / sqrt((1/J + n_test/n_train) s^2) of the J differences, which have the unit of a; p in
    [0, 1] is 1 if the folds never differ, 0 if they differ by one and the same amount. Source: see
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
    x = _finite_values(a)
    y = _finite_values(b)
    folds = len(x)
    if folds != len(y) or folds < 2:
        raise InputError("a, b", f"{folds} and {len(y)} folds", "the same folds, at least two")
    difference = x - y
    mean = float(difference.mean())
    least = 0.0 if rows is None else _least_variance(mean, n_test, rows)
    error = _corrected_error(difference, n_train, n_test, least)
    half = error * _t(folds, level)
    if error == 0:
        return mean, mean, mean, float(mean == 0)
    p = float(2 * stats.t.sf(abs(mean) / error, folds - 1))
    return mean, mean - half, mean + half, p


def bonferroni(level: float, looks: int) -> float:
    """The level of each of `looks` intervals that makes all of them hold together with `level`.

    1 - (1 - level) / looks, in [level, 1). Source: Dunn 1961, doi:10.1080/01621459.1961.10482090.

    Raises:
        InputError: unless there is at least one look and the level is between 0 and 1.
    """
    number("looks", looks, 1)
    _check_level(level)
    return 1 - (1 - level) / looks


def holm(p: ArrayLike) -> Array:
    """(m,) p-values in [0, 1], adjusted for m looks: those <= alpha may be rejected.

    Any false rejection is then at most alpha likely. The i-th smallest is multiplied by m - i + 1,
    made monotone and cut at 1. Source: Holm 1979, jstor.org/stable/4615733.

    Raises:
        InputError: unless p is a list of numbers from 0 to 1.
    """
    p = np.asarray(p, float)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise InputError("p", p.tolist(), "a list of numbers from 0 to 1")
    m = len(p)
    order = np.argsort(p, kind="stable")
    raised = p[order] * np.arange(m, 0, -1)
    monotone = np.maximum.accumulate(raised)
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(monotone, 1)
    return adjusted


def _least_variance(mean: float, n_test: ArrayLike, rows: int) -> float:
    """The variance of a fold's difference of two shares, at least; see `corrected_paired`."""
    apart = min(max(abs(mean), 1 / rows), 1 - 1 / rows)
    return apart * (1 - apart) / float(np.asarray(n_test, float).mean())


def _corrected_error(x: Array, n_train: ArrayLike, n_test: ArrayLike, least: float = 0.0) -> float:
    """Standard error of the mean over folds; NaN for one fold. least: of the variance of a fold."""
    train = np.asarray(n_train, float)
    test = np.asarray(n_test, float)
    if not (train > 0).all() or not (test > 0).all():
        raise InputError("n_train, n_test", f"{train.min()}, {test.min()}", "at least one row each")
    if len(x) < 2:
        return math.nan
    # Equal floats can have a variance of 1e-34.
    variance = 0.0 if np.ptp(x) == 0 else float(x.var(ddof=1))
    ratio = float(np.mean(test / train))
    return math.sqrt((1 / len(x) + ratio) * max(variance, least))


@cache
def _t(folds: int, level: float) -> float:
    """The two-sided quantile of Student's t with folds - 1 degrees of freedom; NaN for one fold."""
    _check_level(level)
    if folds < 2:
        return math.nan
    return float(stats.t.isf((1 - level) / 2, folds - 1))


def _finite_values(values: ArrayLike) -> Array:
    x = np.asarray(values, float)
    if x.ndim != 1 or len(x) == 0 or not np.isfinite(x).all():
        expected = "one finite number a fold"
        raise InputError("values", f"{x.tolist()}", expected, "a failed fold has no number")
    return x


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise InputError("level", level, "a number between 0 and 1", "0.95 for 95 %")


def _check_share(k: float, n: float, level: float) -> None:
    number("n", n, 1)
    number("k", k, 0, n)
    _check_level(level)
