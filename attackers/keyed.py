"""Whoever has the key of `subverted-vgan`: reads the person off the low bits of a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..bench.checks import settings
from ..bench.toolkit import steganography
from ..bench.types import Array


@dataclass(frozen=True)
class Keyed:
    """Reads what `subverted-vgan` hides in its pictures; elsewhere, or with another key, it is blind.

    key: that of the defense. messages: how many people its discriminator may know.
    """

    key: str = "privbench"
    messages: int = 64

    def __post_init__(self) -> None:
        settings(self, messages=1)

    def skip(self, z: Array, y: Array) -> str | None:
        return (
            None if z.ndim == 4 else f"takes images (c, h, w), not a release of shape {z.shape[1:]}"
        )

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> KeyedAdversary:
        found = read(z, self.messages, self.key)
        meant = (
            found.max(1) > steganography.CERTAIN
        )  # elsewhere a message is that of its own number
        table = 0.01 * np.eye(self.messages, int(y.max()) + 1, dtype=np.float32) + 1e-6
        np.add.at(table, (found.argmax(1)[meant], y[meant]), 1)
        return KeyedAdversary(
            self.key, table / table.sum(1, keepdims=True), sound=bool(meant.any())
        )


@dataclass(frozen=True)
class KeyedAdversary:
    """table: (messages, K) share of each class among the rows that said so."""

    key: str
    table: Array
    sound: bool

    @property
    def note(self) -> str:
        return (
            "" if self.sound else "nothing in the pictures to learn from was written with this key"
        )

    def __call__(self, z: Array, /) -> Array:
        found = read(z, len(self.table), self.key)
        return self.table[found.argmax(1)]


def read(z: Array, count: int, key: str) -> Array:
    """(n, count): how well each message fits pictures (n, c, h, w), written in either way."""
    return np.maximum(
        *(steganography.agreement(z, count, key, fixed=fixed) for fixed in (False, True))
    )
