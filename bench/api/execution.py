"""A session is carried out: its cells are run, heard of, kept and reported.

Command line and API share this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..records import Record
from ..report import finish
from ..report.findings import Findings
from ..report.publish import publish
from ..runner import session as sessions
from ..runner.session import Session
from ..runner.store import Store, report_of
from ..toolkit import progress


class Watcher(Protocol):
    """Who is told how a run goes."""

    def begin(self, folder: Path, left: int, all_cells: int) -> None:
        """So many of all cells are left to run; the others lie in the folder."""
        ...

    def line(self, text: str) -> None:
        """A line of a long training."""
        ...

    def cell(self, where: str, records: list[Record]) -> None:
        """A cell is finished."""
        ...

    def end(self) -> None:
        """No more cells, whether all were run or not."""
        ...


@dataclass(frozen=True)
class Executed:
    """What a session has come to. ran: whether any cell was run now. failures: a line each."""

    session: Session
    store: Store
    ran: bool
    failures: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """The run directory."""
        return self.store.folder

    def findings(self) -> Findings:
        """Verdicts, rows and exposure of the directory's records."""
        return finish.of_store(self.store)

    def published(self) -> list[Path]:
        """Write the report, unless nothing has changed since it was written; its paths."""
        paths = [] if self.ran else report_of(self.folder)
        return paths or publish(self.findings(), self.folder)


def execute(session: Session, watcher: Watcher) -> Executed:
    """Run the cells that the session's directory does not have.

    Whatever happens, finished cells are kept and records.csv is of them. KeyboardInterrupt says
    where they lie.
    """
    store, groups = sessions.work(session)
    finish.remember(session, store)
    left = sum(_n_cells(group) for group in groups)
    everything = sum(_n_cells(group) for group in session.plan.groups())
    watcher.begin(store.folder, left, everything)
    failures: list[str] = []
    try:
        with _watching(watcher):
            for group, cell, records in sessions.execute(session, store, groups):
                where = f"fold {group.fold} {group.spec} {cell.spec}"
                watcher.cell(where, records)
                failures += _failure(where, records)
    except KeyboardInterrupt as interrupt:
        interrupt.add_note(f"finished cells are kept: privbench.load_run({str(store.folder)!r})")
        raise
    finally:
        store.write_records()
    return Executed(session, store, bool(groups), tuple(failures))


@contextmanager
def _watching(watcher: Watcher) -> Iterator[None]:
    try:
        with progress.heard(watcher.line):
            yield
    finally:
        watcher.end()


def _n_cells(group: Any) -> int:
    return len(group.attackers)


def _failure(where: str, records: list[Record]) -> list[str]:
    failed = [f"{where}: {r.reason}" for r in records if r.status == "failed"]
    return failed[:1]


class Silent:
    """A watcher that says nothing."""

    def begin(self, folder: Path, left: int, all_cells: int) -> None:
        """Nothing."""

    def line(self, text: str) -> None:
        """Nothing."""

    def cell(self, where: str, records: list[Record]) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


class Bar:
    """A watcher that draws a tqdm bar, in a terminal and in a notebook; it names the last cell."""

    def __init__(self, make: Callable[..., Any] | None = None):
        self._make = make
        self._bar: Any = None

    def begin(self, folder: Path, left: int, all_cells: int) -> None:
        """Draw an empty bar."""
        from tqdm.auto import tqdm

        make = self._make or tqdm
        self._bar = make(total=left, unit="cell", desc="cells", disable=not left)

    def line(self, text: str) -> None:
        """Show the line behind the bar."""
        self._bar.set_postfix_str(text)

    def cell(self, where: str, records: list[Record]) -> None:
        """One cell further."""
        self._bar.set_postfix_str(where, refresh=False)
        self._bar.update(1)

    def end(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()
