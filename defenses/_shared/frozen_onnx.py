"""ONNX files, computed by onnxruntime on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ...bench.checks import InputError
from ...bench.types import Array
from .frozen_files import ModelFile
from .frozen_pictures import are_grey

INSTALL = "pip install 'privbench[onnx]'"
# What a tensor has in a file whose numbers lie in another one, which no hash here would see.
OUTSIDE = b"\n\x08location\x12"
TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16}


@dataclass(frozen=True)
class _Input:
    """An input. kind: one of TYPES, or another. shape: None where any length will do."""

    name: str
    kind: str
    shape: tuple[int | None, ...]

    @classmethod
    def of(cls, given: Any) -> _Input:
        """What onnxruntime says of an input."""
        lengths = [_length(axis) for axis in given.shape]
        return cls(given.name, given.type, tuple(lengths))

    def __str__(self) -> str:
        lengths = ["any" if axis is None else str(axis) for axis in self.shape]
        joined = ", ".join(lengths)
        return f"{self.name} {self.kind} ({joined})"

    def is_usable(self) -> bool:
        """Whether rows can be given to it, all at once or one by one."""
        is_batch = bool(self.shape) and self.shape[0] in (None, 1)
        return is_batch and self.kind in TYPES

    def wants_colour(self) -> bool:
        """Whether it takes pictures of three channels."""
        return len(self.shape) == 4 and self.shape[1] == 3

    def fits(self, rows: Array) -> bool:
        """Whether rows (n, ...) have its shape."""
        if rows.ndim != len(self.shape):
            return False
        axes = zip(self.shape[1:], rows.shape[1:], strict=True)
        return all(want in (None, have) for want, have in axes)

    def parts(self, rows: Array) -> Iterator[Array]:
        """The batches of rows that it takes: all of them, or one row at a time."""
        if self.shape[0] is None:
            yield rows
            return
        for place in range(len(rows)):
            yield rows[place : place + 1]


@dataclass(frozen=True)
class Onnx:
    """A session with one input."""

    session: Any
    input: _Input

    @classmethod
    def of(cls, file: ModelFile) -> Onnx:
        """The model of a file.

        Raises:
            InputError: without onnxruntime; if it cannot read the file, the numbers are not in it,
                or it wants something else than one input of numbers and a batch of any size or 1.
        """
        session = _session(file)
        inputs = [_Input.of(given) for given in session.get_inputs()]
        first = inputs[0] if inputs else _Input("", "", ())
        if len(inputs) != 1 or not first.is_usable():
            listed = "; ".join(str(given) for given in inputs)
            allowed = "one input of real numbers, for a batch of any size or of 1"
            raise InputError("frozen:path", f"{file.path!r}, which takes {listed}", allowed)
        return cls(session, first)

    def given(self, x: Array, /) -> Array:
        """A copy."""
        return x.copy()

    def __call__(self, given: Any, /) -> Any:
        """The output, or {name: output} of several; grey pictures thrice, if it wants colour."""
        rows = np.asarray(given, TYPES[self.input.kind])
        if are_grey(rows) and self.input.wants_colour():
            rows = np.repeat(rows, 3, axis=1)
        if not self.input.fits(rows):
            got = f"rows of shape {rows.shape[1:]}"
            raise InputError("frozen", got, f"input {self.input}")
        names = [output.name for output in self.session.get_outputs()]
        batches = [self._run(names, part) for part in self.input.parts(rows)]
        outputs = [_joined(values) for values in zip(*batches, strict=True)]
        return outputs[0] if len(names) == 1 else dict(zip(names, outputs, strict=True))

    def _run(self, names: list[str], rows: Array) -> list[Any]:
        """The outputs of one batch."""
        return self.session.run(names, {self.input.name: rows})


def _session(file: ModelFile) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise InputError("frozen:path", file.path, "onnxruntime", INSTALL) from error
    if OUTSIDE in file.data:
        hint = 'onnx.save(onnx.load("model.onnx"), "whole.onnx")'
        got = f"{file.path!r}, whose weights are in another file"
        raise InputError("frozen:path", got, "one file", hint)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    try:
        return onnxruntime.InferenceSession(file.data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common class
        hint = str(error).strip().splitlines()[0]
        raise InputError("frozen:path", repr(file.path), "an ONNX file", hint) from error


def _length(axis: Any) -> int | None:
    """The length of an axis; None of one that has a name, or nothing."""
    return axis if isinstance(axis, int) else None


def _joined(values: tuple[Any, ...]) -> Any:
    """One output of all batches; what is no array stays as it is, to be refused."""
    is_one = len(values) == 1 or not isinstance(values[0], np.ndarray)
    return values[0] if is_one else np.concatenate(values)
