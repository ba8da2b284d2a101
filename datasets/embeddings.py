"""Codes that somebody already made, with their labels: an .npz, an .npy beside a CSV file, a CSV or a Parquet file."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..bench.checks import InputError, finite, one_of, same_length
from ..bench.types import Array, Card, Samples, Task, samples
from ._pictures.images import given

if TYPE_CHECKING:
    import pandas as pd

CODE = re.compile(r"x\d+")  # columns of a table that are the code: x0, x1, ...
KINDS = (".npz", ".npy", ".csv", ".parquet")


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
            or of another
                length; the column and the row are named.
        """
        path = given(root, self.card)
        if path.suffix not in KINDS or not path.is_file():
            raise InputError("--data-root", str(path), "a file that ends in " + ", ".join(KINDS))
        try:
            x, columns = _READERS[path.suffix](path)
        except (
            TypeError,
            EOFError,
            AttributeError,
            ValueError,
        ) as error:  # another kind of file under this name
            if isinstance(error, InputError):
                raise
            raise _unreadable(path, error) from None
        x = _codes(path, x)
        same_length(path.name, len(x), list(columns.items()))
        if odd := [name for name in columns if not name.isprintable()]:
            raise InputError(path.name, f"a column {odd[0]!r}", "names that print on one line")
        labels = {name: _labels(path, name, values) for name, values in columns.items()}
        for column in filter(None, (self.split, self.source if self.source != "source" else "")):
            one_of(f"{path.name}: column", column, labels)
        source = labels.pop(self.source, np.arange(len(x)))
        if self.split:
            labels["split"] = labels.pop(self.split)
        return samples(x, labels, source=_tied(x, source))


def _npz(path: Path) -> tuple[Any, dict[str, Any]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            columns = {name: file[name] for name in file.files}
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from None
    if "x" not in columns:
        raise InputError(
            path.name,
            f"arrays {', '.join(columns) or '(none)'}",
            "x (n, d), and one array (n,) a column",
        )
    return columns.pop("x"), columns


def _npy(path: Path) -> tuple[Any, dict[str, Any]]:
    beside = path.with_suffix(".csv")
    if not beside.is_file():
        raise InputError(
            "--data-root", str(path), f"{beside.name} beside it", "its columns are the labels"
        )
    try:
        x = np.load(path, allow_pickle=False)
    except (ValueError, OSError) as error:
        raise _unreadable(path, error) from None
    return x, _columns(_csv(beside), beside)


def _unreadable(path: Path, error: Exception) -> InputError:
    if "allow_pickle" in str(error) or "pickle" in str(error):
        hint = "loading a pickle runs its code; save numbers and text: names as np.array(names, dtype=str)"
        return InputError(path.name, "pickled objects, or no NumPy file", "plain arrays", hint)
    return InputError(path.name, str(error), "a file that numpy.save or numpy.savez wrote")


def _csv(path: Path) -> pd.DataFrame:
    """All of it as text: `1` and `01`, or `NA` and `null`, are different people."""
    import pandas as pd

    try:
        whole = pd.read_csv(
            path,
            header=None,
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
            skipinitialspace=True,
        )
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(
            path.name, str(error).splitlines()[0], "comma-separated UTF-8 text with a header"
        ) from None
    return (
        whole.iloc[1:].set_axis(whole.iloc[0].str.strip().tolist(), axis=1).reset_index(drop=True)
    )


def _parquet(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except ImportError:
        raise InputError(
            path.name, "a Parquet file", "pyarrow beside pandas", "pip install pyarrow"
        ) from None
    except (ValueError, OSError) as error:
        raise InputError(path.name, str(error).splitlines()[0], "a Parquet file") from None


def _table(frame: pd.DataFrame, path: Path) -> tuple[Any, dict[str, Any]]:
    columns = _columns(frame, path)
    names = sorted(
        (name for name in columns if CODE.fullmatch(name)), key=lambda name: int(name[1:])
    )
    if not names:
        found = ", ".join(list(columns)[:5]) or "(none)"
        raise InputError(
            path.name, f"columns {found}", "x0, x1, ... for the code, and labels by name"
        )
    x = np.column_stack([_numbers(f"{path.name}: {name}", columns.pop(name)) for name in names])
    return x, columns


def _numbers(where: str, values: Array) -> Array:
    import pandas as pd

    numbers = np.asarray(pd.to_numeric(pd.Series(values), errors="coerce"), np.float64)
    if bad := np.flatnonzero(np.isnan(numbers)).tolist():
        found = f"{str(values[bad[0]])!r} in row {bad[0]}"
        raise InputError(
            where, found, "finite numbers", f"{len(bad)} rows; text where a number belongs?"
        )
    return numbers


def _columns(frame: pd.DataFrame, path: Path) -> dict[str, Any]:
    names = [str(name) for name in frame.columns]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(path.name, f"several columns {twice[0]!r}", "each name once")
    return {name: frame.iloc[:, i].to_numpy() for i, name in enumerate(names)}


_READERS = {
    ".npz": _npz,
    ".npy": _npy,
    ".csv": lambda path: _table(_csv(path), path),
    ".parquet": lambda path: _table(_parquet(path), path),
}


def _codes(path: Path, x: Array) -> Array:
    if x.ndim != 2 or x.dtype.kind not in "biuf" or 0 in x.shape:
        raise InputError(
            f"{path.name}: x", f"{x.dtype} of shape {x.shape}", "numbers of shape (n, d)"
        )
    with np.errstate(over="ignore"):
        single = finite(f"{path.name}: x", np.asarray(x, np.float32))
    exact = np.asarray(x, np.float64)
    lost, spread = np.abs(exact - single).max(0), np.ptp(exact, axis=0)
    if bad := np.flatnonzero((lost > 1e-3 * spread) & (spread > 0)).tolist():
        raise InputError(
            f"{path.name}: x",
            f"{len(bad)} columns whose differences float32 rounds away, first {bad[0]}",
            "numbers that float32 can tell apart",
            "subtract each column's mean",
        )
    return single


def _labels(path: Path, name: str, values: Array) -> Array:
    """(n,) text, one name a row; a hollow cell is refused, because it would become a class of its own."""
    if values.ndim != 1:
        raise InputError(f"{path.name}: {name}", f"shape {values.shape}", "(n,), one label a row")
    if odd := [
        v for v in values.tolist() if isinstance(v, (bytes, list, tuple, dict, set, np.ndarray))
    ]:
        raise InputError(
            f"{path.name}: {name}", f"{type(odd[0]).__name__} in {len(odd)} rows", "text or numbers"
        )
    hollow = [
        i for i, v in enumerate(values.tolist()) if v is None or v != v or str(v).strip() == ""
    ]
    if hollow:
        raise InputError(
            f"{path.name}: {name}",
            f"nothing in {len(hollow)} rows, first row {hollow[0]}",
            "a label a row",
        )
    whole = values.dtype.kind == "f" and bool(
        ((values == np.round(values)) & (np.abs(values) < 2**53)).all()
    )
    return np.asarray(values.astype(np.int64) if whole else values).astype(str)


def _tied(x: Array, source: Array) -> Array:
    """(n,) source numbers, where rows of the same numbers share the source of the first of them.

    Not where the code takes a few values only: rows of a constant or a label are equal without
    being the same picture.
    """
    _, group = np.unique(source, return_inverse=True)
    _, first, same = np.unique(x, axis=0, return_index=True, return_inverse=True)
    if len(first) ** 2 < len(x):
        return group
    parent = list(range(int(group.max()) + 1))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i] = parent[parent[i]]
        return i

    for row, twin in enumerate(first[same.reshape(-1)]):
        parent[root(int(group[row]))] = root(int(group[twin]))
    return np.array([root(int(g)) for g in group])
