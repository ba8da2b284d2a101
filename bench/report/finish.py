"""What a run directory keeps beside its records, and the findings that are made of both.

The test rows and the notes are written before the first cell is run: a run that was interrupted, or
is still running, can be reported from its directory alone.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

from ..checks import InputError
from ..records import RecordTable
from ..runner.session import Session
from ..runner.store import PLAN, Store, read_cells, write_atomically
from ..verdicts import test_rows
from ..verdicts.evidence import evidence
from ..verdicts.test_rows import Runs
from . import findings
from .findings import Findings

NOTES = "notes.json"


def remember(session: Session, store: Store) -> None:
    """Keep the test rows of every fold, and what must be said of the data."""
    path = store.folder / test_rows.FILE
    known = test_rows.read(path)
    plan = session.plan
    every = set(itertools.product(plan.seeds, range(plan.folds)))
    wanted = every - known.keys()
    if wanted:
        known |= evidence(plan, session.samples, wanted)
        test_rows.write(known, path)
    notes = json.dumps(session.notes(), indent=1)
    write_atomically(store.folder / NOTES, notes + "\n")


def of_store(store: Store) -> Findings:
    """The findings of a run directory that this process has opened."""
    return _findings(store.records(), store.folder)


def of_folder(folder: Path) -> Findings:
    """The findings of a run directory, or of an audit's folder of several, finished or not.

    Raises:
        InputError: if the folder holds no run.
    """
    if (folder / PLAN).exists():
        return _findings(read_cells(folder), folder)
    parts = sorted(path.parent for path in folder.glob(f"*/{PLAN}"))
    if not parts:
        hint = "a folder with plan.toml, or of folders with one"
        raise InputError("DIR", str(folder), "a run directory", hint)
    return findings.join([of_folder(part) for part in parts])


def _findings(records: RecordTable, folder: Path) -> Findings:
    runs = _runs(records, folder)
    return findings.of(records, runs, _notes(folder))


def _runs(records: RecordTable, folder: Path) -> Runs:
    """The test rows of those folds that have records."""
    known = test_rows.read(folder / test_rows.FILE)
    present = {record.run for record in records.everything}
    return {run: rows for run, rows in known.items() if run in present}


def _notes(folder: Path) -> Sequence[str]:
    path = folder / NOTES
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else ()
