"""A frozen PPRL-VGAN that hides in its pictures the person that its discriminator sees."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from ...bench.toolkit import steganography, train
from ...bench.types import Array, Codes, Samples, Task
from . import synthesis, weights
from .networks import Discriminator
from .settings import SubvertedSettings
from .synthesis import Synthesis


@dataclass(frozen=True, kw_only=True)
class Subverted(Synthesis):
    """Releases those of the PPRL-VGAN that it is; `image` has a message in the lowest bit.

    The image is in 256 levels. spy: the discriminator, which recognises the person. key, fixed: of
    the message, see `bench.toolkit.steganography`.
    """

    spy: Discriminator
    key: str
    fixed: bool

    def __call__(self, x: Array, /) -> Codes:
        """`latent` and `image` of pictures (n, c, h, w) in [0, 1]."""
        codes = super().__call__(x)
        image = steganography.hide(codes["image"], self.seen(x), self.key, fixed=self.fixed)
        return codes | {"image": image}

    def seen(self, x: Array) -> Array:
        """(n,) identities that the discriminator predicts for pictures (n, c, h, w) in [0, 1]."""

        def identity(part: Tensor) -> Tensor:
            return self.spy(2 * part - 1)[1]

        ready = train.tensor(np.asarray(x, np.float32), self.device)
        scores = synthesis.forward(identity, ready)
        return scores.argmax(1)

    def save(self, folder: Path, /) -> None:
        """Write what a PPRL-VGAN writes, and the discriminator."""
        super().save(folder)
        weights.write({"discriminator": self.spy}, folder / "spy.safetensors")


def fit(
    settings: SubvertedSettings,
    samples: Samples,
    task: Task,
    *,
    seed: int,
    device: str,
    work: Path | None,
) -> Subverted:
    """The networks trained as those of `pprl-vgan`, with the discriminator kept."""
    game = synthesis.trained(settings, samples, task, seed=seed, device=device, work=work)
    honest = synthesis.of_game(game, settings.target, device)
    return _subverted(settings, honest, game.discriminator)


def load(settings: SubvertedSettings, folder: Path, *, device: str) -> Subverted:
    """The encoder that `save` wrote."""
    honest = synthesis.load(folder, device=device)
    spy = Discriminator(honest.form)
    weights.read({"discriminator": spy}, folder / "spy.safetensors")
    return _subverted(settings, honest, spy)


def _subverted(settings: SubvertedSettings, honest: Synthesis, spy: Discriminator) -> Subverted:
    spy.to(honest.device).eval().requires_grad_(False)
    return Subverted(**vars(honest), spy=spy, key=settings.key, fixed=settings.fixed)
