"""Tables of a line a frame: some columns of a file, as text and as numbers."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...bench.checks import InputError
from ...bench.types import Array

Keep = Callable[[list[str]], Sequence[str]]  # a file's columns -> those to read; may refuse them
Line = tuple[int, list[str]]  # its number in the file, and its cells
MISSING = {"", "?", "nan", "-nan", "nan(ind)", "-nan(ind)", "na", "n/a", "null", "none"}


def place(path: Path, line: int = 0) -> str:
    """A file in an error: its name with its folder's, since P16.csv may be arousal or valence."""
    name = f"{path.parent.name}/{path.name}"
    return f"{name} line {line}" if line else name


@dataclass(frozen=True)
class Table:
    """Some columns of a file as text: row i stands in line lines[i]."""

    path: Path
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]

    def where(self, row: int) -> str:
        """The file and line of a row, for an error."""
        return place(self.path, self.lines[row])

    def take(self, rows: Iterable[int]) -> Table:
        """The table of the given rows."""
        kept = list(rows)
        cells = [self.rows[i] for i in kept]
        lines = [self.lines[i] for i in kept]
        return Table(self.path, self.names, cells, lines)

    def text(self, name: str) -> list[str]:
        """The cells of a column, without spaces around them."""
        at = self.names.index(name)
        return [row[at].strip() for row in self.rows]

    def column(self, name: str) -> Array:
        """(t,) float64 of one column, as `numbers`."""
        return self.numbers([name])[:, 0]

    def numbers(self, names: Sequence[str]) -> Array:
        """(t, k) float64 of k columns, NaN where a cell is blank or says so.

        Raises:
            InputError: other text, with file and line.
        """
        at = [self.names.index(name) for name in names]
        shape = (len(self.rows), len(names))
        numbers = np.empty(shape)
        for i, row in enumerate(self.rows):
            try:
                numbers[i] = [float(row[j]) for j in at]
            except ValueError:
                numbers[i] = [self._number(i, j) for j in at]
        return numbers

    def increasing(self, name: str) -> Array:
        """(t,) numbers, each finite and above the one before.

        Raises:
            InputError: they are not, with file and line.
        """
        times = self.column(name)
        before = -np.inf
        for i, time in enumerate(times):
            if not np.isfinite(time) or time <= before:
                got = f"{name} {time:g} after {before:g}"
                raise InputError(self.where(i), got, "a later one")
            before = time
        return times

    def _number(self, i: int, j: int) -> float:
        text = self.rows[i][j].strip().strip("\"'")
        if text.lower() in MISSING:
            return float("nan")
        try:
            return float(text)
        except ValueError:
            got = f"{text!r} in {self.names[j]}"
            raise InputError(self.where(i), got, "a number") from None


def read_csv(path: Path, keep: Keep, *, delimiter: str = ",") -> Table:
    """The columns of a CSV file that `keep` names; spaces around their names do not count."""
    return selected(path, _csv_lines(path, delimiter), keep)


def _csv_lines(path: Path, delimiter: str) -> Iterator[Line]:
    """The lines that are not blank."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        for cells in reader:
            if len(cells) > 1 or (cells and cells[0].strip()):
                yield reader.line_num, cells


def selected(path: Path, lines: Iterator[Line], keep: Keep) -> Table:
    """The columns that `keep` names of a file's lines, the first of which holds the names.

    Raises:
        InputError: a name comes twice, a line has more or fewer cells, there are no rows, or the
            file is no text.
    """
    try:
        table = _table(path, lines, keep)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(place(path), str(error), "a text file in UTF-8") from error
    if not table.rows:
        raise InputError(place(path), "no rows", "at least one frame")
    return table


def _refuse_twice(path: Path, names: Sequence[str]) -> None:
    """InputError, if several columns have one name; several may have none."""
    for name, count in Counter(names).items():
        if name and count > 1:
            raise InputError(place(path), f"several columns {name!r}", "each name once")


def _table(path: Path, lines: Iterator[Line], keep: Keep) -> Table:
    """The table of the columns to keep; may have no rows."""
    _, header = next(lines, (0, []))
    names = [name.strip() for name in header]
    _refuse_twice(path, names)
    kept = tuple(keep(names))
    at = [names.index(name) for name in kept]
    table = Table(path, kept, [], [])
    for line, cells in lines:
        if len(cells) != len(names):
            got = f"{len(cells)} cells"
            expected = f"{len(names)}, one a column"
            raise InputError(place(path, line), got, expected, "cut off?")
        table.rows.append([cells[j] for j in at])
        table.lines.append(line)
    return table
