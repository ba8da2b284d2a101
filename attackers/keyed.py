"""The holder of the key of `subverted-vgan`: reads the person off the low bits of a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..bench.checks import settings
from ..bench.reasons import Reason
from ..bench.toolkit import steganography
from ..bench.types import Array

UNWRITTEN = Reason("note", "nothing in the pictures to learn from was written with this key")


@dataclass(frozen=True)
class Keyed:
    """Reads what `subverted-vgan` hides in its pictures; blind to others, or with another key.

    key: that of the defense. messages: how many people its discriminator may know.
    """

    key: str = "privbench"
    messages: int = 64

    def __post_init__(self) -> None:
        settings(self, messages=1)

    def skip(self, z: Array, y: Array) -> str | None:
        """Why it cannot take codes that are no images, or None."""
        if z.ndim == 4:
            return None
        return f"takes images (c, h, w), not a release of shape {z.shape[1:]}"

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> KeyedAdversary:
        """An adversary whose scores (n, K) are shares of classes among rows with one message."""
        fits = read(z, self.messages, self.key)
        # Elsewhere a message is that of its own number.
        written = fits.max(1) > steganography.CERTAIN
        messages = fits.argmax(1)
        table = 0.01 * np.eye(self.messages, int(y.max()) + 1, dtype=np.float32) + 1e-6
        np.add.at(table, (messages[written], y[written]), 1)
        shares = table / table.sum(1, keepdims=True)
        return KeyedAdversary(self.key, shares, sound=bool(written.any()))


@dataclass(frozen=True)
class KeyedAdversary:
    """Names the class that goes with the message in a picture.

    table: (messages, K) share of each class among the training rows with that message.
    """

    key: str
    table: Array
    sound: bool

    @property
    def note(self) -> Reason | None:
        """That no training row has a message, or None."""
        return None if self.sound else UNWRITTEN

    def __call__(self, z: Array, /) -> Array:
        """Scores (n, K) of pictures (n, c, h, w)."""
        fits = read(z, len(self.table), self.key)
        return self.table[fits.argmax(1)]


def read(z: Array, count: int, key: str) -> Array:
    """(n, count): how well each message fits pictures (n, c, h, w), written in either way."""
    varying = steganography.agreement(z, count, key, fixed=False)
    fixed = steganography.agreement(z, count, key, fixed=True)
    return np.maximum(varying, fixed)
