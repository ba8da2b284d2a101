"""A message in the low bits of pictures, for an attacker who has the key.

The attack of Liu, Tan, Garg 2021, arXiv 2009.09283. The low bits of a picture are those of
SHAKE-256 of the key, the message and the picture without them: without the key they are the toss of
a coin for each number, which cannot be told from another message's.
"""

from __future__ import annotations

import hashlib

import numpy as np

from ..types import Array

LEVELS = 255
# Share of low bits that only the right key reaches: noise of a thousand bits stays below 0.6.
CERTAIN = 0.75


def hide(pictures: Array, messages: Array, key: str, *, fixed: bool = False) -> Array:
    """(n, c, h, w) float32 pictures in 256 levels of [0, 1], whose low bits hold the messages.

    pictures: (n, c, h, w) in [0, 1]. messages: (n,) whole numbers. fixed: the bits of a message are
    the same in every picture, for any attacker to learn.
    """
    plain = _without_low_bits(pictures)
    bits = np.empty(plain.shape, np.uint8)
    rows = zip(plain, messages, strict=True)
    for row, (picture, message) in enumerate(rows):
        bits[row] = _bits(picture, int(message), key, fixed)
    levels = (plain | bits) / np.float32(LEVELS)
    return levels.astype(np.float32)


def agreement(pictures: Array, count: int, key: str, *, fixed: bool = False) -> Array:
    """(n, count) float32: the share in [0, 1] of low bits that are those of each message.

    pictures: (n, c, h, w) in [0, 1]; the messages are 0 to count - 1.
    """
    low = _levels(pictures) & 1
    plain = _without_low_bits(pictures)
    agreed = np.empty((len(pictures), count), np.float32)
    for row, picture in enumerate(plain):
        for message in range(count):
            bits = _bits(picture, message, key, fixed)
            agreed[row, message] = (bits == low[row]).mean()
    return agreed


def _levels(pictures: Array) -> Array:
    """The levels 0 to 255 (uint8) of pictures in [0, 1]."""
    return np.rint(np.clip(pictures, 0, 1) * LEVELS).astype(np.uint8)


def _without_low_bits(pictures: Array) -> Array:
    return _levels(pictures) & 254


def _bits(plain: Array, message: int, key: str, fixed: bool) -> Array:
    """(c, h, w) of 0 and 1."""
    seed = f"{len(key)}:{key}:{message}:".encode()
    if not fixed:
        seed += plain.tobytes()
    length = -(-plain.size // 8)  # bytes, rounded up
    digest = hashlib.shake_256(seed).digest(length)
    stream = np.unpackbits(np.frombuffer(digest, np.uint8))
    return stream[: plain.size].reshape(plain.shape)
