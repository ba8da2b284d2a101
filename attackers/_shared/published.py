"""What the attackers of PPRL-VGAN's own evaluation share; they differ in their network alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ...bench.checks import settings
from ...bench.types import Array

if TYPE_CHECKING:
    from .heads import NetAdversary


@dataclass(frozen=True)
class Published:
    """A network on releases of `ndim` dimensions: ten epochs of SGD with momentum 0.9, as published."""

    epochs: int = 10
    lr: float = 0.005
    batch: int = 256

    ndim: ClassVar[int] = 2  # 2: codes, 4: pictures

    def __post_init__(self) -> None:
        settings(self, above=("lr",), epochs=1, batch=2)

    def skip(self, z: Array, y: Array) -> str | None:
        takes = "images (c, h, w)" if self.ndim == 4 else "codes (d,)"
        return (
            f"takes {takes}, not a release of shape {z.shape[1:]}" if z.ndim != self.ndim else None
        )

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> NetAdversary:
        from . import vgan_networks

        network = vgan_networks.pictures if self.ndim == 4 else vgan_networks.codes
        return network(
            z, y, vgan_networks.Recipe(self.epochs, self.lr, self.batch), seed=seed, device=device
        )
