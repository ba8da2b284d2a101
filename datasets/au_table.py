"""A CSV file of frames: a line each, with the person, the features, and labels and targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..bench.checks import InputError, number
from ..bench.types import Array, Card, Samples, Task
from ._recordings.openface_csv import CARRIERS, unsure
from ._recordings.recording import FRAME, Recording, filled, masked
from ._recordings.tables import Table, place, read_csv
from ._recordings.windows import SequenceSettings, cut
from ._shared.files import given, listed

SURENESS = ("confidence", "success")  # of the tracker, where the file has such columns


@dataclass(frozen=True)
class AuTable(SequenceSettings):
    """Labels identity, from the column `subject`, and those named; targets as named.

    The root is the file. sequence: the column that tells a person's recordings apart; none makes
    each person one. time: the column of seconds, which must increase within a recording; frames
    that it skips are missing. None takes the lines as they follow each other, 25 a second.
    features: a glob over the columns. labels, targets: columns joined by `+`; a label is one a
    recording, a target a number a frame, blank where there is none. confidence: a frame of less is
    missing, as is one whose success is 0, if the file has columns of these names.
    """

    subject: str = "subject"
    sequence: str = ""
    time: str = ""
    features: str = "AU*_r"
    targets: str = ""
    labels: str = ""
    confidence: float = 0.8

    card: ClassVar[Card] = Card(
        title="a table of frames",
        licence="that of your data",
        source="your own CSV file with a column subject and the features, a line a frame",
        citation="none: your own data",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        number("confidence", self.confidence, 0, 1)
        taken = {"identity", *columns_of(self.targets)}
        if taken & {"", *columns_of(self.labels)}:
            expected = "names that are no target, nor identity"
            raise InputError("labels", repr(self.labels), expected, "that is subject")

    @property
    def task(self) -> Task:
        """Serves the first target, or else the label emotion, expression or the first."""
        labels = columns_of(self.labels)
        usual = [name for name in ("emotion", "expression") if name in labels]
        served = columns_of(self.targets) + usual + labels
        return Task(next(iter(served), ""), "identity")

    def load(self, root: Path | None) -> Samples:
        """Windows of every recording, in the order of their first lines.

        Raises:
            InputError: no such column, a blank person or label, or a time that does not increase;
                the line is named.
        """
        path = self._file(given(root, self.card))
        table = read_csv(path, lambda columns: self._columns(path, columns))
        features = tuple(name for name in table.names if self._is_feature(name))
        notes = _notes(features)
        recordings = [self._recording(part, features) for part in self._parts(table)]
        return cut(recordings, self, notes=notes)

    def _file(self, path: Path) -> Path:
        """The file itself, or the only one of a folder."""
        files = [path]
        if path.is_dir():
            files = sorted(path.glob("*.csv"))
        if len(files) != 1:
            got = f"{len(files)} CSV files in {path}"
            raise InputError("--data-root", got, "one, or the file itself")
        return files[0]

    # ---- columns

    def _of_a_recording(self) -> list[str]:
        """The columns that are one value a recording: subject, sequence, labels."""
        names = [self.subject, self.sequence, *columns_of(self.labels)]
        return [name for name in names if name]

    def _of_a_frame(self) -> list[str]:
        """The columns that are numbers a frame: time, which may be "", and targets."""
        return [self.time, *columns_of(self.targets)]

    def _is_feature(self, name: str) -> bool:
        """Whether a column matches, and is nothing else."""
        if name in SURENESS or name in self._of_a_recording() + self._of_a_frame():
            return False
        return fnmatchcase(name, self.features)

    def _columns(self, path: Path, columns: Sequence[str]) -> list[str]:
        """The columns to read; InputError if one is missing."""
        where = place(path, 1)
        present = listed(columns, 12)
        named = self._of_a_recording() + self._of_a_frame()
        wanted = [name for name in dict.fromkeys(named) if name]
        missing = [name for name in wanted if name not in columns]
        if missing:
            raise InputError(where, f"no column {listed(missing)}", f"one of {present}")
        features = [name for name in columns if self._is_feature(name)]
        if not features:
            expected = f"some that match features={self.features}"
            raise InputError(where, f"columns {present}", expected)
        sureness = [name for name in SURENESS if name in columns]
        return wanted + features + sureness

    # ---- recordings

    def _parts(self, table: Table) -> list[Table]:
        """The table of each recording: its lines in their order, whichever stand between them."""
        names = self._of_a_recording()
        keys = 2 if self.sequence else 1
        columns = [table.text(name) for name in names]
        values = list(zip(*columns, strict=True))
        groups: dict[tuple[str, ...], list[int]] = {}
        for i, row in enumerate(values):
            if "" in row:
                blank = names[row.index("")]
                raise InputError(table.where(i), f"nothing in {blank}", "a value in every line")
            rows = groups.setdefault(row[:keys], [])
            rows.append(i)
            first = values[rows[0]]
            if row != first:
                got = _difference(names, first, row)
                hint = "a column sequence tells recordings apart"
                raise InputError(table.where(i), got, "one a recording", hint)
        return [table.take(rows) for rows in groups.values()]

    def _recording(self, table: Table, features: tuple[str, ...]) -> Recording:
        """One recording, with missing frames where its time skips some."""
        sure = _ones_or(table, "confidence")
        success = _ones_or(table, "success")
        reasons = unsure(sure, success, self.confidence)
        x, missing = masked(table.numbers(features), reasons)
        targets = {}
        for column in columns_of(self.targets):
            targets[column] = _finite(table.column(column))
        times = self._times(table)
        labels = {"identity": _first(table, self.subject)}
        for column in columns_of(self.labels):
            labels[column] = _first(table, column)
        name = labels["identity"]
        if self.sequence:
            name = f"{name} {_first(table, self.sequence)}"
        lines = np.array(table.lines)
        recording = Recording(name, table.path, features, x, missing, times, lines, labels, targets)
        return filled(recording, _positions(times))

    def _times(self, table: Table) -> Array:
        """(t,) seconds, those of the column if there is one."""
        if self.time:
            return table.increasing(self.time)
        return np.arange(len(table.rows)) * FRAME


def columns_of(text: str) -> list[str]:
    """The names of columns joined by `+`."""
    names = [name.strip() for name in text.split("+")]
    return [name for name in names if name]


def _notes(features: Sequence[str]) -> list[str]:
    """What the features are, and which of them carry identity."""
    notes = [f"{len(features)} features a frame: {listed(features)}"]
    carriers = [name for name in features if CARRIERS.fullmatch(name)]
    if carriers:
        what = "features are head pose, gaze, landmarks or shape, which carry identity"
        names = listed(carriers)
        notes.append(f"{len(carriers)} {what}: {names}")
    return notes


def _difference(columns: Sequence[str], first: Sequence[str], row: Sequence[str]) -> str:
    """The first column in which a row is not as the first one of its recording, in words."""
    for name, before, after in zip(columns, first, row, strict=True):
        if before != after:
            return f"{name} {after!r} after {before!r}"
    return ""


def _first(table: Table, name: str) -> str:
    """The first cell of a column."""
    return table.text(name)[0]


def _ones_or(table: Table, name: str) -> Array:
    """(t,) a column, or ones where there is none."""
    if name in table.names:
        return table.column(name)
    return np.ones(len(table.rows))


def _finite(values: Array) -> Array:
    """The values (t,) as float32, NaN for those that are infinite."""
    finite = np.where(np.isfinite(values), values, np.nan)
    return finite.astype(np.float32)


def _positions(times: Array) -> Array:
    """(t,) int64, which frame each line is: steps of time in those of the usual one."""
    if len(times) == 1:
        return np.zeros(1, np.int64)
    steps = np.diff(times)
    frames = np.round(steps / np.median(steps))
    after = np.maximum(1, frames).cumsum()
    return np.concatenate([[0], after]).astype(np.int64)
