"""Room for many rows: in memory or, where they are many, in a file of no name that the system can put aside."""

from __future__ import annotations

import math
import tempfile

import numpy as np

from ..types import Array

LARGE = 2**28  # bytes; a quarter of a gigabyte


def empty(shape: tuple[int, ...]) -> Array:
    """Uninitialised float32 of that shape. Large arrays are mapped from the folder for temporary files (TMPDIR)."""
    if 4 * math.prod(shape) < LARGE:
        return np.empty(shape, np.float32)
    with tempfile.TemporaryFile() as file:  # the mapping keeps it; nobody else can see it
        return np.memmap(file, np.float32, "w+", shape=shape)


def take(rows: Array, index: Array) -> Array:
    """rows[index], in such room. float32."""
    return np.take(
        rows, index, axis=0, out=empty((len(index), *rows.shape[1:])), mode="clip"
    )  # raise would buffer
