"""Rebuilds the pictures that codes were made of, and recognises people on them.

Source of the learnt decoder: Dosovitskiy and Brox 2016, arXiv 1506.02753; its layers are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..bench import checks
from ..bench.checks import InputError, settings
from ..bench.types import Array
from .cnn import Cnn

if TYPE_CHECKING:
    from ._shared.decoders import PictureAdversary

SMALLEST = 11  # pixels a side: a window of SSIM


@dataclass(frozen=True)
class Reconstruct:
    """A decoder of codes into pictures, and a network that names people on pictures, shown the rebuilt ones.

    epochs: of the decoder. identity_epochs: of the network `cnn`, which is trained on the true
    training pictures.
    """

    epochs: int = 30
    lr: float = 1e-3
    batch: int = 64
    identity_epochs: int = 30

    needs_inputs: ClassVar[bool] = (
        True  # its `fit` is given the pictures that its codes were made of
    )

    def __post_init__(self) -> None:
        settings(self, above=("lr",), epochs=1, batch=2, identity_epochs=1)

    def skip(self, z: Array, y: Array) -> str | None:
        return None

    def fit(
        self, z: Array, y: Array, *, source: Array, seed: int, device: str, inputs: Array
    ) -> PictureAdversary:
        """inputs: (n, c, h, w) in [0, 1], the pictures behind z (n, ...), at least 11x11.

        Raises:
            InputError: if inputs are no pictures, too small or fewer than the codes, or a number is
            not finite.
        """
        from ..bench.toolkit import train
        from ._shared.decoders import PictureAdversary, fit_decoder

        checks.finite("inputs", checks.images("inputs", inputs))
        checks.same_length("inputs", len(z), [("inputs", inputs)])
        if min(inputs.shape[2:]) < SMALLEST:
            got = f"{inputs.shape[2]}x{inputs.shape[3]} pixels"
            raise InputError("inputs", got, f"at least {SMALLEST}x{SMALLEST}")
        known = Cnn(self.identity_epochs, self.lr, self.batch)
        recogniser = known.fit(inputs, y, source=source, seed=seed, device=device)
        budget = train.Budget(self.epochs, self.batch, self.lr)
        return PictureAdversary(
            fit_decoder(z, inputs, budget, source=source, seed=seed, device=device), recogniser
        )
