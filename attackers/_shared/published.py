"""What the attackers of PPRL-VGAN's own evaluation share; they differ in their network alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ...bench.checks import settings
from ...bench.types import Array

if TYPE_CHECKING:
    from .heads import NetAdversary

MOMENTUM = 0.9


@dataclass(frozen=True)
class Published:
    """A network on releases of `ndim` dimensions: ten epochs of SGD with momentum, as published."""

    epochs: int = 10
    lr: float = 0.005
    batch: int = 256

    ndim: ClassVar[int] = 2  # 2: codes, 4: pictures

    def __post_init__(self) -> None:
        settings(self, above=("lr",), epochs=1, batch=2)

    def skip(self, z: Array, y: Array) -> str | None:
        """Why it cannot take codes of this shape, or None."""
        if z.ndim == self.ndim:
            return None
        takes = "images (c, h, w)" if self.ndim == 4 else "codes (d,)"
        return f"takes {takes}, not a release of shape {z.shape[1:]}"

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> NetAdversary:
        """An adversary whose scores (n, K) are the logits of the network."""
        from ...bench.toolkit.train import Budget
        from . import vgan_networks
        from .heads import Training

        network = vgan_networks.pictures if self.ndim == 4 else vgan_networks.codes
        budget = Budget(self.epochs, self.batch, self.lr, momentum=MOMENTUM)
        return network(z, y, Training(budget, seed, device))
