"""Action units instead of pictures: level 1 of Mase et al. 2021 (arXiv 2111.07344), no network."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..bench.checks import InputError, settings
from ..bench.types import Array, Codes, Samples, Task
from ._shared.sequences import check_sequences


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
            allowed = "0 (as they are) or at least 2"
            raise InputError("au:levels", 1, allowed, "one level tells nothing")

    def check(self, samples: Samples) -> None:
        """InputError for data that are no sequences."""
        check_sequences("au", samples)

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> Units:
        """The range of each unit over all frames."""
        self.check(samples)
        low = np.nanmin(samples.x, (0, 1))
        high = np.nanmax(samples.x, (0, 1))
        return Units(self, low.astype(np.float32), high.astype(np.float32))

    def load(self, folder: Path, *, device: str) -> Units:
        """The encoder that `save` wrote."""
        kept = json.loads((folder / "units.json").read_text(encoding="utf-8"))
        low = np.array(kept["low"], np.float32)
        high = np.array(kept["high"], np.float32)
        return Units(self, low, high)


@dataclass(frozen=True)
class Units:
    """Releases `units` (n, t, d). low, high: (d,) between which they are rounded."""

    settings: Au
    low: Array
    high: Array

    def __call__(self, x: Array, /) -> Codes:
        """`units` of sequences (n, t, d); NaN where a frame is missing."""
        z = _smoothed(x, self.settings.smooth)
        if self.settings.levels:
            z = self._rounded(z)
        return {"units": z.astype(np.float32)}

    def _rounded(self, z: Array) -> Array:
        """z in `levels` values from low to high."""
        intervals = self.settings.levels - 1
        step = np.maximum(self.high - self.low, 1e-6) / intervals
        above = np.clip(z, self.low, self.high) - self.low
        return self.low + step * np.rint(above / step)

    def save(self, folder: Path, /) -> None:
        """Write settings and range as JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        kept = {
            "settings": asdict(self.settings),
            "low": self.low.tolist(),
            "high": self.high.tolist(),
        }
        (folder / "units.json").write_text(json.dumps(kept), encoding="utf-8")


def _smoothed(x: Array, width: int) -> Array:
    """The mean of the frames around each that are there; a frame that is missing stays so."""
    if width == 1:
        return x
    from scipy.ndimage import uniform_filter1d

    def near(a: Array) -> Array:
        return uniform_filter1d(a.astype(np.float64), width, axis=1, mode="constant")

    there = ~np.isnan(x)
    share = np.maximum(near(there), 1e-9)
    total = near(np.where(there, x, 0))
    return np.where(there, total / share, np.nan)
