"""ARFF files as RECOLA and AVEC write them: features or ratings, a line a frame, with a clock."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from ...bench.checks import InputError
from .recording import FRAME, Recording, masked
from .tables import Keep, Line, Table, place, selected

CLOCK = ("frametime", "timestamp", "time")  # in seconds
NAME = ("name", "instance_name")  # of the recording
META = {*CLOCK, *NAME, "class", "frame", "frameindex"}  # attributes that are no feature

_ATTRIBUTE = re.compile(
    r"@attribute\s+('[^']*'|\"[^\"]*\"|[^\s{]+)\s*(\{.*\}|(?:numeric|real|integer|string|date)\b.*)",
    re.I,
)


def features(path: Path, glob: str = "*") -> Recording:
    """The features of an ARFF file, without labels and targets; every 40 ms where it has no clock.

    Raises:
        InputError: no attribute matches, a value is no number, time does not increase, or rows are
            of several recordings; file and line are named.
    """

    def keep(names: list[str]) -> Sequence[str]:
        wanted = [name for name in names if not is_meta(name) and fnmatchcase(name, glob)]
        if not wanted:
            got = f"attributes {', '.join(names[:5])}"
            raise InputError(place(path), got, f"some that match {glob}")
        return wanted + [name for name in names if is_meta(name)]

    table = read_arff(path, keep)
    check_name(table, "")
    wanted = tuple(name for name in table.names if not is_meta(name))
    x, missing = masked(table.numbers(wanted), {})
    clock = clock_of(table)
    times = table.increasing(clock) if clock else np.arange(len(x)) * FRAME
    lines = np.array(table.lines)
    return Recording(path.stem, path, wanted, x, missing, times, lines, {})


def is_meta(name: str) -> bool:
    """Whether an attribute is no feature: time, name, class."""
    return name.lower() in META


def clock_of(table: Table) -> str:
    """The attribute of seconds, "" if there is none."""
    for clock in CLOCK:
        for name in table.names:
            if name.lower() == clock:
                return name
    return ""


def check_name(table: Table, expected: str) -> None:
    """Nothing, if all rows are of the expected recording, or of that of the first row if it is "".

    Raises:
        InputError: a row is of another; file and line are named.
    """
    for name in table.names:
        if name.lower() in NAME:
            _one_recording(table, name, expected)


def _one_recording(table: Table, name: str, expected: str) -> None:
    values = [text.strip("\"'") for text in table.text(name)]
    expected = expected or values[0]
    for i, value in enumerate(values):
        if value != expected:
            got = f"{name} {value!r}"
            raise InputError(table.where(i), got, repr(expected), "another's rows?")


def read_arff(path: Path, keep: Keep) -> Table:
    """The attributes of an ARFF file that `keep` names.

    String and nominal ones too, which SciPy's reader refuses.
    """
    return selected(path, _arff_lines(path), keep)


def _arff_lines(path: Path) -> Iterator[Line]:
    """First the names of the attributes, then the cells of each row."""
    names = []
    data = False
    with path.open(encoding="utf-8-sig") as file:
        for line, text in enumerate(map(str.strip, file), start=1):
            if not text or text.startswith("%"):
                continue
            if data:
                yield line, _cells(text)
            elif text.lower().startswith("@data"):
                data = True
                yield line, names
            else:
                names += _attribute(path, line, text)
    if not data:
        raise InputError(place(path), "no line @data", "an ARFF file")


def _cells(text: str) -> list[str]:
    """The cells of a line of data."""
    reader = csv.reader([text], quotechar="'", skipinitialspace=True, strict=True)
    return next(reader)


def _attribute(path: Path, line: int, text: str) -> list[str]:
    """The name in a line of the header; none in that of the relation."""
    match = _ATTRIBUTE.fullmatch(text)
    if match:
        return [match[1].strip("\"'")]
    if text.lower().startswith("@relation"):
        return []
    allowed = "@relation, @attribute NAME TYPE or @data"
    raise InputError(place(path, line), repr(text[:40]), allowed)
