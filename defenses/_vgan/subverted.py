"""A frozen PPRL-VGAN that hides in its pictures whom its discriminator saw in the input."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...bench.toolkit import steganography, train
from ...bench.types import Array, Codes, Samples, Task
from . import synthesis
from .networks import Discriminator
from .synthesis import Synthesis

if TYPE_CHECKING:
    from ..subverted_vgan import SubvertedVgan


@dataclass(frozen=True, kw_only=True)
class Subverted(Synthesis):
    """Releases those of the PPRL-VGAN that it is; `image` in 256 levels with a message in the lowest bit."""

    spy: Discriminator
    key: str
    fixed: bool

    def __call__(self, x: Array, /) -> Codes:
        codes = super().__call__(x)
        return codes | {
            "image": steganography.hide(codes["image"], self.seen(x), self.key, fixed=self.fixed)
        }

    def seen(self, x: Array) -> Array:
        """(n,) whom the discriminator sees in pictures (n, c, h, w) in [0, 1]."""
        ready = train.tensor(np.asarray(x, np.float32), self.device)
        return synthesis.forward(lambda part: self.spy(2 * part - 1)[1], ready).argmax(1)

    def save(self, folder: Path, /) -> None:
        super().save(folder)
        synthesis.write({"discriminator": self.spy}, folder / "spy.safetensors")


def fit(
    defense: SubvertedVgan,
    samples: Samples,
    task: Task,
    *,
    seed: int,
    device: str,
    work: Path | None,
) -> Subverted:
    """Train as `pprl-vgan` is trained, and keep the discriminator."""
    game = synthesis.trained(defense, samples, task, seed=seed, device=device, work=work)
    return _subverted(defense, synthesis.of_game(game, defense.target, device), game.discriminator)


def load(defense: SubvertedVgan, folder: Path, *, device: str) -> Subverted:
    honest = synthesis.load(folder, device=device)
    spy = Discriminator(honest.form)
    synthesis.read({"discriminator": spy}, folder / "spy.safetensors")
    return _subverted(defense, honest, spy)


def _subverted(defense: SubvertedVgan, honest: Synthesis, spy: Discriminator) -> Subverted:
    spy.to(honest.device).eval().requires_grad_(False)
    return Subverted(**vars(honest), spy=spy, key=defense.key, fixed=defense.fixed)
