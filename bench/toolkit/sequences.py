"""Sequences (n, t, d) whose missing frames are NaN: which are there, and statistics of each.

The statistics are a vector, which any attacker can read.
"""

from __future__ import annotations

import warnings

import numpy as np

from ..types import Array

QUANTILES = (10, 50, 90)
LAGS = (1, 5)
BLOCK = 256  # rows looked at together


def present(z: Array) -> Array:
    """(n, t) bool: which frames are there.

    A missing frame is NaN in all of its numbers, so that the first tells.
    """
    return ~np.isnan(z[..., 0])


def filled(z: Array) -> Array:
    """z with 0 where a frame is missing; vectors and pictures as they are."""
    return np.nan_to_num(z, nan=0.0) if z.ndim == 3 else z


def ended(z: Array) -> Array:
    """(n, t) bool: frames beyond the last that is there.

    Frames that are missing in between have not ended the sequence.
    """
    backwards = present(z)[:, ::-1]
    t = z.shape[1]
    last = t - 1 - backwards.argmax(1)
    return np.arange(t) > last[:, None]


def means(target: Array) -> Array:
    """(n, ...) means over the rated frames of (n, t, ...), which are not NaN; NaN where none is."""
    rated = ~np.isnan(target)
    count = np.maximum(rated.sum(1), 1)
    total = np.where(rated, target, 0).sum(1)
    mean = np.where(rated.any(1), total / count, np.nan)
    return mean.astype(np.float32)


def statistics(z: Array) -> Array:
    """(n, 8 d) float32: eight statistics of each number of a sequence.

    The mean, deviation, three quantiles, mean step, and two autocorrelations; what is not there (a
    step of a single frame) is 0. Where a person's face rests, how far it goes and how fast it moves
    is in them; in which order things happen is not.
    """
    parts = []
    for start in range(0, len(z), BLOCK):
        block = z[start : start + BLOCK]
        parts.append(_statistics(block))
    return np.concatenate(parts)


def _statistics(z: Array) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of means of nothing, which become 0
        mean = np.nanmean(z, 1, keepdims=True)
        sd = np.nanstd(z, 1)
        quantiles = np.nanpercentile(z, QUANTILES, axis=1)
        steps = np.abs(np.diff(z, axis=1))
        step = np.nanmean(steps, 1)
        centred = z - mean
        lagged = [_autocorrelation(centred, sd, lag) for lag in LAGS]
    parts = [mean[:, 0], sd, *quantiles, step, *lagged]
    together = np.concatenate(parts, 1)
    together = np.nan_to_num(together, nan=0.0)
    return together.astype(np.float32)


def _autocorrelation(centred: Array, sd: Array, lag: int) -> Array:
    """(n, d) mean product of frames `lag` apart over the variance; 0 for too few frames."""
    if centred.shape[1] <= lag:
        return np.zeros_like(sd)
    earlier = centred[:, :-lag]
    later = centred[:, lag:]
    variance = np.maximum(np.square(sd), 1e-12)
    return np.nanmean(earlier * later, 1) / variance
