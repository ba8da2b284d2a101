"""Arrays, tensors, frames and lists of any library -> numpy codes and labels.

No library is imported for this: a torch tensor, a pandas or polars column is known by what it can
do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..checks import InputError, numbers
from ..types import Array

SHAPES = "real numbers of shape (n, d), (n, t, d) or (n, c, h, w), at least one row"


def codes(z: Any, argument: str = "z") -> Array:
    """(n, ...) float32 of an array, a torch tensor of any device, a data frame, or lists.

    Raises:
        InputError: if these are no numbers of one shape a row, some are missing or infinite, or
            float32 cannot hold them.
    """
    array = _array(argument, z)
    if array.dtype == object:
        array = _from_objects(argument, array)
    if array.dtype.kind not in "biuf" or array.ndim < 2 or array.size == 0:
        got = f"{array.dtype} of shape {array.shape}"
        hint = "one code a row; a single column is z[:, None]" if array.ndim == 1 else ""
        raise InputError(argument, got, SHAPES, hint)
    if array.ndim > 4:
        raise InputError(argument, f"shape {array.shape}", SHAPES)
    with np.errstate(over="ignore"):  # an overflow is refused below, by name
        single = array.astype(np.float32)
    if np.isfinite(array).all() and not np.isfinite(single).all():
        raise InputError(argument, "numbers above 3e38", "numbers that float32 holds", "rescale z")
    return numbers(argument, single)


def labels(values: Any, n: int, argument: str) -> Array:
    """(n,) labels as strings or numbers, of an array, tensor, column or list.

    Raises:
        InputError: if there are not n of them, some are missing, or words and numbers are mixed.
    """
    array = _label_array(argument, values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or len(array) != n:
        hint = "one label a row" if array.ndim != 1 else ""
        raise InputError(
            argument, f"values of shape {array.shape}", f"({n},), one a row of z", hint
        )
    missing = np.array([_is_missing(value) for value in array.tolist()], bool)
    if missing.any():
        first = int(np.flatnonzero(missing)[0])
        got = f"{int(missing.sum())} missing of {n}, first row {first}"
        raise InputError(argument, got, "a label in every row", "drop these rows, or name them")
    if array.dtype == object:
        array = _of_one_kind(argument, array)
    if array.dtype.kind == "f" and (array == np.round(array)).all():
        array = array.astype(np.int64)  # 3.0 and 3 are one person
    return array


def _label_array(argument: str, values: Any) -> Array:
    """Labels as they are: numpy would turn a missing value among words into the word `nan`."""
    if isinstance(values, (list, tuple)):
        flat = all(np.ndim(value) == 0 for value in values)
        if flat:
            array = np.empty(len(values), object)
            array[:] = values
            return array
    return _array(argument, values)


def _of_one_kind(argument: str, array: Array) -> Array:
    """(n,) words, or numbers; InputError for both, of which `0` and `"0"` would be one."""
    words = [isinstance(value, str) for value in array.tolist()]
    if all(words):
        return array.astype(str)
    if any(words):
        first = array[words.index(True)]
        other = array[words.index(False)]
        hint = "are they the same class? make them all words, or all numbers"
        raise InputError(argument, f"{first!r} beside {other!r}", "labels of one kind", hint)
    numbers_only = np.asarray(array.tolist())
    return numbers_only if numbers_only.dtype != object else array.astype(str)


def same_order(z: Any, values: Any, argument: str) -> None:
    """InputError if pandas indexes say that labels are in another order than the codes."""
    first, second = _index(z), _index(values)
    if first is None or second is None or len(first) != len(second):
        return
    if not first.equals(second):
        hint = "align them, or pass .to_numpy() to match row by row"
        raise InputError(argument, "an index that is not that of z", "rows in the same order", hint)


def _index(values: Any) -> Any:
    """The index of a pandas frame or column; None of anything else."""
    index = getattr(values, "index", None)
    return index if hasattr(index, "equals") else None


def columns(values: Any, n: int, argument: str) -> dict[str, Array]:
    """{name: labels} of one or several labels: a mapping or a frame of columns, else one array.

    A single array is named after its argument.
    """
    if isinstance(values, Mapping):
        return {str(name): labels(own, n, f"{argument}[{name!r}]") for name, own in values.items()}
    named = getattr(values, "columns", None)
    if named is not None:
        return {str(name): labels(values[name], n, f"{argument}[{name!r}]") for name in named}
    return {argument: labels(values, n, argument)}


def _array(argument: str, values: Any) -> Array:
    if hasattr(values, "detach"):  # torch, wherever the tensor lies
        values = values.detach().cpu()
        if str(values.dtype) == "torch.bfloat16":  # numpy has none
            values = values.float()
    if hasattr(values, "to_numpy"):  # pandas and polars
        return np.asarray(values.to_numpy())
    try:
        return np.asarray(values)
    except ValueError:
        hint = "rows of different lengths?"
        raise InputError(argument, f"a {type(values).__name__}", SHAPES, hint) from None


def _from_objects(argument: str, array: Array) -> Array:
    """Numbers out of a column of lists, or of a frame with mixed columns."""
    try:
        if array.ndim == 1:
            return np.stack([np.asarray(row, float) for row in array])
        return array.astype(float)
    except (ValueError, TypeError) as error:
        hint = "leave label columns out of z"
        raise InputError(argument, f"values that are no numbers ({error})", SHAPES, hint) from None


def _is_missing(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, float):
        return value != value
    return type(value).__name__ in ("NAType", "NaTType")
