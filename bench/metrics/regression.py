"""How well predicted numbers fit a continuous label of frames, such as valence.

target: (n, t) the label; NaN where a frame is not rated, which counts nowhere.
prediction: (n, t) finite numbers in the label's unit.
source: (n,) what a row was made of, such as a recording.

Index: `ccc` and `ccc_sources` (concordance), mean squared and mean absolute error; what each means
stands in `MEASURES`, its range in `BOUNDS`. `measured` gives all of them beside a baseline,
`errors` their standard errors over people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..checks import InputError
from ..types import Array

MEASURES = {
    "ccc": "Concordance correlation over all rated frames, for continuous labels.",
    "ccc_sources": "Mean of the concordance within each source, such as a recording.",
    "mse": "Mean squared error over all rated frames.",
    "mae": "Mean absolute error over all rated frames.",
}

BOUNDS = {
    "ccc": (-1.0, 1.0),
    "ccc_sources": (-1.0, 1.0),
    "mse": (0.0, np.inf),
    "mae": (0.0, np.inf),
}

FEWEST = 3  # people that a jackknife needs


@dataclass(frozen=True)
class Scale:
    """Brings a continuous label to mean 0 and deviation 1, and back."""

    mean: float
    sd: float

    @classmethod
    def of(cls, target: Array) -> Scale:
        """The scale of a label's rated frames; a label that never changes gets a tiny deviation."""
        mean = float(np.nanmean(target))
        sd = float(np.nanstd(target))
        return cls(mean, max(sd, 1e-6))

    def towards(self, target: Array) -> Array:
        """(target - mean) / sd, float32, in the shape given; NaN stays NaN."""
        return ((target - self.mean) / self.sd).astype(np.float32)

    def back(self, prediction: Array) -> Array:
        """prediction * sd + mean, in the label's unit and the shape given."""
        return prediction * self.sd + self.mean


def ccc(target: Array, prediction: Array) -> float:
    """Concordance correlation 2 cov / (var + var + (difference of means)^2) over all rated frames.

    Population moments; range [-1, 1], larger is better, no unit; 0 where both never change. Source:
    Lin 1989, doi:10.2307/2532051.

    Raises:
        InputError: if a prediction is not finite or of another shape, or no frame is rated.
    """
    x, y = _rated(target, prediction)
    spread = x.var() + y.var() + (x.mean() - y.mean()) ** 2
    if not spread > 0:
        return 0.0
    covariance = ((x - x.mean()) * (y - y.mean())).mean()
    return float(2 * covariance / spread)


def ccc_sources(target: Array, prediction: Array, source: Array) -> float:
    """Mean over sources (n,), such as recordings, of the concordance within each that has a rating.

    Range [-1, 1], larger is better, no unit; NaN where no source has a rating. Source: Lin 1989,
    doi:10.2307/2532051, within recordings.

    Raises:
        InputError: if a prediction is not finite or of another shape.
    """
    rated = ~np.isnan(target).all(1)
    values = []
    for label in np.unique(source[rated]):
        rows = source == label
        values.append(ccc(target[rows], prediction[rows]))
    return float(np.mean(values)) if values else float("nan")


def measured(
    target: Array, prediction: Array, source: Array, baseline: float
) -> dict[str, tuple[float, float]]:
    """{measure: (value, that of a constant prediction `baseline`)}, by the names in `MEASURES`.

    mse = mean (prediction - target)^2 and mae = mean |prediction - target| over rated frames, in
    the label's unit squared and the label's unit; from 0, smaller is better. Source: Willmott and
    Matsuura 2005, doi:10.3354/cr030079. A constant has a concordance of 0. A measure that is not
    finite is left out.

    Raises:
        InputError: if a prediction is not finite or of another shape, or no frame is rated.
    """
    values = _values(target, prediction, source)
    off = baseline - target[~np.isnan(target)]
    blind = {"mse": float(np.square(off).mean()), "mae": float(np.abs(off).mean())}
    finite = {name: value for name, value in values.items() if np.isfinite(value)}
    return {name: (value, blind.get(name, 0.0)) for name, value in finite.items()}


def errors(
    target: Array, prediction: Array, source: Array, people: Array
) -> tuple[dict[str, float], int]:
    """({measure: standard error of its value}, number of people); {} for less than three people.

    sqrt((P - 1) mean_p (v_p - mean v)^2) for the values v_p without one of P people; above 0, in
    the measure's unit. people: (n,) any labels. Rows of a person are not independent of each other;
    people are. Source: the jackknife, Quenouille 1956, doi:10.1093/biomet/43.3-4.353.

    Raises:
        InputError: if a prediction is not finite or of another shape.
    """
    rated = ~np.isnan(target).all(1)
    present = np.unique(people[rated])
    count = len(present)
    if count < FEWEST:
        return {}, count
    without = []
    for person in present:
        rows = rated & (people != person)
        without.append(_values(target[rows], prediction[rows], source[rows]))
    return _jackknife(without), count


def _jackknife(without: list[dict[str, float]]) -> dict[str, float]:
    """{measure: standard error, where it is above 0} of the values without one person each."""
    errors_of = {}
    for name in without[0]:
        spread = float(np.std([values[name] for values in without]))
        if spread > 0:
            errors_of[name] = spread * np.sqrt(len(without) - 1)
    return errors_of


def _values(target: Array, prediction: Array, source: Array) -> dict[str, float]:
    """{measure: value} of every name in `MEASURES`."""
    x, y = _rated(target, prediction)
    return {
        "ccc": ccc(target, prediction),
        "ccc_sources": ccc_sources(target, prediction, source),
        "mse": float(np.square(y - x).mean()),
        "mae": float(np.abs(y - x).mean()),
    }


def _rated(target: Array, prediction: Array) -> tuple[Array, Array]:
    """(m,) target and prediction of the m rated frames, float64."""
    if np.shape(target) != np.shape(prediction):
        expected = f"{np.shape(target)}, a number a frame"
        raise InputError("answers", f"shape {np.shape(prediction)}", expected)
    rated = ~np.isnan(target)
    x = np.asarray(target, np.float64)[rated]
    y = np.asarray(prediction, np.float64)[rated]
    if not len(x):
        raise InputError("answers", "no rated frame", "finite numbers, some rated")
    if not np.isfinite(y).all():
        raise InputError("answers", "NaN or infinity", "finite numbers, some rated")
    return x, y
