"""Your own pictures, listed in a CSV file.

Its columns are path, identity, expression, and optionally source and further labels.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ..bench.checks import InputError
from ..bench.types import Card, Samples, Task
from ._pictures.images import read
from ._pictures.photos import Photo
from ._pictures.settings import ImageSettings
from ._shared.files import contents, given

REQUIRED = ("path", "identity", "expression")


@dataclass(frozen=True)
class Manifest(ImageSettings):
    """Labels identity, expression and every further column, in the order of the lines.

    Paths are relative to the CSV file. Rows with the same `source` (frames of one clip, say) are
    never divided by a fold; its names must be unique in the whole file. The root is the CSV file or
    the folder that holds it.

    file: the CSV file's name in that folder. flip: let augmentation mirror pictures; say so only if
    every label still holds in the mirror. partial: leave out lines whose picture does not exist.
    """

    file: str = "manifest.csv"
    flip: bool = False

    card: ClassVar[Card] = Card(
        title="a manifest of pictures",
        licence="that of your pictures",
        source="your own CSV file with the columns path, identity, expression[, source]",
        citation="none: your own images",
    )
    task: ClassVar[Task] = Task("expression", "identity")

    def load(self, root: Path | None) -> Samples:
        """One row a line.

        Raises:
            InputError: no such file, a column or cell is missing, or a picture is; the line is
                named.
        """
        root = given(root, self.card)
        table = root if root.is_file() else root / self.file
        if not table.is_file():
            expected = f"a CSV file, or a folder that holds {self.file}"
            raise InputError("--data-root", contents(root), expected)
        photos = []
        for line, row in _rows(table):
            path = table.parent / row.pop("path")
            if path.is_file():
                photos.append(Photo(path, row, row.pop("source", "")))
            elif not self.partial:
                where = f"{table.name} line {line}"
                raise InputError(where, f"path {path}", "a picture that exists")
        if not photos:
            raise InputError(table.name, "no rows", "a picture a line")
        return read(photos, self, mirror={} if self.flip else None)


def _rows(table: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line's number in the file and its cells by column, stripped."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.reader(lines, strict=True)
            names = [name.strip() for name in next(reader, [])]
            _check_columns(table, names)
            for cells in reader:
                if cells:
                    yield reader.line_num, _row(table, reader.line_num, names, cells)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(table.name, str(error), "comma-separated UTF-8 text") from error


def _check_columns(table: Path, names: list[str]) -> None:
    """InputError, if a required column is missing, or names are blank or come twice."""
    complete = set(REQUIRED) <= set(names)
    distinct = len(set(names)) == len(names)
    if not complete or not distinct or "" in names:
        got = f"columns {', '.join(names) or '(none)'}"
        expected = f"distinct column names, among them {', '.join(REQUIRED)}"
        raise InputError(table.name, got, expected)


def _row(table: Path, line: int, names: list[str], cells: list[str]) -> dict[str, str]:
    """The cells of a line by column; InputError if one is missing or blank."""
    where = f"{table.name} line {line}"
    if len(cells) != len(names):
        got = f"{len(cells)} cells"
        hint = "a comma in a name needs quotes"
        raise InputError(where, got, f"{len(names)}, one a column", hint)
    row = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
    blank = [name for name, cell in row.items() if not cell]
    if blank:
        raise InputError(where, f"nothing in {', '.join(blank)}", "a value in every cell")
    return row
