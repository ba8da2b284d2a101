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
        if z.ndim != 4:
            return f"takes images (c, h, w), not codes of shape {z.shape[1:]}"
        return (
            f"takes images of at least 8x8, not {z.shape[2]}x{z.shape[3]}"
            if min(z.shape[2:]) < 8
            else None
        )

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> NetAdversary:
        from ..bench.toolkit import nets, train
        from ._shared.heads import fit_base

        base = lambda: nets.ConvBase(z.shape[1])
        budget = train.Budget(self.epochs, self.batch, self.lr)
        return fit_base(base, z, y, widths=nets.FC_WIDTHS, budget=budget, seed=seed, device=device)
