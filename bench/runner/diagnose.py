"""What is odd about a release: why its numbers may not mean what they seem to.

Flags of the codes themselves: `equals-input`, `constant`, `label-only`, `rank-deficient`,
`badly-scaled`, `repeated-codes`, `same-codes-in-test`; their meaning stands in `reasons.FLAGS`.
"""

from __future__ import annotations

import numpy as np

from ..reasons import Reason
from ..types import Array

SOME = 512  # rows that rank is judged by
BLOCK = 1024  # rows looked at together
APART = 1e4  # largest over smallest deviation of a column beyond which codes are badly scaled
SHARED = 0.1  # of the test rows with the codes of a training row, beyond which that is said
REPEATED = 0.5  # of the rows: fewer different codes are a dictionary
ALIKE = 1e-5  # relative difference below which numbers are the same


def flags(
    z: Array, x: Array, task_label: Array | None, train: Array, test: Array
) -> tuple[Reason, ...]:
    """The flags (codes of `reasons.FLAGS`) of codes z (n, ...) that an encoder made of x (n, ...).

    task_label: (n,) classes that the release serves, if there are any. train, test: (rows,) numbers
    of a fold.
    """
    flat = z.reshape(len(z), -1)
    if (flat.min(0) == flat.max(0)).all():
        return (Reason("constant", "all rows are the same"),)
    of_columns = _of_columns(flat, _deviation(flat), task_label)
    of_rows = _of_rows(flat, train, test)
    copied = [Reason("equals-input", "the output is the input")] if _same(z, x) else []
    return (*copied, *of_columns, *of_rows)


def _of_columns(flat: Array, deviation: Array, task_label: Array | None) -> list[Reason]:
    largest = float(deviation.max())
    smallest = float(deviation[deviation > 0].min(initial=np.inf))
    flagged = []
    if task_label is not None and _within(flat, task_label) <= ALIKE * largest:
        flagged.append(Reason("label-only", "rows of one task class are the same"))
    rank, possible = _rank(flat)
    if rank < possible:
        text = f"rank {rank} where rows and columns allow {possible}"
        flagged.append(Reason("rank-deficient", text))
    if largest > APART * smallest:
        text = f"deviations of columns from {smallest:.1g} to {largest:.1g}"
        flagged.append(Reason("badly-scaled", text))
    return flagged


def _of_rows(flat: Array, train: Array, test: Array) -> list[Reason]:
    flagged = []
    distinct = len(np.unique(flat, axis=0))
    if distinct < REPEATED * len(flat):
        text = f"{distinct} different codes in {len(flat)} rows"
        flagged.append(Reason("repeated-codes", text))
    shared = _shared(flat, train, test)
    if shared > SHARED:
        text = f"{100 * shared:.0f}% of the test rows have the codes of a training row"
        flagged.append(Reason("same-codes-in-test", text))
    return flagged


def _deviation(flat: Array) -> Array:
    mean = flat.mean(0, dtype=np.float64)
    squares = sum(np.square(part - mean).sum(0) for part in _parts(flat))
    return np.sqrt(squares / len(flat))


def _same(z: Array, x: Array) -> bool:
    if z.shape != x.shape:
        return False
    return all(
        np.allclose(a, b, rtol=ALIKE, atol=1e-7) for a, b in zip(_parts(z), _parts(x), strict=True)
    )


def _within(flat: Array, label: Array) -> float:
    """The largest deviation of any column within any class of the label."""
    return max(float(_deviation(flat[label == c]).max()) for c in np.unique(label))


def _rank(flat: Array) -> tuple[int, int]:
    """(dimensions that some rows span, as many as they could)."""
    rows = np.unique(flat[:: -(-len(flat) // SOME)].astype(np.float64), axis=0)
    rows = rows - rows.mean(0)
    scale = rows.std(0)
    rows = rows / np.where(scale > 0, scale, 1)
    side = rows.T @ rows if rows.shape[1] <= len(rows) else rows @ rows.T
    size = np.linalg.eigvalsh(side)
    return int((size > 1e-9 * size[-1]).sum()), min(flat.shape[1], len(rows) - 1)


def _shared(flat: Array, train: Array, test: Array) -> float:
    """The share of the test rows that have the very numbers of a training row."""
    known = {flat[i].tobytes() for i in train}
    return sum(flat[i].tobytes() in known for i in test) / len(test)


def _parts(rows: Array) -> list[Array]:
    return [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
