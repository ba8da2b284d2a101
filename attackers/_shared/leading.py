"""Codes cut to their leading directions, for attackers that need few dimensions."""

from __future__ import annotations

import numpy as np

from ...bench.types import Array
from .vectors import RowSpace


def leading(z: Array, dims: int) -> RowSpace:
    """The row space of z (n, ...), cut to its `dims` directions of largest variance.

    For attackers whose cost or need of rows grows fast with the dimensions; narrower codes stay as
    they are. Cut without a look at the classes, since what tells people apart need not be a mean.
    What lies in directions of little variance is lost: attackers that cut share a bench with those
    that do not.
    """
    space = RowSpace.of(z)
    if space.basis is not None:
        # Its directions come in the order of their variance, the smallest first.
        return RowSpace(space.standardise, np.ascontiguousarray(space.basis[:, -dims:]))
    rows = space(z)
    d = rows.shape[1]
    if d <= dims:
        return space
    from scipy.linalg import eigh

    scatter = (rows.T @ rows).astype(np.float64)
    _, vectors = eigh(scatter, subset_by_index=(d - dims, d - 1))
    return RowSpace(space.standardise, vectors.astype(np.float32))
