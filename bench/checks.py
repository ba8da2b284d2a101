"""Validate what users and third parties hand in; every refusal is one line that helps.

Metrics, attackers and defenses may then compute without looking over their shoulder.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .types import Array, Samples, Task

BLOCK = 1024  # rows looked at together


class InputError(ValueError):
    """What was given, what is allowed, and the likely cause, on one line."""

    def __init__(self, argument: str, got: object, expected: str, hint: str = ""):
        self.argument, self.got, self.expected, self.hint = argument, got, expected, hint
        text = f"{argument}: got {got}; expected {expected}"
        super().__init__(text + (f" ({hint})" if hint else ""))

    def __reduce__(self) -> tuple[Any, ...]:  # crosses process borders
        return InputError, (self.argument, self.got, self.expected, self.hint)


def one_of(argument: str, got: str, allowed: Iterable[str]) -> str:
    """`got`, if it is allowed; otherwise an InputError with the closest match and the list."""
    allowed = list(allowed)
    if got in allowed:
        return got
    close = difflib.get_close_matches(got, allowed, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]!r}?" if close else ""
    raise InputError(argument, repr(got), "one of " + ", ".join(filter(None, allowed)), hint)


def number(
    argument: str, got: float, low: float, high: float = float("inf"), *, open_low: bool = False
) -> float:
    """`got`, if finite and low <= got <= high (low < got if open_low)."""
    above = low < got if open_low else low <= got
    if not np.isfinite(got) or not above or got > high:
        allowed = f"a number {'above' if open_low else 'of at least'} {low}"
        if high != float("inf"):
            allowed += f" and at most {high}"
        raise InputError(argument, got, allowed)
    return got


def settings(competitor: Any, *, above: Sequence[str] = (), **least: float) -> None:
    """Every named setting is a number of at least `least`, or above 0.

    Raises:
        InputError: naming the setting as in a SPEC.
    """
    name = type(competitor).__name__.lower()
    for key in above:
        number(f"{name}:{key}", getattr(competitor, key), 0, open_low=True)
    for key, low in least.items():
        number(f"{name}:{key}", getattr(competitor, key), low)


def images(argument: str, x: Array) -> Array:
    """`x`, if it is a batch of images (n, c, h, w)."""
    if x.ndim != 4:
        got = f"rows of shape {x.shape[1:]}"
        raise InputError(argument, got, "images of shape (c, h, w)", "this needs pictures")
    return x


def finite(argument: str, x: Array) -> Array:
    """`x`, if no value is NaN or infinite; otherwise the first bad row is named."""
    bad = np.flatnonzero(~_finite_rows(x))
    if len(bad):
        got = f"NaN or infinity in {len(bad)} of {len(x)} rows, first row {bad[0]}"
        raise InputError(argument, got, "finite numbers")
    return x


def _finite_rows(x: Array) -> Array:
    """(n,) whether a row is finite; a block at a time, for large arrays that are mapped."""
    good = np.ones(len(x), bool)
    for start in range(0, len(x), BLOCK):
        block = x[start : start + BLOCK].reshape(-1, math.prod(x.shape[1:]))
        good[start : start + BLOCK] = np.isfinite(block).all(axis=1)
    return good


def frames(argument: str, x: Array) -> Array:
    """`x`, if it is (n, t, d) sequences of frames that are finite or missing (all NaN)."""
    present = np.isfinite(x).all(axis=-1)
    missing = np.isnan(x).all(axis=-1)
    broken = (~present & ~missing).any(axis=-1)
    empty = ~present.any(axis=-1)
    bad = np.flatnonzero(broken | empty)
    if len(bad):
        got = f"{len(bad)} of {len(x)} sequences, first row {bad[0]}"
        complete = "frames of finite numbers, or of nothing but NaN for a missing one"
        raise InputError(argument, got, f"{complete}; at least one a row")
    return x


def numbers(argument: str, x: Array) -> Array:
    """`x`, if it holds numbers to work with: finite ones; sequences may have missing frames."""
    return frames(argument, x) if x.ndim == 3 else finite(argument, x)


def label(samples: Samples, name: str, argument: str) -> Array:
    """The class numbers (n,) of a label that the set has, with at least two classes."""
    one_of(argument, name, samples.labels)
    if len(np.unique(samples.labels[name])) < 2:
        got = f"{name!r} with one class only"
        raise InputError(argument, got, "at least two classes", "nothing to tell apart")
    return samples.labels[name]


def same_length(name: str, n: int, columns: Sequence[tuple[str, Array]]) -> None:
    """InputError if a column has not n values."""
    for column, values in columns:
        if np.ndim(values) == 0 or len(values) != n:
            count = len(values) if np.ndim(values) else "no row of"
            raise InputError(name, f"{count} values in {column}", f"{n}, one a row")


def dataset(samples: Samples, task: Task) -> Samples:
    """`samples`, if every row is usable for this task.

    Raises:
        InputError: if lengths differ, numbers are not finite, or a label is missing or says
            nothing.
    """
    n = len(samples)
    if n == 0:
        raise InputError("dataset", "no rows", "at least two")
    about = [("source", samples.source), ("original", samples.original)]
    same_length("dataset", n, [*about, *samples.labels.items(), *samples.targets.items()])
    numbers("dataset x", samples.x)
    label(samples, task.private, "--private")
    if task.utility in samples.targets:
        _check_continuous(samples.targets[task.utility], task.utility)
    elif task.utility:
        _check_apart(samples, task)
    return samples


def _check_continuous(values: Array, name: str) -> None:
    if np.isnan(values).all() or np.nanstd(values) == 0:
        got = f"{name!r} that never changes"
        raise InputError("--utility", got, "a continuous label with some spread")


def _check_apart(samples: Samples, task: Task) -> None:
    """The label to serve is not, under another name, the label to hide."""
    one_of("--utility", task.utility, [*samples.labels, *samples.targets])
    served = label(samples, task.utility, "--utility")
    hidden = samples.labels[task.private]
    pairs = len(np.unique(np.stack([served, hidden]), axis=1).T)
    same = pairs == samples.n_classes(task.utility) == samples.n_classes(task.private)
    if task.utility == task.private or same:
        allowed = "another label than --private"
        raise InputError("--utility", repr(task.utility), allowed, "hiding a label destroys it")
