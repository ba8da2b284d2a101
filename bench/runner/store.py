"""The run directory: one atomic file a cell, so that whatever is finished stays finished."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import tomllib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..checks import InputError
from ..records import Record, RecordTable
from ..specs import is_setting
from . import records_csv
from .plan import Cell, Plan

ORDER = (
    "dataset", "protocol", "defense", "settings", "seed", "fold", "attacker", "attacker_settings",
    "release", "role", "control", "metric",
)  # fmt: skip
LIBRARIES = (
    "torch", "torchvision", "timm", "scikit-learn", "scipy", "numpy", "pandas", "pillow",
)  # fmt: skip
TEXTS = (
    "table.md", "table.csv", "table.tex", "leaderboard.csv", "verdicts.md", "verdicts.csv",
    "exposure.csv", "results.json",
)  # fmt: skip
PICTURES = ("pareto.png", "pareto.svg", "leakage.png")
PLAN = "plan.toml"
GROWING = ("defense", "attacker", "seed", "plugin")  # keys of a plan that later runs may add to


def write_atomically(path: Path, text: str) -> None:
    """All of the text or none of it: written beside, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".writing-{os.getpid()}-{path.name}")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Kept:
    """A cell's file as it was read. changed: when it was written, in ns."""

    records: tuple[Record, ...]
    changed: int


class Store:
    """A run directory.

    Opening one that holds another plan is refused before anything is touched.
    """

    def __init__(self, folder: Path, plan: Plan, config: dict[str, Any]):
        self.folder, self.cells, self.plan = folder, folder / "cells", plan
        self._kept: dict[str, _Kept] = {}
        _agree(folder, plan)
        _write_plan(folder, plan, config)

    @property
    def cache(self) -> Path:
        """Where encoders and codes are kept."""
        return self.folder / "cache"

    def finished(self) -> set[str]:
        """Fingerprints of cells that need not be run again: readable, and without a failure."""
        return {name for name, kept in self._read().items() if _is_whole(kept.records)}

    def write(self, cell: Cell, records: list[Record]) -> None:
        """Keep the records of a cell."""
        path = self.cells / f"{cell.fingerprint}.json"
        write_atomically(path, json.dumps([r.flat() for r in records], indent=0))
        self._kept[cell.fingerprint] = _Kept(tuple(records), path.stat().st_mtime_ns)

    def records(self) -> RecordTable:
        """The records of the directory, in an order that does not depend on when they were made.

        Where a competitor's code has changed under its name, those of this plan's code, else of the
        latest: one table must not mix the old and the new. The others' files stay.
        """
        codes = {
            f"{room}/{spec}": self.plan.code(room, spec, competitor)
            for room, spec, competitor in self.plan.competitors()
        }
        return RecordTable.of(_of_one_code(self._read(), codes))

    def write_records(self) -> Path:
        """Write records.csv, unless it says the same already."""
        path = self.folder / records_csv.FILE
        text = records_csv.to_csv(in_order(self.records().everything))
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_atomically(path, text)
        return path

    def _read(self) -> dict[str, _Kept]:
        """Every cell's file that is readable; each is parsed once."""
        refresh(self.cells, self._kept)
        return self._kept


def in_order(records: tuple[Record, ...]) -> list[Record]:
    """Records in the order of records.csv."""
    return sorted(records, key=lambda r: tuple(getattr(r, name) for name in ORDER))


def read_cells(folder: Path) -> RecordTable:
    """The records of a run directory that nobody has opened: of the latest code of each name."""
    kept: dict[str, _Kept] = {}
    refresh(folder / "cells", kept)
    return RecordTable.of(_of_one_code(kept, {}))


def refresh(cells: Path, kept: dict[str, _Kept]) -> None:
    """Read the files that are new, or newer than what is kept.

    A file that is not ours, or of a machine that lost power, is as if it were not there: its cell
    is run again.
    """
    for path in sorted(cells.glob("[!.]*.json")):  # one with a dot was never finished
        changed = path.stat().st_mtime_ns
        if path.stem in kept and kept[path.stem].changed == changed:
            continue
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))
            kept[path.stem] = _Kept(tuple(Record.of_flat(row) for row in rows), changed)
        except (ValueError, TypeError, AttributeError):
            kept.pop(path.stem, None)


def _is_whole(records: tuple[Record, ...]) -> bool:
    return bool(records) and all(r.status != "failed" for r in records)


def _of_one_code(cells: dict[str, _Kept], codes: dict[str, str]) -> list[Record]:
    """Records of one code for each competitor.

    The one named in `codes`, else of the latest cell.
    """
    written = sorted((kept for kept in cells.values() if kept.records), key=lambda k: k.changed)
    latest: dict[str, str] = {}
    for kept in written:
        latest |= kept.records[0].code
    latest |= codes
    chosen: list[Record] = []
    for kept in written:
        of_cell = kept.records[0].code
        if all(latest[name] == code for name, code in of_cell.items()):
            chosen += kept.records
    return in_order(tuple(chosen))


def _agree(folder: Path, plan: Plan) -> None:
    """InputError if the folder is somebody else's, or of another plan."""
    path = folder / PLAN
    if not path.exists():
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            allowed = "a new or empty folder, or an earlier run"
            raise InputError("--out", str(folder), allowed, "other files are there")
        return
    old, new = read_plan(path).get("identity", {}), plan.identity()
    for key in new:
        if old.get(key) != new[key]:
            got = f"{folder} with {key} {old.get(key)!r}"
            allowed = f"a folder whose run has {key} {new[key]!r}"
            hint = "it holds another plan; choose another folder"
            raise InputError("--out", got, allowed, hint)


def _write_plan(folder: Path, plan: Plan, config: dict[str, Any]) -> None:
    """plan.toml.

    What was asked for, in the words of the command line, with all that ever ran here.
    """
    import tomli_w

    path = folder / PLAN
    before = read_plan(path) if path.exists() else {}
    for key in GROWING:
        config[key] = list(dict.fromkeys([*before.get(key, []), *config[key]]))
    settings = {spec: _settings(competitor) for _, spec, competitor in plan.competitors()}
    versions = {name: version(name) for name in LIBRARIES}
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    made = machine | {"device": plan.device} | versions
    content = config | {"identity": plan.identity(), "settings": settings, "versions": made}
    comment = "# privbench run --config plan.toml repeats this run.\n"
    write_atomically(path, comment + tomli_w.dumps(content))


def _settings(competitor: Any) -> dict[str, Any]:
    """Every setting, defaults too: a later version may have others."""
    values = {f.name: getattr(competitor, f.name) for f in dataclasses.fields(competitor)}
    plain = {k: v for k, v in values.items() if v is not None and is_setting(v)}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in plain.items()}


def report_of(folder: Path) -> list[Path]:
    """The report's files if all are there and none is older than the records; else none."""
    paths = [folder / name for name in (*TEXTS, *PICTURES)]
    records = folder / records_csv.FILE
    if not all(path.exists() for path in (*paths, records)):
        return []
    oldest = min(path.stat().st_mtime_ns for path in paths)
    return paths if oldest >= records.stat().st_mtime_ns else []


def read_plan(path: Path) -> dict[str, Any]:
    """The keys of a plan or config file. InputError if it is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("--config", str(path), "a file that exists") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(str(path), str(error), "a TOML file") from None
