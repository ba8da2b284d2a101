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
    from ._shared.rebuilt import PictureAdversary

SMALLEST = 11  # pixels a side: a window of SSIM


@dataclass(frozen=True)
class Reconstruct:
    """Rebuilds pictures from codes by a decoder, and names people on them by a network.

    epochs: of the decoder. identity_epochs: of the network `cnn`, which is trained on the true
    training pictures, and shown the rebuilt ones.
    """

    epochs: int = 30
    lr: float = 1e-3
    batch: int = 64
    identity_epochs: int = 30

    # Its `fit` is given the pictures that its codes were made of.
    needs_inputs: ClassVar[bool] = True

    def __post_init__(self) -> None:
        settings(self, above=("lr",), epochs=1, batch=2, identity_epochs=1)

    def skip(self, z: Array, y: Array) -> str | None:
        """None: it takes codes of any shape."""
        return None

    def fit(
        self, z: Array, y: Array, *, source: Array, seed: int, device: str, inputs: Array
    ) -> PictureAdversary:
        """An adversary whose scores (n, K) are the logits of a network on rebuilt pictures.

        inputs: (n, c, h, w) in [0, 1], the pictures behind z (n, ...), at least 11x11.

        Raises:
            InputError: if inputs are no pictures, too small or fewer than the codes, or a number is
                not finite.
        """
        from ..bench.toolkit.train import Budget
        from ._shared.decoders import fit_decoder
        from ._shared.heads import Training
        from ._shared.rebuilt import PictureAdversary

        _check_inputs(inputs, len(z))
        network = Cnn(self.identity_epochs, self.lr, self.batch)
        recogniser = network.fit(inputs, y, source=source, seed=seed, device=device)
        training = Training(Budget(self.epochs, self.batch, self.lr), seed, device)
        rebuild = fit_decoder(z, inputs, training, source=source)
        return PictureAdversary(rebuild, recogniser)


def _check_inputs(inputs: Array, n: int) -> None:
    """Raises InputError unless inputs are n pictures (n, c, h, w) that SSIM can compare."""
    checks.finite("inputs", checks.images("inputs", inputs))
    checks.same_length("inputs", n, [("inputs", inputs)])
    height, width = inputs.shape[2:]
    if min(height, width) < SMALLEST:
        got = f"{height}x{width} pixels"
        raise InputError("inputs", got, f"at least {SMALLEST}x{SMALLEST}")
