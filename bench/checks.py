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
    if not np.isfinite(got) or not (low < got if open_low else low <= got) or got > high:
        least = f"a number {'above' if open_low else 'of at least'} {low}"
        raise InputError(
            argument, got, least + ("" if high == float("inf") else f" and at most {high}")
        )
    return got


def settings(competitor: Any, *, above: Sequence[str] = (), **least: float) -> None:
    """Every named setting is a number of at least `least`, or above 0; the error names it as in a SPEC."""
    name = type(competitor).__name__.lower()
    for key in above:
        number(f"{name}:{key}", getattr(competitor, key), 0, open_low=True)
    for key, low in least.items():
        number(f"{name}:{key}", getattr(competitor, key), low)


def images(argument: str, x: Array) -> Array:
    """`x`, if it is a batch of images (n, c, h, w)."""
    if x.ndim != 4:
        raise InputError(
            argument,
            f"rows of shape {x.shape[1:]}",
            "images of shape (c, h, w)",
            "this needs pictures",
        )
    return x


def finite(argument: str, x: Array) -> Array:
    """`x`, if no value is NaN or infinite; otherwise the first bad row is named."""
    parts = [
        x[start : start + BLOCK].reshape(-1, math.prod(x.shape[1:]))
        for start in range(0, len(x), BLOCK)
    ]
    good = (
        np.concatenate([np.isfinite(part).all(axis=1) for part in parts])
        if parts
        else np.ones(0, bool)
    )
    if not good.all():
        rows = np.flatnonzero(~good)
        raise InputError(
            argument,
            f"NaN or infinity in {len(rows)} of {len(x)} rows, first row {rows[0]}",
            "finite numbers",
        )
    return x


def frames(argument: str, x: Array) -> Array:
    """`x`, if it is (n, t, d) sequences whose frames are finite or missing (all NaN), and no row has none."""
    there, missing = np.isfinite(x).all(axis=-1), np.isnan(x).all(axis=-1)
    odd = np.flatnonzero((~there & ~missing).any(axis=-1) | ~there.any(axis=-1))
    if len(odd):
        allowed = (
            "frames of finite numbers, or of nothing but NaN for a missing one; at least one a row"
        )
        raise InputError(argument, f"{len(odd)} of {len(x)} sequences, first row {odd[0]}", allowed)
    return x


def numbers(argument: str, x: Array) -> Array:
    """`x`, if it holds numbers that can be worked with: sequences may have missing frames, the rest is finite."""
    return frames(argument, x) if x.ndim == 3 else finite(argument, x)


def label(samples: Samples, name: str, argument: str) -> Array:
    """The class numbers (n,) of a label that the set has, with at least two classes."""
    one_of(argument, name, samples.labels)
    if len(np.unique(samples.labels[name])) < 2:
        raise InputError(
            argument,
            f"{name!r} with one class only",
            "at least two classes",
            "nothing to tell apart",
        )
    return samples.labels[name]


def same_length(name: str, n: int, columns: Sequence[tuple[str, Array]]) -> None:
    for column, values in columns:
        if np.ndim(values) == 0 or len(values) != n:
            found = len(values) if np.ndim(values) else "no row of"
            raise InputError(name, f"{found} values in {column}", f"{n}, one a row")


def dataset(samples: Samples, task: Task) -> Samples:
    """`samples`, if every row is usable for this task: lengths agree, pixels finite, labels present."""
    n = len(samples)
    if n == 0:
        raise InputError("dataset", "no rows", "at least two")
    same_length(
        "dataset",
        n,
        [("source", samples.source), ("original", samples.original), *samples.labels.items()],
    )
    same_length("dataset", n, list(samples.targets.items()))
    numbers("dataset x", samples.x)
    label(samples, task.private, "--private")
    if not task.utility:
        return samples
    if task.utility in samples.targets:
        if (
            np.nanstd(samples.targets[task.utility]) == 0
            or np.isnan(samples.targets[task.utility]).all()
        ):
            raise InputError(
                "--utility",
                f"{task.utility!r} that never changes",
                "a continuous label with some spread",
            )
        return samples
    one_of("--utility", task.utility, [*samples.labels, *samples.targets])
    served, hidden = label(samples, task.utility, "--utility"), samples.labels[task.private]
    pairs = len(np.unique(np.stack([served, hidden]), axis=1).T)
    if task.utility == task.private or pairs == samples.n_classes(
        task.utility
    ) == samples.n_classes(task.private):
        raise InputError(
            "--utility",
            repr(task.utility),
            "another label than --private",
            "hiding a label destroys it",
        )
    return samples
