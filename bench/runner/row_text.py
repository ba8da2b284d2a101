"""What an adversary earned and answered on each test row, as text that fits into a record: one character a row."""

from __future__ import annotations

import numpy as np

from ..types import Array

ZERO = ord("0")
MOST = 10_000  # ways of a tie that are told apart


def write(credit: Array) -> str:
    """(n,) credits 1/t, or 0 for a miss -> n characters: `0` for a miss, the t-th after it for a t-fold tie."""
    ways = np.rint(1 / np.maximum(credit, 1 / MOST)).astype(int) * (credit > 0)
    return "".join(map(chr, (ZERO + ways).tolist()))


def read(text: str) -> Array:
    """The credits (n,) float64 that `write` put into the text."""
    ways = np.array([ord(c) for c in text]) - ZERO
    return np.where(ways > 0, 1 / np.maximum(ways, 1), 0.0)


def write_classes(classes: Array) -> str:
    """(n,) class numbers from 0 -> n characters."""
    return "".join(map(chr, (ZERO + classes).tolist()))


def read_classes(text: str) -> Array:
    """The class numbers (n,) int64 that `write_classes` put into the text."""
    return np.array([ord(c) - ZERO for c in text], np.int64)
