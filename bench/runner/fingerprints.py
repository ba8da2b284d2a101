"""Fingerprints: what a number depends on, as 16 characters that do not change from run to run."""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
import types
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..registry import is_setting
from ..types import Array, Samples

INTERACTIVE = "__main__"  # the module of a script, a shell or a notebook


def of(*parts: Any) -> str:
    """16 hexadecimal digits of anything that JSON can hold."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def content(samples: Samples) -> str:
    """A fingerprint of every row: pixels, labels, sources."""
    arrays: list[Array] = [samples.x, samples.source, samples.original]
    for labels in (samples.labels, samples.targets):
        arrays += [labels[name] for name in sorted(labels)]
    digest = hashlib.blake2b(digest_size=8)
    for array in arrays:
        digest.update(str((array.shape, array.dtype)).encode())
        digest.update(np.ascontiguousarray(array).data)
    classes = sorted((name, list(names)) for name, names in samples.classes.items())
    digest.update(json.dumps(classes).encode())
    return digest.hexdigest()


def settings(competitor: Any) -> dict[str, Any]:
    """{name: value} of all settings; what is no plain value, a module say, by its content."""
    values = {f.name: getattr(competitor, f.name) for f in fields(competitor)}
    if all(is_setting(value) for value in values.values()):
        return asdict(competitor)
    return {
        name: value if is_setting(value) else _of_object(value) for name, value in values.items()
    }


def files(competitor: Any) -> tuple[str, ...]:
    """Hashes of the files that a competitor names and of a third party's own code.

    They may change while the name stays.
    """
    hashes = []
    for f in fields(competitor):
        value = getattr(competitor, f.name)
        if isinstance(value, str) and value and Path(value).is_file():
            hashes.append(_of_file(Path(value)))
    cls = type(competitor)
    if not cls.__module__.startswith("privbench."):
        hashes.append(_of_class(cls))
    return tuple(hashes)


def _of_file(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes()).hexdigest()


def _of_class(cls: type) -> str:
    """Of the file of a class; of what a class does where it was typed into a script or a notebook.

    There is no file of a notebook's cell, and a script changes in many places that are not the
    class.
    """
    if cls.__module__ != INTERACTIVE:
        return _of_file(Path(inspect.getfile(cls)))
    parts: list[str] = []
    for base in cls.__mro__:
        if base.__module__ == INTERACTIVE:
            parts += _functions(base)
    return hashlib.blake2b("\n".join(parts).encode()).hexdigest()


def _functions(cls: type) -> list[str]:
    """What every method and constant of a class is made of, as text."""
    parts = []
    for name, value in sorted(vars(cls).items()):
        plain = getattr(value, "__func__", value)
        plain = getattr(plain, "fget", None) or plain
        if isinstance(plain, types.FunctionType) and plain.__module__ == INTERACTIVE:
            parts.append(f"{name}: {_of_code(plain.__code__)}")
        elif is_setting(value):
            parts.append(f"{name}: {value!r}")
    return parts


def _of_code(code: types.CodeType) -> str:
    """Instructions, names and constants of a function, without file names and line numbers."""
    constants = [_constant(c) for c in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {constants}"


def _constant(value: Any) -> str:
    return _of_code(value) if isinstance(value, types.CodeType) else repr(value)


def _of_object(value: Any) -> str:
    """A hash of an object in memory.

    Of the numbers of a network, else of what pickle makes of it.
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.nn.Module):
        return _of_parts([type(value).__qualname__, str(value), *_weights(value)])
    if isinstance(value, np.ndarray):
        return _of_parts([str((value.shape, value.dtype)), np.ascontiguousarray(value).tobytes()])
    import cloudpickle

    return _of_parts([cloudpickle.dumps(value)])


def _weights(module: Any) -> Iterable[str | bytes]:
    for name, tensor in module.state_dict().items():
        yield name
        yield tensor.detach().cpu().contiguous().numpy().tobytes()


def _of_parts(parts: Iterable[str | bytes]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
    return digest.hexdigest()
