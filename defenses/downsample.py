"""Lower resolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..bench.checks import InputError, images
from ..bench.types import Array
from ._shared.trained import Trained


@dataclass(frozen=True)
class Downsample(Trained):
    """Each factor x factor block becomes its mean, enlarged again smoothly or as blocks (pixelate); and features."""

    factor: int = 4
    pixelate: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.factor < 1:
            raise InputError("downsample:factor", self.factor, "at least 1")

    def transform(self, x: Array) -> Array:
        """The picture keeps its size, so that every attacker can take it; what is lost is the same."""
        import torch
        from torch.nn import functional as F

        h, w = images("x", x).shape[2:]
        if self.factor > min(h, w):
            raise InputError(
                "downsample:factor", self.factor, f"at most {min(h, w)}, the side of the images"
            )
        small = F.adaptive_avg_pool2d(
            torch.from_numpy(np.ascontiguousarray(x)), (h // self.factor, w // self.factor)
        )
        how: dict[str, Any] = (
            {"mode": "nearest"} if self.pixelate else {"mode": "bilinear", "align_corners": False}
        )
        return F.interpolate(small, size=(h, w), **how).numpy()
