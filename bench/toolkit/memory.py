"""Room for many rows: in memory or, where they are many, in a file of no name.

The system can put the pages of such a file aside when it needs the memory.
"""

from __future__ import annotations

import math
import tempfile

import numpy as np

from ..types import Array

LARGE = 2**28  # bytes; a quarter of a gigabyte
ITEM = 4  # bytes of a float32


def empty(shape: tuple[int, ...]) -> Array:
    """An uninitialised float32 array of that shape.

    Large arrays are mapped from the folder for temporary files (TMPDIR).
    """
    if ITEM * math.prod(shape) < LARGE:
        return np.empty(shape, np.float32)
    # The mapping keeps the file, which no other process can see.
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, np.float32, "w+", shape=shape)


def take(rows: Array, index: Array) -> Array:
    """rows[index] as float32, in such room, for rows (n, ...) and an index (m,) in 0..n-1."""
    room = empty((len(index), *rows.shape[1:]))
    # The mode "raise" would copy everything to a buffer first.
    return np.take(rows, index, axis=0, out=room, mode="clip")
