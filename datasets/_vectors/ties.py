"""Rows that are the same picture: they share a source, so that no fold divides them."""

from __future__ import annotations

import numpy as np

from ...bench.types import Array


def tied(x: Array, source: Array) -> Array:
    """(n,) source numbers of codes x (n, d): rows of the same numbers share one, and so do theirs.

    Not where the codes take a few values only (fewer than the root of the rows): rows of a constant
    or a label are equal without being the same picture.
    """
    _, group = np.unique(source, return_inverse=True)
    _, first, same = np.unique(x, axis=0, return_index=True, return_inverse=True)
    if len(first) ** 2 < len(x):
        return group
    parent = list(range(int(group.max()) + 1))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    twins = first[same.reshape(-1)]
    for row, twin in enumerate(twins):
        parent[root(int(group[row]))] = root(int(group[twin]))
    return np.array([root(int(number)) for number in group])
