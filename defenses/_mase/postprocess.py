"""How answers about frames are put into words: late, smoothed and in the scale of the ratings, as AVEC's entries do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from ...bench.metrics.regression import ccc
from ...bench.types import Array

DELAYS = range(0, 25, 4)  # frames that an answer may be late
WIDTHS = (1, 5, 11, 21)  # frames of a moving average


@dataclass(frozen=True)
class Spoken:
    """delay, width: frames. gain, offset: a number for each label; none leaves answers in their own scale."""

    delay: int = 0
    width: int = 1
    gain: Sequence[float] = ()
    offset: Sequence[float] = ()

    def __call__(self, said: Array) -> Array:
        """(n, t, k) answers, delayed, smoothed and scaled."""
        late = np.concatenate([np.repeat(said[:, :1], self.delay, 1), said], 1)[:, : said.shape[1]]
        even = uniform_filter1d(late, min(self.width, said.shape[1]), axis=1, mode="nearest")
        return even * np.array(self.gain) + np.array(self.offset) if len(self.gain) else even


def spoken(said: Array, told: Array) -> Spoken:
    """The way that makes held-out answers (n, t, k) concord most with their ratings, NaN where there is none."""
    ways = [Spoken(delay, width) for delay in DELAYS if delay < said.shape[1] for width in WIDTHS]
    best = max(
        (_scaled(way, said, told) for way in ways), key=lambda way: concordance(way(said), told)
    )
    return best if concordance(best(said), told) > concordance(said, told) else Spoken()


def _scaled(way: Spoken, said: Array, told: Array) -> Spoken:
    """The same with the mean and the deviation of the ratings."""
    words, rated = way(said), ~np.isnan(told)
    gain, offset = [], []
    for j in range(told.shape[2]):
        a, b = words[..., j][rated[..., j]], told[..., j][rated[..., j]]
        own = float(b.std() / a.std()) if len(a) > 1 and a.std() > 1e-6 else 1.0
        gain.append(own)
        offset.append(float(b.mean() - own * a.mean()) if len(a) else 0.0)
    return Spoken(way.delay, way.width, tuple(gain), tuple(offset))


def concordance(said: Array, told: Array) -> float:
    """Mean CCC over the labels, the last axis, that have a rating."""
    own = [
        ccc(told[..., j], said[..., j])
        for j in range(told.shape[-1])
        if not np.isnan(told[..., j]).all()
    ]
    return float(np.mean(own)) if own else 0.0
