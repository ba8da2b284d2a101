"""records.csv: full floats, one row a record; written by us, read from anybody."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .. import reasons, text
from ..checks import InputError
from ..records import NOT_IN_CSV, Record

KINDS = {f.name: str(f.type) for f in dataclasses.fields(Record) if f.name not in NOT_IN_CSV}
COLUMNS = list(KINDS)
LATER = {"threat", "error", "people", "reason_code"}  # columns that older files do not have
FILE = "records.csv"


def to_csv(records: Iterable[Record]) -> str:
    """The text of records.csv: flags as their codes."""
    rows = (r.flat() | {"flags": reasons.codes(r.flags)} for r in records)
    return text.to_csv(COLUMNS, rows)


def read(path: Path) -> list[Record]:
    """The records of a run directory or of a records.csv. InputError if it is neither."""
    path = path / FILE if path.is_dir() else path
    if not path.exists():
        hint = "has the run written anything yet?"
        raise InputError("DIR", str(path), "a run directory with records.csv", hint)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except UnicodeDecodeError as error:
        raise InputError(str(path), str(error), "a records.csv in UTF-8") from None
    if rows and not set(COLUMNS) - LATER <= set(rows[0]) <= set(COLUMNS):
        some = f"columns {sorted(rows[0])[:3]}..."
        raise InputError(str(path), some, "the columns of records.csv")
    return [_record(f"{path}, line {line}", row) for line, row in enumerate(rows, 2)]


def _record(where: str, row: dict[str, str]) -> Record:
    if None in row or None in row.values():
        hint = "was it edited?"
        raise InputError(where, "another number of fields", f"{len(COLUMNS)}", hint)
    return Record(**{name: _value(f"{where}: {name}", name, field) for name, field in row.items()})


def _value(argument: str, name: str, field: str) -> Any:
    kind = KINDS[name]
    if name == "flags":
        return reasons.read(field)
    try:
        if kind == "int":
            return int(field)
        if "float" in kind:
            return float(field) if field else None
        return field
    except (ValueError, TypeError):
        raise InputError(argument, repr(field), "a number", "was it edited?") from None
