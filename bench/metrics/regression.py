"""How well numbers fit a continuous label of frames, such as valence: concordance, squared and absolute error.

truth, said: (n, t); NaN in truth where nobody rated, which counts nowhere.
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


@dataclass(frozen=True)
class Scale:
    """To mean 0 and deviation 1, and back."""

    mean: float
    sd: float

    @classmethod
    def of(cls, told: Array) -> Scale:
        return cls(float(np.nanmean(told)), max(float(np.nanstd(told)), 1e-6))

    def towards(self, told: Array) -> Array:
        return ((told - self.mean) / self.sd).astype(np.float32)

    def back(self, said: Array) -> Array:
        return said * self.sd + self.mean


def ccc(truth: Array, said: Array) -> float:
    """Concordance correlation 2 cov / (var + var + (difference of means)^2), population moments; range [-1, 1].

    0 where both never change. Source: Lin 1989, doi:10.2307/2532051.
    """
    x, y = _rated(truth, said)
    spread = x.var() + y.var() + (x.mean() - y.mean()) ** 2
    return float(2 * ((x - x.mean()) * (y - y.mean())).mean() / spread) if spread > 0 else 0.0


def ccc_sources(truth: Array, said: Array, source: Array) -> float:
    """Mean over sources (n,), such as recordings, of the concordance within each that has a rating."""
    rated = [source == s for s in np.unique(source[~np.isnan(truth).all(1)])]
    own = [ccc(truth[rows], said[rows]) for rows in rated]
    return float(np.mean(own)) if own else float("nan")


def measured(
    truth: Array, said: Array, source: Array, blind: float
) -> dict[str, tuple[float, float]]:
    """{measure: (value, that of whoever always says `blind`)}: `ccc` over all frames, `ccc_sources`, `mse`, `mae`.

    Raises:
        InputError: if an answer is not finite or of another shape, or no frame is rated.
    """
    found, off = _values(truth, said, source), blind - truth[~np.isnan(truth)]
    dull = {"mse": float(np.square(off).mean()), "mae": float(np.abs(off).mean())}
    return {
        name: (value, dull.get(name, 0.0)) for name, value in found.items() if np.isfinite(value)
    }


def errors(truth: Array, said: Array, source: Array, who: Array) -> tuple[dict[str, float], int]:
    """({measure: standard error of its value}, people), by leaving out one after the other; {} for less than three.

    who: (n,) people. Rows of a person are not independent of each other; people are. Source: the
    jackknife, Quenouille 1956, doi:10.1093/biomet/43.3-4.353.
    """
    rated = ~np.isnan(truth).all(1)
    people = np.unique(who[rated])
    if len(people) < 3:
        return {}, len(people)
    left = [rated & (who != p) for p in people]
    found = [_values(truth[rows], said[rows], source[rows]) for rows in left]
    apart = {name: float(np.std([own[name] for own in found])) for name in found[0]}
    return {name: sd * np.sqrt(len(people) - 1) for name, sd in apart.items() if sd > 0}, len(
        people
    )


def _values(truth: Array, said: Array, source: Array) -> dict[str, float]:
    x, y = _rated(truth, said)
    return {
        "ccc": ccc(truth, said),
        "ccc_sources": ccc_sources(truth, said, source),
        "mse": float(np.square(y - x).mean()),
        "mae": float(np.abs(y - x).mean()),
    }


def _rated(truth: Array, said: Array) -> tuple[Array, Array]:
    if np.shape(truth) != np.shape(said):
        raise InputError(
            "answers", f"shape {np.shape(said)}", f"{np.shape(truth)}, a number a frame"
        )
    there = ~np.isnan(truth)
    x, y = np.asarray(truth, np.float64)[there], np.asarray(said, np.float64)[there]
    if not len(x) or not np.isfinite(y).all():
        raise InputError(
            "answers",
            "NaN or infinity" if len(x) else "no rated frame",
            "finite numbers, some rated",
        )
    return x, y
