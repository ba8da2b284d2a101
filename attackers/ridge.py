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
from ..bench.reasons import Reason
from ..bench.toolkit import sequences
from ..bench.types import Array
from ._shared.vectors import holdout

SPREAD = 0.1  # of predictions that hardly vary, which are not to be blown up
PENALTIES = (1.0, 100.0, 10000.0)
REACH = (11, 41)  # frames of the neighbourhoods whose means a frame is given


@dataclass(frozen=True)
class Ridge:
    """Linear regression of continuous labels on each frame and the means around it.

    On vectors, of the mean of a row's label. Its L2 penalty is chosen on held-out training rows
    unless `penalty` is given; its predictions are brought to the deviation of the ratings it learnt
    from.
    """

    penalty: float | None = None

    def __post_init__(self) -> None:
        settings(self, above=() if self.penalty is None else ("penalty",))

    def skip(self, z: Array, y: Array) -> str | None:
        """Why it cannot take classes: it always has this reason."""
        return "tells continuous labels, no classes"

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> RidgeAdversary:
        """Nothing.

        Raises:
            InputError: always, since it takes no classes.
        """
        classes = f"{int(y.max()) + 1} classes"
        raise InputError("ridge", classes, "a continuous label", "it says numbers")

    def regress(
        self, z: Array, target: Array, *, source: Array, seed: int, device: str
    ) -> RidgeAdversary:
        """An adversary that predicts a continuous label target (n, t), NaN where not rated.

        z: sequences (n, t, d), or vectors (n, d).
        """
        scale = Scale.of(target)
        x = _features(z)
        frames = target.shape[1]
        if z.ndim != 3:
            target = sequences.means(target)[:, None]
        truth = scale.towards(target)
        grid = PENALTIES if self.penalty is None else (self.penalty,)
        held = holdout(np.zeros(len(z), int), source, seed=seed)
        if held is None or _unrated(truth[held]) or _unrated(truth[~held]):
            middle = grid[len(grid) // 2]
            return RidgeAdversary(_fitted(middle, x, truth), scale, frames)
        best, gain = _chosen(grid, x, truth, held)
        return RidgeAdversary(_fitted(best, x, truth), scale, frames, gain)


@dataclass(frozen=True)
class RidgeAdversary:
    """Predicts a continuous label of each frame.

    scale: that of the ratings. frames: t. gain: what brings the deviation of its predictions to
    that of the ratings.
    """

    model: Any
    scale: Scale
    frames: int
    gain: float = 1.0
    note: Reason | None = None

    def __call__(self, z: Array, /) -> Array:
        """Predictions (n, t) of sequences (n, t, d) or vectors (n, d), in units of the ratings."""
        prediction = _predicted(self.model, _features(z))
        prediction = self.scale.back(self.gain * prediction)
        return prediction if z.ndim == 3 else np.repeat(prediction, self.frames, 1)


def _unrated(truth: Array) -> bool:
    return bool(np.isnan(truth).all())


def _chosen(grid: tuple[float, ...], x: Array, truth: Array, held: Array) -> tuple[float, float]:
    """(the penalty with the highest concordance on held-out rows, the gain that suits it)."""
    known = ~held
    predictions = []
    for penalty in grid:
        model = _fitted(penalty, x[known], truth[known])
        predictions.append(_predicted(model, x[held]))
    concordance = [regression.ccc(truth[held], prediction) for prediction in predictions]
    best = int(np.argmax(concordance))
    rated = ~np.isnan(truth[held])
    spread = float(predictions[best][rated].std())
    return grid[best], 1 / max(spread, SPREAD)


def _fitted(penalty: float, x: Array, truth: Array) -> Any:
    """A model of frames x (n, t, k) and their ratings (n, t), NaN where not rated."""
    from sklearn.linear_model import Ridge as Model
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rated = ~np.isnan(truth)
    model = make_pipeline(StandardScaler(), Model(alpha=penalty))
    with warnings.catch_warnings():
        # Columns that are alike are what the penalty is for.
        warnings.simplefilter("ignore", LinAlgWarning)
        return model.fit(x[rated], truth[rated])


def _predicted(model: Any, x: Array) -> Array:
    """(n, t) of frames (n, t, k)."""
    n, t, k = x.shape
    return model.predict(x.reshape(-1, k)).reshape(n, t)


def _features(z: Array) -> Array:
    """(n, t, k): what is known of each frame; of a vector, one frame."""
    if z.ndim != 3:
        return z.reshape(len(z), 1, -1)
    x = sequences.filled(z)
    frames = x.shape[1]
    parts = [x]
    for reach in REACH:
        means = uniform_filter1d(x, min(reach, frames), axis=1, mode="nearest")
        parts.append(means)
    return np.concatenate(parts, 2)
