"""What an adversary earned and answered on each test row, as text that fits into a record.

One character a row.
"""

from __future__ import annotations

import numpy as np

from ..types import Array

ZERO = ord("0")
MOST = 10_000  # ways of a tie that are told apart


def write(credit: Array) -> str:
    """(n,) credits 1/t, or 0 for a miss -> n characters.

    `0` is a miss, the t-th character after it a t-fold tie.
    """
    ties = np.rint(1 / np.maximum(credit, 1 / MOST)).astype(int)
    return write_classes(ties * (credit > 0))


def read(text: str) -> Array:
    """The credits (n,) float64 that `write` put into the text."""
    ties = read_classes(text)
    return np.where(ties > 0, 1 / np.maximum(ties, 1), 0.0)


def write_classes(classes: Array) -> str:
    """(n,) class numbers from 0 -> n characters."""
    return "".join(map(chr, (ZERO + classes).tolist()))


def read_classes(text: str) -> Array:
    """The class numbers (n,) int64 that `write_classes` put into the text."""
    return np.array([ord(c) - ZERO for c in text], np.int64)
