"""Tables as text, the same to the letter on every machine: CSV with full floats, and Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def to_csv(columns: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> str:
    """CSV: a header, and a row for each line; nothing for None; what has no column is left out."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def markdown_row(cells: Iterable[object]) -> str:
    """A row of a Markdown table; a `|` or an end of line inside of a cell does not end the cell."""
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def markdown_table(
    head: Sequence[object], rows: Iterable[Iterable[object]], *, rule: str = " --- "
) -> list[str]:
    """The lines of a Markdown table. rule: what stands below the head of each column."""
    below = "|" + f"{rule}|" * len(head)
    body = [markdown_row(row) for row in rows]
    return [markdown_row(head), below, *body]


def _cell(cell: object) -> str:
    """The text of a cell on one line, each `|` escaped."""
    lines = str(cell).splitlines()
    return " ".join(lines).replace("|", "\\|")
