"""Gaussian blur."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..bench.checks import images, number
from ..bench.types import Array
from ._shared.trained import Trained


@dataclass(frozen=True)
class Blur(Trained):
    """Gaussian blur of sigma pixels, and features learnt on it."""

    sigma: float = 2.0

    changes_pictures: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        number("blur:sigma", self.sigma, 0, 1000)

    def transform(self, x: Array) -> Array:
        """(n, c, h, w) blurred pictures; the edge is continued beyond itself."""
        from scipy.ndimage import gaussian_filter

        sigma = (0, 0, self.sigma, self.sigma)
        return gaussian_filter(images("x", x), sigma, mode="nearest")
