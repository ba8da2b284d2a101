"""What a model gives -> releases: arrays of one row each, or one line that lists what came out."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...bench.checks import InputError
from ...bench.types import Array, Codes

NAME = re.compile(r"[\w.-]+")
SHAPES = "numbers of shape (n, d), (n, t, d) or (n, c, h, w)"
HALVES = (torch.float16, torch.bfloat16)


def releases(out: Any, release: str, n: int) -> Codes:
    """{release: (n, ...)} of what a model gave for n rows; a number a row becomes (n, 1).

    A tensor or an array is one release; a dict is one a key, under its keys. Of several outputs
    that are no plain dict, the one that is called `release`.

    Raises:
        InputError: for several outputs without such a name, or none that is numbers a row.
    """
    if type(out) is dict and out:
        named = {_name(key): value for key, value in out.items()}
        return {name: _rows(name, value, n) for name, value in named.items()}
    several = _several(out)
    if several is None:
        return {release: _rows(release, out, n)}
    if release not in several:
        raise _no_release(type(out).__name__, several)
    return {release: _rows(release, several[release], n)}


def _no_release(kind: str, several: dict[str, Any]) -> InputError:
    listed = ", ".join(f"{name} {_shape(value)}" for name, value in several.items())
    got = f"a {kind} of {listed}"
    hint = "name one by release=, or wrap the model in a module that returns one"
    return InputError("frozen:release", got, "one of these", hint)


def _several(out: Any) -> dict[str, Any] | None:
    """{name or place: value} of outputs that hold several, as Hugging Face's do; None of one."""
    if isinstance(out, Mapping):
        return {str(key): value for key, value in out.items()}
    if dataclasses.is_dataclass(out):
        names = [f.name for f in dataclasses.fields(out)]
        return {name: getattr(out, name) for name in names}
    if isinstance(out, (tuple, list)) and _holds_arrays(out):
        return {str(place): value for place, value in enumerate(out)}
    return None


def _holds_arrays(values: Sequence[Any]) -> bool:
    """Whether these are outputs, of several layers say; a list of lists of numbers is an array."""
    return any(_is_array(value) for value in values)


def _is_array(value: Any) -> bool:
    return isinstance(value, (Tensor, np.ndarray))


def _shape(value: Any) -> str:
    return str(tuple(value.shape)) if _is_array(value) else type(value).__name__


def _name(key: Any) -> str:
    """A key as the name of a release: files are named after it."""
    if not NAME.fullmatch(str(key)):
        raise InputError("frozen:release", repr(key), "names of letters, digits, _ . -")
    return str(key)


def _rows(release: str, value: Any, n: int) -> Array:
    z = _array(value)
    if z.ndim == 1:
        z = z[:, None]
    is_numbers = z.dtype.kind in "biuf"
    is_rows = z.ndim in (2, 3, 4) and len(z) == n
    if not is_numbers or not is_rows:
        got = f"{z.dtype} of shape {z.shape} for {n} rows"
        raise InputError(f"release {release!r}", got, SHAPES, "one code a row")
    return z


def _array(value: Any) -> Array:
    """An array of a tensor on any device, a sparse matrix, a frame, lists.

    Half precision becomes float32. Finer numbers stay as they are: the runner, which rounds them,
    refuses those whose differences it would round away.
    """
    if isinstance(value, Tensor):
        single = value.float() if value.dtype in HALVES else value
        return single.detach().cpu().numpy()
    is_sparse = hasattr(value, "toarray")
    z = np.asarray(value.toarray() if is_sparse else value)
    is_half = z.dtype == np.float16
    return z.astype(np.float32) if is_half else z
