"""A convolutional network trained from scratch on released images.

On `raw` this is the Face (identity) and the Emotion (expression) network of Narula et al. 2020,
arXiv 2001.06103.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..bench.checks import settings
from ..bench.types import Array

if TYPE_CHECKING:
    from ..bench.toolkit.nets import ConvBase
    from ._shared.heads import NetAdversary


@dataclass(frozen=True)
class Cnn:
    """Three convolutions and a head of three layers, from scratch, on releases that are images."""

    epochs: int = 30
    lr: float = 1e-3
    batch: int = 64

    def __post_init__(self) -> None:
        settings(self, above=("lr",), epochs=1, batch=2)

    def skip(self, z: Array, y: Array) -> str | None:
        """Why it cannot take codes that are no images of at least 8x8 pixels, or None."""
        if z.ndim != 4:
            return f"takes images (c, h, w), not codes of shape {z.shape[1:]}"
        height, width = z.shape[2:]
        if min(height, width) < 8:
            return f"takes images of at least 8x8, not {height}x{width}"
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> NetAdversary:
        """An adversary whose scores (n, K) are the logits of the network."""
        from ..bench.toolkit import nets, train
        from ._shared.heads import Training, fit_base

        def base() -> ConvBase:
            return nets.ConvBase(z.shape[1])

        budget = train.Budget(self.epochs, self.batch, self.lr)
        training = Training(budget, seed, device)
        return fit_base(base, z, y, training, widths=nets.FC_WIDTHS)
