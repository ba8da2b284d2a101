"""Codes that are made already, with their labels, from a NumPy file or a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..bench.checks import InputError, finite, one_of, same_length
from ..bench.types import Array, Card, Samples, Task, samples
from ._shared.files import given
from ._vectors.readers import KINDS, read
from ._vectors.ties import tied

NO_LABELS = (bytes, list, tuple, dict, set, np.ndarray)  # kinds of cells that are refused
EXACT = 2**53  # up to here, float64 holds every whole number


@dataclass(frozen=True)
class Embeddings:
    """Vectors from a file, with every other column of it as a label.

    An .npz holds x (n, d) and one array (n,) a column; an .npy is x and has its columns in a CSV
    file of the same name; in a CSV or Parquet file x0, x1, ... are the code. The root is the file.

    source: the column whose equal values tie rows together (frames of one clip, say): a fold never
    divides them, and neither rows of the same numbers (unless a few numbers are all there are).
    split: the column of `train` and `test`, for the protocol given.
    """

    source: str = "source"
    split: str = ""

    card: ClassVar[Card] = Card(
        title="embeddings from a file",
        licence="that of your data",
        source="your own .npz, .npy with .csv, .csv or .parquet",
        citation="none: your own data",
    )
    task: ClassVar[Task] = Task("expression", "identity")

    def load(self, root: Path | None) -> Samples:
        """One row a row of the file, in its order.

        Raises:
            InputError: if it is no such file, holds pickled objects, or a column is missing, hollow
                or of another length; the column and the row are named.
        """
        path = given(root, self.card)
        if path.suffix not in KINDS or not path.is_file():
            raise InputError("--data-root", str(path), "a file that ends in " + ", ".join(KINDS))
        x, columns = read(path)
        x = _codes(path, x)
        same_length(path.name, len(x), list(columns.items()))
        labels = {}
        for name in _printable(path, columns):
            labels[name] = _labels(f"{path.name}: {name}", columns[name])
        for column in self._needed():
            one_of(f"{path.name}: column", column, labels)
        source = labels.pop(self.source, np.arange(len(x)))
        if self.split:
            labels["split"] = labels.pop(self.split)
        return samples(x, labels, source=tied(x, source))

    def _needed(self) -> list[str]:
        """The columns that must be there: those named, not the default one."""
        named = [self.split]
        if self.source != "source":
            named.append(self.source)
        return [name for name in named if name]


def _printable(path: Path, columns: dict[str, Any]) -> list[str]:
    """The names of the columns; InputError if one does not print on one line."""
    odd = [name for name in columns if not name.isprintable()]
    if odd:
        raise InputError(path.name, f"a column {odd[0]!r}", "names that print on one line")
    return list(columns)


def _codes(path: Path, x: Array) -> Array:
    """(n, d) float32; InputError if x has another shape, or float32 loses its differences."""
    where = f"{path.name}: x"
    if x.ndim != 2 or x.dtype.kind not in "biuf" or 0 in x.shape:
        got = f"{x.dtype} of shape {x.shape}"
        raise InputError(where, got, "numbers of shape (n, d)")
    with np.errstate(over="ignore"):
        single = finite(where, np.asarray(x, np.float32))
    exact = np.asarray(x, np.float64)
    lost = np.abs(exact - single).max(0)
    spread = np.ptp(exact, axis=0)
    bad = np.flatnonzero((lost > 1e-3 * spread) & (spread > 0))
    if len(bad):
        got = f"{len(bad)} columns whose differences float32 rounds away, first {bad[0]}"
        expected = "numbers that float32 can tell apart"
        raise InputError(where, got, expected, "subtract each column's mean")
    return single


def _labels(where: str, values: Array) -> Array:
    """(n,) text, one name a row.

    Raises:
        InputError: not one a row, no text or number, or a hollow cell, which would become a class
            of its own.
    """
    if values.ndim != 1:
        raise InputError(where, f"shape {values.shape}", "(n,), one label a row")
    cells = values.tolist()
    odd = [cell for cell in cells if isinstance(cell, NO_LABELS)]
    if odd:
        got = f"{type(odd[0]).__name__} in {len(odd)} rows"
        raise InputError(where, got, "text or numbers")
    hollow = [i for i, cell in enumerate(cells) if _is_hollow(cell)]
    if hollow:
        got = f"nothing in {len(hollow)} rows, first row {hollow[0]}"
        raise InputError(where, got, "a label a row")
    if _are_whole(values):
        values = values.astype(np.int64)
    return np.asarray(values).astype(str)


def _is_hollow(cell: Any) -> bool:
    """Whether a cell holds nothing: None, NaN or blank text."""
    return cell is None or cell != cell or str(cell).strip() == ""


def _are_whole(values: Array) -> bool:
    """Whether all are whole numbers that a table made fractions."""
    if values.dtype.kind != "f":
        return False
    whole = values == np.round(values)
    exact = np.abs(values) < EXACT
    return bool((whole & exact).all())
