"""The run directory: one atomic file a cell, so that whatever is finished stays finished."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import platform
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .. import text as sheet
from ..analysis.summary import codes
from ..checks import InputError
from ..types import Record
from .plan import Cell, Plan

COLUMNS = [f.name for f in dataclasses.fields(Record) if f.name not in ("hits", "answers")]
LATER = {"threat", "error", "people"}  # columns that files written before it do not have
ORDER = (
    "dataset",
    "protocol",
    "defense",
    "settings",
    "seed",
    "fold",
    "attacker",
    "attacker_settings",
    "release",
)
LIBRARIES = ("torch", "torchvision", "timm", "scikit-learn", "scipy", "numpy", "pandas", "pillow")

TEXTS = (
    "table.md",
    "table.csv",
    "table.tex",
    "leaderboard.csv",
    "verdicts.md",
    "verdicts.csv",
    "exposure.csv",
)
PICTURES = ("pareto.png", "pareto.svg", "leakage.png")


def write_atomically(path: Path, text: str) -> None:
    """All of the text or none of it: written beside, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".writing-{os.getpid()}-{path.name}")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


class Store:
    """A run directory. Opening one that holds another plan is refused before anything is touched."""

    def __init__(self, folder: Path, plan: Plan, request: dict[str, Any]):
        self.folder, self.cells, self.plan = folder, folder / "cells", plan
        self._agree(plan)
        self._write_plan(plan, request)

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def finished(self) -> set[str]:
        """Fingerprints of the cells that need not be run again: present, readable, and without a failure."""
        return {
            name
            for name, rows in self._read().items()
            if rows and all(r.status != "failed" for r in rows)
        }

    def write(self, cell: Cell, records: list[Record]) -> None:
        rows = [dataclasses.asdict(r) for r in records]
        write_atomically(self.cells / f"{cell.fingerprint}.json", json.dumps(rows, indent=0))

    def records(self) -> list[Record]:
        """The records of the directory, in an order that does not depend on when they were made.

        Where a competitor's code has changed under its name, those of this plan's code, else of the
        latest: one table must not mix the old and the new. The others' files stay.
        """
        cells = {name: rows for name, rows in self._read().items() if rows}
        made: dict[str, str] = {}
        for name in sorted(
            cells, key=lambda name: (self.cells / f"{name}.json").stat().st_mtime_ns
        ):
            made |= codes(cells[name][0])
        made |= {
            f"{room}/{spec}": self.plan.code(room, spec, c)
            for room, spec, c in self.plan.competitors()
        }
        kept = [
            rows for rows in cells.values() if all(made[k] == v for k, v in codes(rows[0]).items())
        ]
        found = [r for rows in kept for r in rows]
        return sorted(
            found,
            key=lambda r: (*(getattr(r, name) for name in ORDER), r.role, r.control, r.metric),
        )

    def write_records(self) -> Path:
        """Write records.csv, unless it says the same already."""
        path, text = self.folder / "records.csv", to_csv(self.records())
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_atomically(path, text)
        return path

    def _read(self) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for path in sorted(self.cells.glob("*.json")):
            try:
                found[path.stem] = [
                    Record(**row) for row in json.loads(path.read_text(encoding="utf-8"))
                ]
            except (
                ValueError,
                TypeError,
            ):  # not written by us, or by a machine that lost power: run it again
                continue
        return found

    def _agree(self, plan: Plan) -> None:
        path = self.folder / "plan.toml"
        if not path.exists():
            if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
                raise InputError(
                    "--out",
                    str(self.folder),
                    "a new or empty folder, or an earlier run",
                    "other files are there",
                )
            return
        old, new = read_plan(path).get("identity", {}), plan.identity()
        for key in new:
            if old.get(key) != new[key]:
                raise InputError(
                    "--out",
                    f"{self.folder} with {key} {old.get(key)!r}",
                    f"a folder whose run has {key} {new[key]!r}",
                    "it holds another plan; choose another folder",
                )

    def _write_plan(self, plan: Plan, request: dict[str, Any]) -> None:
        """plan.toml: what was asked for, in the words of the command line, with everything that was ever run here."""
        import tomli_w

        path = self.folder / "plan.toml"
        before = read_plan(path) if path.exists() else {}
        for key in ("defense", "attacker", "seed", "plugin"):
            request[key] = list(dict.fromkeys([*before.get(key, []), *request[key]]))
        versions = {name: version(name) for name in LIBRARIES}
        every = {name: _full(competitor) for _, name, competitor in plan.competitors()}
        made = {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "device": plan.device,
            **versions,
        }
        text = tomli_w.dumps(
            {**request, "identity": plan.identity(), "settings": every, "versions": made}
        )
        write_atomically(path, "# privbench run --config plan.toml repeats this run.\n" + text)


def _full(competitor: Any) -> dict[str, Any]:
    """Every setting, defaults too: a later version may have others."""
    return {
        k: list(v) if isinstance(v, tuple) else v
        for k, v in dataclasses.asdict(competitor).items()
        if v is not None
    }


def report_of(folder: Path) -> list[Path]:
    """The report's files if all are there and none is older than the records; else none."""
    paths = [folder / name for name in (*TEXTS, *PICTURES)]
    if not all(p.exists() for p in (*paths, folder / "records.csv")):
        return []
    records = (folder / "records.csv").stat().st_mtime_ns
    return paths if min(p.stat().st_mtime_ns for p in paths) >= records else []


def read_plan(path: Path) -> dict[str, Any]:
    """The keys of a plan or config file. InputError if it is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("--config", str(path), "a file that exists") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(str(path), str(error), "a TOML file") from None


def to_csv(records: list[Record]) -> str:
    """records.csv: full floats, one row a record."""
    return sheet.to_csv(COLUMNS, (dataclasses.asdict(r) for r in records))


def read_csv(path: Path) -> list[Record]:
    """The records of a run directory or of a records.csv. InputError if it is neither."""
    path = path / "records.csv" if path.is_dir() else path
    if not path.exists():
        raise InputError(
            "DIR",
            str(path),
            "a run directory with records.csv",
            "has the run written anything yet?",
        )
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except UnicodeDecodeError as error:
        raise InputError(str(path), str(error), "a records.csv in UTF-8") from None
    if rows and not set(COLUMNS) - LATER <= set(rows[0]) <= set(COLUMNS):
        raise InputError(
            str(path), f"columns {sorted(rows[0])[:3]}...", "the columns of records.csv"
        )
    return [_typed(path, line, row) for line, row in enumerate(rows, 2)]


def _typed(path: Path, line: int, row: dict[str, str]) -> Record:
    kinds = {f.name: f.type for f in dataclasses.fields(Record)}
    value: dict[str, Any] = {}
    if None in row or None in row.values():
        raise InputError(
            f"{path}, line {line}", "another number of fields", f"{len(COLUMNS)}", "was it edited?"
        )
    for name, text in row.items():
        try:
            if kinds[name] == "int":
                value[name] = int(text)
            elif "float" in str(kinds[name]):
                value[name] = float(text) if text else None
            else:
                value[name] = text
        except (ValueError, TypeError):
            raise InputError(
                f"{path}, line {line}: {name}", repr(text), "a number", "was it edited?"
            ) from None
    return Record(**value)
