"""Post-processing of predictions, as AVEC's entries do it: late, smoothed, scaled to ratings."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import uniform_filter1d

from ...bench.metrics.regression import ccc
from ...bench.types import Array

DELAYS = range(0, 25, 4)  # frames that a prediction may be late
WIDTHS = (1, 5, 11, 21)  # frames of a moving average


@dataclass(frozen=True)
class Postprocess:
    """How predictions are delayed, smoothed and scaled.

    delay, width: frames. gain, offset: a number for each label; none leaves predictions in their
    own scale.
    """

    delay: int = 0
    width: int = 1
    gain: Sequence[float] = ()
    offset: Sequence[float] = ()

    def __call__(self, prediction: Array) -> Array:
        """(n, t, k) predictions, delayed, smoothed and scaled."""
        frames = prediction.shape[1]
        first = np.repeat(prediction[:, :1], self.delay, 1)
        late = np.concatenate([first, prediction], 1)[:, :frames]
        width = min(self.width, frames)
        smooth = uniform_filter1d(late, width, axis=1, mode="nearest")
        if not len(self.gain):
            return smooth
        return smooth * np.array(self.gain) + np.array(self.offset)


def chosen(prediction: Array, target: Array) -> Postprocess:
    """The post-processing under which predictions concord most with the ratings.

    prediction: (n, t, k) of held-out rows. target: (n, t, k) ratings, NaN where there is none. It
    changes nothing where that is best.
    """

    def reached(way: Postprocess) -> float:
        return concordance(way(prediction), target)

    frames = prediction.shape[1]
    delays = [delay for delay in DELAYS if delay < frames]
    ways = itertools.starmap(Postprocess, itertools.product(delays, WIDTHS))
    scaled = [_scaled(way, prediction, target) for way in ways]
    best = max(scaled, key=reached)
    return best if reached(best) > concordance(prediction, target) else Postprocess()


def _scaled(way: Postprocess, prediction: Array, target: Array) -> Postprocess:
    """The same with the mean and the deviation of the ratings."""
    ready = way(prediction)
    rated = ~np.isnan(target)
    gains = []
    offsets = []
    for j in range(target.shape[2]):
        there = rated[..., j]
        gain, offset = _scale(ready[..., j][there], target[..., j][there])
        gains.append(gain)
        offsets.append(offset)
    return replace(way, gain=tuple(gains), offset=tuple(offsets))


def _scale(prediction: Array, rating: Array) -> tuple[float, float]:
    """(gain, offset) that bring predictions (m,) of a label to the scale of its ratings (m,)."""
    if not len(prediction):
        return 1.0, 0.0
    spread = prediction.std()
    gain = 1.0
    if len(prediction) > 1 and spread > 1e-6:
        gain = float(rating.std() / spread)
    offset = float(rating.mean() - gain * prediction.mean())
    return gain, offset


def concordance(prediction: Array, target: Array) -> float:
    """Mean CCC, in [-1, 1], over the labels (last axis) that have a rating; 0 where none has."""
    reached = []
    for j in range(target.shape[-1]):
        rating = target[..., j]
        if not np.isnan(rating).all():
            reached.append(ccc(rating, prediction[..., j]))
    return float(np.mean(reached)) if reached else 0.0
