"""Ridge regression of a continuous label, frame by frame."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import LinAlgWarning
from scipy.ndimage import uniform_filter1d

from ..bench.checks import InputError, settings
from ..bench.metrics import regression
from ..bench.metrics.regression import Scale
from ..bench.toolkit import sequences
from ..bench.types import Array
from ._shared.vectors import holdout

SPREAD = 0.1  # of an answer that hardly varies, which is not to be blown up
PENALTIES = (1.0, 100.0, 10000.0)
REACH = (11, 41)  # frames of the neighbourhoods whose means a frame is given


@dataclass(frozen=True)
class Ridge:
    """Linear regression of continuous labels on each frame and the means around it; on vectors, of a row's mean.

    Its L2 penalty is chosen on held-out training rows unless `penalty` is given; what it says is
    brought to the deviation of the ratings it learnt from.
    """

    penalty: float | None = None

    def __post_init__(self) -> None:
        settings(self, above=() if self.penalty is None else ("penalty",))

    def skip(self, z: Array, y: Array) -> str | None:
        return "tells continuous labels, no classes"

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> Line:
        raise InputError(
            "ridge", f"{int(y.max()) + 1} classes", "a continuous label", "it says numbers"
        )

    def regress(self, z: Array, told: Array, *, source: Array, seed: int, device: str) -> Line:
        scale, x = Scale.of(told), _features(z)
        truth = scale.towards(told if z.ndim == 3 else sequences.means(told)[:, None])
        grid = PENALTIES if self.penalty is None else (self.penalty,)
        held = holdout(np.zeros(len(z), int), source, seed=seed)
        if held is None or np.isnan(truth[held]).all() or np.isnan(truth[~held]).all():
            return Line(_fitted(grid[len(grid) // 2], x, truth), scale, told.shape[1])
        said = [_asked(_fitted(p, x[~held], truth[~held]), x[held]) for p in grid]
        best = int(np.argmax([regression.ccc(truth[held], s) for s in said]))
        spread = float(said[best][~np.isnan(truth[held])].std())
        return Line(_fitted(grid[best], x, truth), scale, told.shape[1], 1 / max(spread, SPREAD))


@dataclass(frozen=True)
class Line:
    """gain: what brings the deviation of its answers to that of the ratings."""

    model: Any
    scale: Scale
    frames: int
    gain: float = 1.0
    note: str = ""

    def __call__(self, z: Array, /) -> Array:
        said = self.scale.back(self.gain * _asked(self.model, _features(z)))
        return said if z.ndim == 3 else np.repeat(said, self.frames, 1)


def _fitted(penalty: float, x: Array, truth: Array) -> Any:
    from sklearn.linear_model import Ridge as Model
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rated = ~np.isnan(truth)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", LinAlgWarning
        )  # columns that are alike are what the penalty is for
        return make_pipeline(StandardScaler(), Model(alpha=penalty)).fit(x[rated], truth[rated])


def _asked(model: Any, x: Array) -> Array:
    """(n, t) of frames (n, t, k)."""
    return model.predict(x.reshape(-1, x.shape[2])).reshape(x.shape[:2])


def _features(z: Array) -> Array:
    """(n, t, k): what is known of each frame; of a vector, one frame."""
    if z.ndim != 3:
        return z.reshape(len(z), 1, -1)
    x = sequences.filled(z)
    return np.concatenate(
        [x, *(uniform_filter1d(x, min(w, x.shape[1]), axis=1, mode="nearest") for w in REACH)], 2
    )
