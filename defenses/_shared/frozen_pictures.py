"""Pictures as a model was trained to see them: their size and their scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from ...bench.checks import images
from ...bench.types import Array

MEAN = (0.485, 0.456, 0.406)  # of ImageNet, red green blue, pixels in [0, 1]
SD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Pictures:
    """What is done to rows first. size: pixels a side, 0 for any. normalise: `none`, `imagenet`."""

    size: int = 0
    normalise: str = "none"

    def __call__(self, x: Array) -> Array:
        """(n, c, size, size) float32; InputError for other rows than pictures, if there is any."""
        if self.size:
            x = _resized(images("frozen:size", x), self.size)
        if self.normalise == "imagenet":
            x = _normalised(images("frozen:normalise", x))
        return x

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """(3, h, w) of what a network for colour pictures is given of rows (c, h, w)."""
        side = (self.size, self.size)
        return (3, *(side if self.size else shape[1:]))


def are_grey(rows: Array | torch.Tensor) -> bool:
    """Whether rows are pictures (n, 1, h, w)."""
    return rows.ndim == 4 and rows.shape[1] == 1


def _resized(x: Array, size: int) -> Array:
    """(n, c, size, size) by bilinear interpolation, smoothed where pictures shrink."""
    given = torch.from_numpy(x)
    sides = (size, size)
    return F.interpolate(given, sides, mode="bilinear", antialias=True).numpy()


def _normalised(x: Array) -> Array:
    """(n, 3, h, w) in units of ImageNet's deviation; grey pictures stand in all three channels."""
    mean = np.array(MEAN, np.float32).reshape(3, 1, 1)
    sd = np.array(SD, np.float32).reshape(3, 1, 1)
    return (x - mean) / sd
