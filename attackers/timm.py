"""Any network of the timm library on released images: other shapes of network see other traces.

Inside the package this file is `.timm`; `import timm`, here and everywhere, is the library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..bench.checks import settings
from ..bench.types import Array

if TYPE_CHECKING:
    from torch.nn import Module

    from ._shared.heads import NetAdversary

SMALLEST = 32  # pixels a side: most of these networks halve a picture five times


@dataclass(frozen=True)
class Timm:
    """A network of the timm library with a linear head, on releases that are images.

    name: as timm lists it. weights: "" to start from scratch, or a .safetensors file with weights
    for the network and the channels of the release.
    """

    name: str = "resnet10t"
    epochs: int = 30
    lr: float = 1e-3
    batch: int = 64
    weights: str = ""

    def __post_init__(self) -> None:
        settings(self, above=("lr",), epochs=1, batch=2)
        # A wrong name is refused before any work; the default needs no look.
        if self.name != type(self).name:
            from ..bench.toolkit import nets

            nets.known("timm:name", self.name)

    def skip(self, z: Array, y: Array) -> str | None:
        """Why it cannot take codes that are no images of at least 32x32 pixels, or None."""
        if z.ndim != 4:
            return f"takes images (c, h, w), not codes of shape {z.shape[1:]}"
        height, width = z.shape[2:]
        if min(height, width) < SMALLEST:
            return f"takes images of at least {SMALLEST}x{SMALLEST}, not {height}x{width}"
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> NetAdversary:
        """An adversary whose scores (n, K) are the logits of the network."""
        from ..bench.toolkit import nets, train
        from ._shared.heads import Training, fit_base

        def base() -> Module:
            return nets.backbone(self.name, z.shape[1:], self.weights)

        budget = train.Budget(self.epochs, self.batch, self.lr)
        return fit_base(base, z, y, Training(budget, seed, device), widths=())
