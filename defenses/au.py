"""Action units instead of pictures: level 1 of Mase et al. 2021 (arXiv 2111.07344) without a network."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..bench.checks import InputError, settings
from ..bench.types import Array, Codes, Samples, Task


@dataclass(frozen=True)
class Au:
    """The sequence of action units is released, the pictures are not.

    smooth: frames of a moving average; 1 leaves frames as they are. levels: how many values each
    unit is rounded to between the smallest and the largest that were learnt from; 0 leaves them as
    they are.
    """

    smooth: int = 1
    levels: int = 0

    def __post_init__(self) -> None:
        settings(self, smooth=1, levels=0)
        if self.levels == 1:
            raise InputError(
                "au:levels", 1, "0 (as they are) or at least 2", "one level tells nothing"
            )

    def check(self, samples: Samples) -> None:
        """InputError for data that are no sequences."""
        of_sequences("au", samples)

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> Units:
        self.check(samples)
        low, high = np.nanmin(samples.x, (0, 1)), np.nanmax(samples.x, (0, 1))
        return Units(self, low.astype(np.float32), high.astype(np.float32))

    def load(self, folder: Path, *, device: str) -> Units:
        kept = json.loads((folder / "units.json").read_text(encoding="utf-8"))
        return Units(self, np.array(kept["low"], np.float32), np.array(kept["high"], np.float32))


@dataclass(frozen=True)
class Units:
    """Releases `units` (n, t, d). low, high: (d,) between which they are rounded."""

    settings: Au
    low: Array
    high: Array

    def __call__(self, x: Array, /) -> Codes:
        z = _smoothed(x, self.settings.smooth)
        if self.settings.levels:
            step = np.maximum(self.high - self.low, 1e-6) / (self.settings.levels - 1)
            z = self.low + step * np.rint((np.clip(z, self.low, self.high) - self.low) / step)
        return {"units": z.astype(np.float32)}

    def save(self, folder: Path, /) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        kept = {
            "settings": asdict(self.settings),
            "low": self.low.tolist(),
            "high": self.high.tolist(),
        }
        (folder / "units.json").write_text(json.dumps(kept), encoding="utf-8")


def of_sequences(name: str, samples: Samples) -> None:
    """InputError unless the rows are sequences (n, t, d)."""
    if samples.x.ndim != 3:
        shape = samples.x.shape[1:]
        raise InputError(
            name,
            f"rows of shape {shape}",
            "sequences (t, d)",
            "use a dataset such as synthau or openface",
        )


def _smoothed(x: Array, width: int) -> Array:
    """The mean of the frames around each that are there; a frame that is missing stays so."""
    if width == 1:
        return x
    from scipy.ndimage import uniform_filter1d

    there = ~np.isnan(x)
    near = lambda a: uniform_filter1d(a.astype(np.float64), width, axis=1, mode="constant")
    share = near(there)
    return np.where(there, near(np.where(there, x, 0)) / np.maximum(share, 1e-9), np.nan)
