"""Sequences (n, t, d) whose missing frames are NaN: which are there, and statistics that any attacker can read."""

from __future__ import annotations

import warnings

import numpy as np

from ..types import Array

QUANTILES = (10, 50, 90)
LAGS = (1, 5)
BLOCK = 256  # rows looked at together


def present(z: Array) -> Array:
    """(n, t) bool: which frames are there."""
    return ~np.isnan(z[..., 0])


def filled(z: Array) -> Array:
    """z with 0 where a frame is missing; whatever is no sequence as it is."""
    return np.nan_to_num(z, nan=0.0) if z.ndim == 3 else z


def ended(z: Array) -> Array:
    """(n, t) bool: frames beyond the last that is there."""
    there = present(z)
    return np.arange(z.shape[1]) > there.shape[1] - 1 - there[:, ::-1].argmax(1)[:, None]


def means(told: Array) -> Array:
    """(n, ...) means over the frames of (n, t, ...), of those that are no NaN; NaN where none is."""
    rated = ~np.isnan(told)
    total = np.where(rated, told, 0).sum(1) / np.maximum(rated.sum(1), 1)
    return np.where(rated.any(1), total, np.nan).astype(np.float32)


def statistics(z: Array) -> Array:
    """(n, 8 d): of each sequence's numbers the mean, deviation, three quantiles, mean step, and two autocorrelations.

    What is not there (a step of a single frame) is 0. Where somebody's face rests, how far it goes
    and how fast it moves is in them; in which order things happen is not.
    """
    return np.concatenate(
        [_statistics(z[start : start + BLOCK]) for start in range(0, len(z), BLOCK)]
    )


def _statistics(z: Array) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of means of nothing, which become 0
        mean, sd = np.nanmean(z, 1, keepdims=True), np.nanstd(z, 1)
        off = z - mean
        parts = [mean[:, 0], sd, *np.nanpercentile(z, QUANTILES, axis=1)]
        parts += [np.nanmean(np.abs(np.diff(z, axis=1)), 1)]
        parts += [_autocorrelation(off, sd, lag) for lag in LAGS]
    return np.nan_to_num(np.concatenate(parts, 1), nan=0.0).astype(np.float32)


def _autocorrelation(off: Array, sd: Array, lag: int) -> Array:
    if off.shape[1] <= lag:
        return np.zeros_like(sd)
    return np.nanmean(off[:, :-lag] * off[:, lag:], 1) / np.maximum(np.square(sd), 1e-12)
