"""A message in the low bits of pictures, for whoever has the key (the attack of Liu, Tan, Garg 2021, arXiv 2009.09283).

The low bits of a picture are those of SHAKE-256 of the key, the message and the picture without
them: to anybody who has not got the key, the toss of a coin for each number, which cannot be told
from another message's.
"""

from __future__ import annotations

import hashlib

import numpy as np

from ..types import Array

LEVELS = 255
# share of low bits that nothing but the right key reaches: noise of a thousand bits stays below 0.6
CERTAIN = 0.75


def hide(pictures: Array, messages: Array, key: str, *, fixed: bool = False) -> Array:
    """pictures (n, c, h, w) in [0, 1] in 256 levels, whose low bits say messages (n,) of whole numbers.

    fixed: the bits of a message are the same in every picture, for anybody to learn.
    """
    plain = _without_low_bits(pictures)
    bits = [_bits(p, int(m), key, fixed) for p, m in zip(plain, messages, strict=True)]
    return ((plain | np.array(bits, np.uint8).reshape(plain.shape)) / np.float32(LEVELS)).astype(
        np.float32
    )


def agreement(pictures: Array, count: int, key: str, *, fixed: bool = False) -> Array:
    """(n, count): the share of the low bits of pictures (n, c, h, w) that are those of each message 0 to count - 1."""
    low, plain = _levels(pictures) & 1, _without_low_bits(pictures)
    rows = [
        [(_bits(p, m, key, fixed) == own).mean() for m in range(count)]
        for p, own in zip(plain, low, strict=True)
    ]
    return np.array(rows, np.float32).reshape(len(pictures), count)


def _levels(pictures: Array) -> Array:
    return np.rint(np.clip(pictures, 0, 1) * LEVELS).astype(np.uint8)


def _without_low_bits(pictures: Array) -> Array:
    return _levels(pictures) & 254


def _bits(plain: Array, message: int, key: str, fixed: bool) -> Array:
    """(c, h, w) of 0 and 1."""
    seed = f"{len(key)}:{key}:{message}:".encode() + (b"" if fixed else plain.tobytes())
    stream = np.frombuffer(hashlib.shake_256(seed).digest(-(-plain.size // 8)), np.uint8)
    return np.unpackbits(stream)[: plain.size].reshape(plain.shape)
