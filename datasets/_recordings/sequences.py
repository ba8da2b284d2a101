"""What the sequence sets share: tables are read, frames masked, gaps filled. `_windows` makes rows of them."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ...bench.checks import InputError
from ...bench.types import Array

Keep = Callable[
    [list[str]], Sequence[str]
]  # column names of a file -> those to read; may refuse them
FRAME = 0.04  # seconds a frame where no clock says otherwise
MISSING = {"", "?", "nan", "-nan", "nan(ind)", "-nan(ind)", "na", "n/a", "null", "none"}


def place(path: Path, line: int = 0) -> str:
    """A file in an error: its name with its folder's, since P16.csv may be arousal or valence."""
    return f"{path.parent.name}/{path.name}" + (f" line {line}" if line else "")


@dataclass(frozen=True)
class Table:
    """Some columns of a file as text: row i stands in line lines[i]."""

    path: Path
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]

    def where(self, row: int) -> str:
        return place(self.path, self.lines[row])

    def text(self, name: str) -> list[str]:
        at = self.names.index(name)
        return [row[at].strip() for row in self.rows]

    def numbers(self, names: Sequence[str]) -> Array:
        """(t, k) float64, NaN where a cell is blank or says so; InputError with file and line for other text."""
        at, found = (
            [self.names.index(name) for name in names],
            np.empty((len(self.rows), len(names))),
        )
        for i, row in enumerate(self.rows):
            try:
                found[i] = [float(row[j]) for j in at]
            except ValueError:
                found[i] = [self._number(i, j) for j in at]
        return found

    def increasing(self, name: str) -> Array:
        """(t,) numbers, each finite and above the one before; InputError with file and line otherwise."""
        times = self.numbers([name])[:, 0]
        before = np.concatenate([[-np.inf], times[:-1]])
        if bad := np.flatnonzero(~(np.isfinite(times) & (times > before))).tolist():
            raise InputError(
                self.where(bad[0]),
                f"{name} {times[bad[0]]:g} after {before[bad[0]]:g}",
                "a later one",
            )
        return times

    def _number(self, i: int, j: int) -> float:
        text = self.rows[i][j].strip().strip("\"'")
        try:
            return float("nan") if text.lower() in MISSING else float(text)
        except ValueError:
            raise InputError(self.where(i), f"{text!r} in {self.names[j]}", "a number") from None


def read_csv(path: Path, keep: Keep, *, delimiter: str = ",") -> Table:
    """The columns of a CSV file that `keep` names; spaces around their names are nobody's intention."""
    return selected(path, _csv_lines(path, delimiter), keep)


def selected(path: Path, lines: Iterator[tuple[int, list[str]]], keep: Keep) -> Table:
    """The columns that `keep` names of a file's lines, the first of which holds the names."""
    rows, numbers = [], []
    try:
        names = [name.strip() for name in next(lines, (0, []))[1]]
        if twice := [name for name, count in Counter(filter(None, names)).items() if count > 1]:
            raise InputError(place(path), f"several columns {twice[0]!r}", "each name once")
        kept = tuple(keep(names))
        at = [names.index(name) for name in kept]
        for line, cells in lines:
            if len(cells) != len(names):
                raise InputError(
                    place(path, line),
                    f"{len(cells)} cells",
                    f"{len(names)}, one a column",
                    "cut off?",
                )
            rows.append([cells[j] for j in at])
            numbers.append(line)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(place(path), str(error), "a text file in UTF-8") from error
    if not rows:
        raise InputError(place(path), "no rows", "at least one frame")
    return Table(path, kept, rows, numbers)


def _csv_lines(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        for cells in reader:
            if len(cells) > 1 or (cells and cells[0].strip()):
                yield reader.line_num, cells


# ---- mask ----------------------------------------------------------------------------------------
# -------------------


@dataclass(frozen=True)
class Recording:
    """One recording: x (t, d) float32, NaN in all numbers of a missing frame, and masked: reason -> (t,) bool.

    times: (t,) seconds. lines: (t,) where each frame stands in the file. targets: name -> (t,), NaN
    where nobody said.
    """

    name: str
    path: Path
    features: tuple[str, ...]
    x: Array
    masked: Mapping[str, Array]
    times: Array
    lines: Array
    labels: Mapping[str, str]
    targets: Mapping[str, Array] = field(default_factory=dict)


def masked(x: Array, reasons: Mapping[str, Array]) -> tuple[Array, dict[str, Array]]:
    """x (t, d) as float32 with NaN in masked frames, and the reasons made disjoint: the first that holds counts."""
    with np.errstate(over="ignore", invalid="ignore"):
        single = np.array(x, np.float32)
    infinite: Array = np.asarray(~np.isfinite(single).all(1))
    gone, own = np.zeros(len(x), bool), {}
    for reason, there in {**reasons, "a feature is missing or infinite": infinite}.items():
        own[reason], gone = there & ~gone, gone | there
    single[gone] = np.nan
    return single, own


def filled(recording: Recording, at: Array) -> Recording:
    """The recording with its frames at the positions `at` (t,), increasing from 0, and missing frames in between."""
    length = int(at[-1]) + 1
    if length == len(at):
        return recording
    if length > 100 * len(at):
        where = place(recording.path, int(recording.lines[np.argmax(np.diff(at)) + 1]))
        raise InputError(
            where,
            f"{len(at)} frames spread over {length:,}",
            "fewer gaps",
            "a wrong number or time?",
        )
    before = np.searchsorted(at, np.arange(length), side="right") - 1
    absent = np.ones(length, bool)
    absent[at] = False

    def spread(values: Array) -> Array:
        wide = np.full((length, *values.shape[1:]), np.nan, np.float32)
        wide[at] = values
        return wide

    return replace(
        recording,
        x=spread(recording.x),
        masked={"absent from the file": absent}
        | {k: v[before] & ~absent for k, v in recording.masked.items()},
        times=np.interp(np.arange(length), at, recording.times),
        lines=recording.lines[before],
        targets={name: spread(values) for name, values in recording.targets.items()},
    )


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first few names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
