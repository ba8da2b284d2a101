"""Lower resolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..bench.checks import InputError, images
from ..bench.types import Array
from ._shared.trained import Trained


@dataclass(frozen=True)
class Downsample(Trained):
    """Each factor x factor block becomes its mean, enlarged smoothly or pixelated; and features.

    pixelate: enlarged as blocks.
    """

    factor: int = 4
    pixelate: bool = False

    changes_pictures: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.factor < 1:
            raise InputError("downsample:factor", self.factor, "at least 1")

    def transform(self, x: Array) -> Array:
        """(n, c, h, w) pictures of the same size, so that every attacker can take them.

        What is lost is the same as in small ones.

        Raises:
            InputError: if the factor is larger than a side.
        """
        import torch
        from torch.nn import functional as F

        h, w = images("x", x).shape[2:]
        side = min(h, w)
        if self.factor > side:
            allowed = f"at most {side}, the side of the images"
            raise InputError("downsample:factor", self.factor, allowed)
        pictures = torch.from_numpy(np.ascontiguousarray(x))
        small = F.adaptive_avg_pool2d(pictures, (h // self.factor, w // self.factor))
        if self.pixelate:
            large = F.interpolate(small, size=(h, w), mode="nearest")
        else:
            large = F.interpolate(small, size=(h, w), mode="bilinear", align_corners=False)
        return large.numpy()
