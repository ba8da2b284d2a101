"""Read vectors and their columns of labels from NumPy files and tables; nothing is unpickled."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...bench.checks import InputError
from ...bench.types import Array

if TYPE_CHECKING:
    import pandas as pd

CODE = re.compile(r"x\d+")  # columns of a table that are the code: x0, x1, ...
KINDS = (".npz", ".npy", ".csv", ".parquet")

Columns = dict[str, Any]  # name -> (n,) values


def read(path: Path) -> tuple[Any, Columns]:
    """x and every other column of a file of one of KINDS; neither is checked any further.

    Raises:
        InputError: the file is of another kind than its name says, holds pickled objects, or has no
            code; a table also if a name comes twice or a number of the code is missing.
    """
    try:
        return _read(path)
    except InputError:
        raise
    except (TypeError, EOFError, AttributeError, ValueError) as error:
        # another kind of file under this name
        raise unreadable(path, error) from None


def _read(path: Path) -> tuple[Any, Columns]:
    if path.suffix == ".npz":
        return _npz(path)
    if path.suffix == ".npy":
        return _npy(path)
    if path.suffix == ".csv":
        return _coded(_csv(path), path)
    return _coded(_parquet(path), path)


def unreadable(path: Path, error: Exception) -> InputError:
    """The error that NumPy cannot read a file, or will not because it holds a pickle."""
    text = str(error)
    if "pickle" in text:
        got = "pickled objects, or no NumPy file"
        danger = "loading a pickle runs its code"
        hint = f"{danger}; save numbers and text: names as np.array(names, dtype=str)"
        return InputError(path.name, got, "plain arrays", hint)
    return InputError(path.name, text, "a file that numpy.save or numpy.savez wrote")


# ---- NumPy files ---------------------------------------------------------------------------------


def _npz(path: Path) -> tuple[Any, Columns]:
    """x and the other arrays of an .npz."""
    try:
        with np.load(path, allow_pickle=False) as file:
            columns = {name: file[name] for name in file.files}
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise unreadable(path, error) from None
    if "x" not in columns:
        got = f"arrays {', '.join(columns) or '(none)'}"
        raise InputError(path.name, got, "x (n, d), and one array (n,) a column")
    return columns.pop("x"), columns


def _npy(path: Path) -> tuple[Any, Columns]:
    """x of an .npy, and the columns of the CSV file beside it."""
    beside = path.with_suffix(".csv")
    if not beside.is_file():
        expected = f"{beside.name} beside it"
        raise InputError("--data-root", str(path), expected, "its columns are the labels")
    try:
        x = np.load(path, allow_pickle=False)
    except (ValueError, OSError) as error:
        raise unreadable(path, error) from None
    return x, _columns(_csv(beside), beside)


# ---- tables --------------------------------------------------------------------------------------


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
        got = str(error).splitlines()[0]
        expected = "comma-separated UTF-8 text with a header"
        raise InputError(path.name, got, expected) from None
    names = whole.iloc[0].str.strip().tolist()
    rows = whole.iloc[1:].set_axis(names, axis=1)
    return rows.reset_index(drop=True)


def _parquet(path: Path) -> pd.DataFrame:
    """The table of a Parquet file."""
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except ImportError:
        hint = "pip install pyarrow"
        raise InputError(path.name, "a Parquet file", "pyarrow beside pandas", hint) from None
    except (ValueError, OSError) as error:
        got = str(error).splitlines()[0]
        raise InputError(path.name, got, "a Parquet file") from None


def _coded(frame: pd.DataFrame, path: Path) -> tuple[Array, Columns]:
    """x (n, d) from the columns x0, x1, ... in the order of their numbers, and the others."""
    columns = _columns(frame, path)
    names = [name for name in columns if CODE.fullmatch(name)]
    names.sort(key=lambda name: int(name[1:]))
    if not names:
        first = ", ".join(list(columns)[:5]) or "(none)"
        expected = "x0, x1, ... for the code, and labels by name"
        raise InputError(path.name, f"columns {first}", expected)
    code = [_numbers(f"{path.name}: {name}", columns.pop(name)) for name in names]
    return np.column_stack(code), columns


def _columns(frame: pd.DataFrame, path: Path) -> Columns:
    """The columns of a table, each name once."""
    names = [str(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(path.name, f"several columns {twice[0]!r}", "each name once")
    return {name: frame.iloc[:, i].to_numpy() for i, name in enumerate(names)}


def _numbers(where: str, values: Array) -> Array:
    """(n,) float64 of a column."""
    import pandas as pd

    series = pd.to_numeric(pd.Series(values), errors="coerce")
    numbers = np.asarray(series, np.float64)
    bad = np.flatnonzero(np.isnan(numbers))
    if len(bad):
        got = f"{str(values[bad[0]])!r} in row {bad[0]}"
        hint = f"{len(bad)} rows; text where a number belongs?"
        raise InputError(where, got, "finite numbers", hint)
    return numbers
