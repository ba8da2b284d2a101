"""Digests of code and of objects in memory: what a number depends on that no setting says.

They are taken once, where an object is registered, and travel with it: pickle may write the same
object in another way in another process.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import sys
import types
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .specs import is_setting

INTERACTIVE = "__main__"  # the module of a script, a shell or a notebook
LIBRARIES = ("torch", "torchvision", "timm")  # whose code counts by their version


def of_file(path: Path) -> str:
    """128 hexadecimal digits of what a file holds."""
    return hashlib.blake2b(path.read_bytes()).hexdigest()


def of_class(cls: type) -> str:
    """Of the file of a class; of what a class does where it was typed into a script or a notebook.

    There is no file of a notebook's cell, and a script changes in many places that are not the
    class.
    """
    if cls.__module__ != INTERACTIVE:
        return of_file(Path(inspect.getfile(cls)))
    parts: list[str | bytes] = []
    for base in cls.__mro__:
        if base.__module__ == INTERACTIVE:
            parts += _members(base)
    return _of_parts(parts)


def of_instance(competitor: Any) -> str:
    """Of a dataclass whose fields hold more than settings: its code, and what each field holds."""
    parts: list[str | bytes] = [_of_code_of(type(competitor))]
    for f in dataclasses.fields(competitor):
        parts += [f.name, of_object(getattr(competitor, f.name))]
    return _of_parts(parts)


def of_object(value: Any) -> str:
    """Of anything: numbers of arrays and networks, their code, else what pickle makes of it."""
    if is_setting(value):
        return repr(value)
    digest = getattr(value, "sha256", None)
    if isinstance(digest, str):  # it has taken its own
        return digest
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.nn.Module):
        return _of_parts(_of_module(value))
    if isinstance(value, np.ndarray):
        return _of_parts([str((value.shape, value.dtype)), np.ascontiguousarray(value).tobytes()])
    import cloudpickle

    return _of_parts([cloudpickle.dumps(value)])


def _of_module(module: Any) -> Iterator[str | bytes]:
    """The layers of a network, their code where it is no library's, and every tensor."""
    import torch

    yield str(module)
    for layer in module.modules():
        yield _of_code_of(type(layer))
    tensors = [*module.named_parameters(), *module.named_buffers()]
    for name, tensor in tensors:
        yield f"{name} {tuple(tensor.shape)} {tensor.dtype}"
        plain = tensor.detach().cpu().contiguous().flatten()
        yield plain.view(torch.uint8).numpy().tobytes()


def _of_code_of(cls: type) -> str:
    """The code of a class that is neither ours nor a library's; the name of any other."""
    package = cls.__module__.partition(".")[0]
    if package in (*LIBRARIES, "privbench", "builtins"):
        return f"{cls.__module__}.{cls.__qualname__}"
    try:
        return of_class(cls)
    except (TypeError, OSError):  # compiled, or of a module that is gone
        return f"{cls.__module__}.{cls.__qualname__}"


def _members(cls: type) -> Iterator[str]:
    """What every method and constant of a class is made of, as text."""
    for name, value in sorted(vars(cls).items()):
        plain = getattr(value, "__func__", value)
        plain = getattr(plain, "fget", None) or plain
        if isinstance(plain, types.FunctionType) and plain.__module__ == INTERACTIVE:
            yield f"{name}: {_instructions(plain.__code__)}"
        elif is_setting(value) and name != "__firstlineno__":  # of Python 3.13
            yield f"{name}: {value!r}"


def _instructions(code: types.CodeType) -> str:
    """Instructions, names and constants of a function, without file names and line numbers."""
    constants = [
        _instructions(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts
    ]
    return f"{code.co_code.hex()} {code.co_names} {constants}"


def _of_parts(parts: Iterable[str | bytes]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(str(len(content)).encode())
        digest.update(content)
    return digest.hexdigest()
