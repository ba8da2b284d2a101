"""The attack on latent codes that PPRL-VGAN was evaluated with, as published (arXiv 1803.07100)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..bench.checks import settings
from ..bench.types import Array

if TYPE_CHECKING:
    from ._heads import NetAdversary


@dataclass(frozen=True)
class VganMlp:
    """The attack on latent codes of PPRL-VGAN's own evaluation: ten epochs of SGD with momentum 0.9."""

    epochs: int = 10
    lr: float = 0.005
    batch: int = 256

    def __post_init__(self) -> None:
        settings(self, above=("lr",), epochs=1, batch=2)

    def skip(self, z: Array, y: Array) -> str | None:
        return f"takes codes (d,), not images of shape {z.shape[1:]}" if z.ndim != 2 else None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> NetAdversary:
        from ._vgan import Recipe, codes

        return codes(z, y, Recipe(self.epochs, self.lr, self.batch), seed=seed, device=device)
