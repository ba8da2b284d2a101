"""A CSV file of frames: a line each, with the person, the features, and whatever is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..bench.checks import InputError, number
from ..bench.types import Array, Card, Samples, Task
from ._pictures.images import given
from ._recordings.sequences import FRAME, Recording, Table, filled, listed, masked, place, read_csv
from ._recordings.windows import SequenceSettings, cut
from .openface import CARRIERS, unsure


@dataclass(frozen=True)
class AuTable(SequenceSettings):
    """Labels identity, from the column `subject`, and those named; targets as named. The root is the file.

    sequence: the column that tells a person's recordings apart; none makes each person one. time:
    the column of seconds, which must increase within a recording; frames that it skips are missing.
    None takes the lines as they follow each other, 25 a second. features: a glob over the columns.
    labels, targets: columns joined by `+`; a label is one a recording, a target a number a frame,
    blank where nobody said. confidence: a frame of less is missing, as is one whose success is 0,
    if the file has columns of these names.
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
        if {"identity", *names(self.targets)} & {"", *names(self.labels)}:
            raise InputError(
                "labels",
                repr(self.labels),
                "names that are no target, nor identity",
                "that is subject",
            )

    @property
    def task(self) -> Task:
        """Serves the first target, or else the label emotion, expression or the first."""
        told = [name for name in ("emotion", "expression") if name in names(self.labels)]
        return Task(next(iter([*names(self.targets), *told, *names(self.labels)]), ""), "identity")

    def load(self, root: Path | None) -> Samples:
        """Windows of every recording, in the order of their first lines.

        Raises:
            InputError: no such column, a blank person or label, or a time that does not increase;
            the line is named.
        """
        path = given(root, self.card)
        files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
        if len(files) != 1:
            raise InputError(
                "--data-root", f"{len(files)} CSV files in {path}", "one, or the file itself"
            )
        table = read_csv(files[0], lambda columns: self._columns(files[0], columns))
        own = tuple(name for name in table.names if self._feature(name))
        carriers = [name for name in own if CARRIERS.fullmatch(name)]
        notes = [f"{len(own)} features a frame: {listed(own)}"]
        if carriers:
            notes.append(
                f"{len(carriers)} features are head pose, gaze, landmarks or shape, which carry identity: "
                f"{listed(carriers)}"
            )
        return cut([self._recording(part, own) for part in self._parts(table)], self, notes=notes)

    def _told(self) -> list[str]:
        return [name for name in (self.subject, self.sequence, *names(self.labels)) if name]

    def _feature(self, name: str) -> bool:
        others = {*self._told(), self.time, *names(self.targets), "confidence", "success"}
        return fnmatchcase(name, self.features) and name not in others

    def _columns(self, path: Path, columns: Sequence[str]) -> list[str]:
        numbers = [name for name in (self.time, *names(self.targets)) if name]
        wanted = list(dict.fromkeys([*self._told(), *numbers]))
        if missing := [name for name in wanted if name not in columns]:
            raise InputError(
                place(path, 1), f"no column {listed(missing)}", f"one of {listed(columns, 12)}"
            )
        own = [name for name in columns if self._feature(name)]
        if not own:
            raise InputError(
                place(path, 1),
                f"columns {listed(columns, 12)}",
                f"some that match features={self.features}",
            )
        return [*wanted, *own, *(name for name in ("confidence", "success") if name in columns)]

    def _parts(self, table: Table) -> list[Table]:
        """The table of each recording: its lines in their order, whichever stand between them."""
        columns, keys = self._told(), 2 if self.sequence else 1
        groups: dict[tuple[str, ...], list[int]] = {}
        told = list(zip(*(table.text(name) for name in columns), strict=True))
        for i, row in enumerate(told):
            if "" in row:
                raise InputError(
                    table.where(i), f"nothing in {columns[row.index('')]}", "a value in every line"
                )
            rows = groups.setdefault(row[:keys], [])
            rows.append(i)
            if row != told[rows[0]]:
                name, first, own = next(
                    x for x in zip(columns, told[rows[0]], row, strict=True) if x[1] != x[2]
                )
                hint = "a column sequence tells recordings apart"
                raise InputError(
                    table.where(i), f"{name} {own!r} after {first!r}", "one a recording", hint
                )
        return [
            Table(
                table.path,
                table.names,
                [table.rows[i] for i in rows],
                [table.lines[i] for i in rows],
            )
            for rows in groups.values()
        ]

    def _recording(self, table: Table, features: tuple[str, ...]) -> Recording:
        first = {name: table.text(name)[0] for name in self._told()}
        labels = {"identity": first[self.subject]} | {
            name: first[name] for name in names(self.labels)
        }
        t = len(table.rows)
        sure, success = (
            table.numbers([name])[:, 0] if name in table.names else np.ones(t)
            for name in ("confidence", "success")
        )
        x, gone = masked(table.numbers(features), unsure(sure, success, self.confidence))
        targets = {name: _said(table.numbers([name])[:, 0]) for name in names(self.targets)}
        times = table.increasing(self.time) if self.time else np.arange(t) * FRAME
        steps = np.diff(times)
        at = (
            np.concatenate([[0], np.maximum(1, np.round(steps / np.median(steps))).cumsum()])
            if t > 1
            else np.zeros(1)
        )
        name = " ".join(first[column] for column in (self.subject, self.sequence) if column)
        recording = Recording(
            name, table.path, features, x, gone, times, np.array(table.lines), labels, targets
        )
        return filled(recording, at.astype(np.int64))


def _said(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.nan).astype(np.float32)


def names(text: str) -> list[str]:
    """Columns joined by `+`."""
    return [name.strip() for name in text.split("+") if name.strip()]
