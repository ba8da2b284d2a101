"""Additive Gaussian noise on the pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..bench.checks import images, number
from ..bench.types import Array
from ._shared import picture_noise
from ._shared.trained import Trained


@dataclass(frozen=True)
class Noise(Trained):
    """Gaussian noise of deviation sigma on pixels in [0, 1], then clipped; and features of it."""

    sigma: float = 0.1

    changes_pictures: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        number("noise:sigma", self.sigma, 0, 10)

    def transform(self, x: Array) -> Array:
        """(n, c, h, w) noisy pictures, clipped to [0, 1].

        One draw a picture, fixed by the picture itself: asking twice does not average the noise
        away.
        """
        images("x", x)
        noisy = np.empty_like(x, dtype=np.float32)
        for row, picture in enumerate(x):
            stream = picture_noise.stream(picture)
            noise = stream.standard_normal(picture.shape, np.float32)
            noisy[row] = np.clip(picture + self.sigma * noise, 0, 1)
        return noisy
