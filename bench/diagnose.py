"""What is odd about a release: reasons why its numbers may not mean what they seem to.

Index of flags: `equals-input`, `constant`, `label-only`, `rank-deficient`, `badly-scaled`, `same-codes-in-test`.
"""

from __future__ import annotations

import numpy as np

from .types import Array

SOME = 512  # rows that rank is judged by
BLOCK = 1024  # rows looked at together
APART = 1e4  # largest over smallest deviation of a column beyond which codes are badly scaled
ALIKE = 1e-5  # relative difference below which numbers are the same


def flags(z: Array, x: Array, task_label: Array | None, train: Array, test: Array) -> tuple[str, ...]:
    """The flags of codes z (n, ...) that an encoder made of inputs x (n, ...).

    task_label: (n,) classes that the release serves, if there are any. train, test: (rows,) numbers of a fold.
    """
    flat = z.reshape(len(z), -1)
    low, high = flat.min(0).astype(np.float64), flat.max(0).astype(np.float64)
    if (low == high).all():
        return ("constant",)
    deviation = _deviation(flat)
    found = {
        "equals-input": _same(z, x),
        "label-only": task_label is not None and _within(flat, task_label) <= ALIKE * float(deviation.max()),
        "rank-deficient": _deficient(flat),
        "badly-scaled": float(deviation.max()) > APART * float(deviation[deviation > 0].min(initial=np.inf)),
        "same-codes-in-test": _shared(flat, train, test),
    }
    return tuple(name for name, true in found.items() if true)


def _deviation(flat: Array) -> Array:
    mean = flat.mean(0, dtype=np.float64)
    squares = sum(np.square(part - mean).sum(0) for part in _parts(flat))
    return np.sqrt(squares / len(flat))


def _same(z: Array, x: Array) -> bool:
    if z.shape != x.shape:
        return False
    return all(np.allclose(a, b, rtol=ALIKE, atol=1e-7) for a, b in zip(_parts(z), _parts(x), strict=True))


def _within(flat: Array, label: Array) -> float:
    """The largest deviation of any column within any class of the label."""
    return max(float(_deviation(flat[label == c]).max()) for c in np.unique(label))


def _deficient(flat: Array) -> bool:
    """Whether the rows span fewer dimensions than as many rows of as many columns could."""
    rows = np.unique(flat[:: -(-len(flat) // SOME)].astype(np.float64), axis=0)
    rows = rows - rows.mean(0)
    scale = rows.std(0)
    rows = rows / np.where(scale > 0, scale, 1)
    side = rows.T @ rows if rows.shape[1] <= len(rows) else rows @ rows.T
    size = np.linalg.eigvalsh(side)
    return int((size > 1e-9 * size[-1]).sum()) < min(flat.shape[1], len(rows) - 1)


def _shared(flat: Array, train: Array, test: Array) -> bool:
    """Whether more than a tenth of the test rows have the very numbers of a training row."""
    known = {flat[i].tobytes() for i in train}
    return sum(flat[i].tobytes() in known for i in test) > 0.1 * len(test)


def _parts(rows: Array) -> list[Array]:
    return [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
