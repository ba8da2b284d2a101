"""What the commands that run something share: a request from flags, the bar, and the last lines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

REPORT = ("table.md", "verdicts.md")  # of a run directory, printed at its end


def request(flags: dict[str, Any], config: str | None) -> Any:
    """A request from a config file and the flags given; flags win."""
    from ..runner.request import Request, from_config
    from ..runner.store import read_plan

    values = from_config(read_plan(Path(config)), config) if config else {}
    values |= {key: value for key, value in flags.items() if value is not None and value != ()}
    for key in ("defense", "attacker"):
        values.setdefault(key, ())
    return Request(**values)


def carry_out(session: Any) -> Any:
    """Run what is missing, write and print the report, say where it is; returns what was executed.

    Exit 1 if a cell failed.
    """
    executed = cells(session)
    say(executed.folder, REPORT, executed.published(), executed.failures)
    return executed


def cells(session: Any) -> Any:
    """Run what is missing, with a bar on stderr; returns what was executed."""
    from ..api.execution import execute

    return execute(session, _Bar())


def say(folder: Path, texts: Sequence[str], paths: Sequence[Path], failed: Sequence[str]) -> None:
    """Print the texts and where everything is; exit 1 if a cell failed."""
    for name in texts:
        click.echo((folder / name).read_text(encoding="utf-8"))
    for path in paths:
        click.echo(str(path))
    if failed:
        count = f"{len(failed)} cells failed, and will be tried again next time"
        click.echo(f"{count}; the first: {failed[0]}", err=True)
        sys.exit(1)


class _Bar:
    """A watcher of a run that draws a bar of cells on stderr."""

    def begin(self, folder: Path, left: int, all_cells: int) -> None:
        """Say what is finished already, and draw an empty bar."""
        if left < all_cells:
            done = f"{all_cells - left} of {all_cells} cells are finished already in {folder}"
            click.echo(done, err=True)
        self._bar: Any = click.progressbar(
            length=left,
            label="cells",
            file=sys.stderr,
            show_pos=True,
            item_show_func=_shown,
        )
        self._bar.__enter__()

    def line(self, text: str) -> None:
        """Show the line behind the bar."""
        self._bar.current_item = text
        self._bar.render_progress()

    def cell(self, where: str, records: Sequence[Any]) -> None:
        """One cell further."""
        self._bar.update(1, where)

    def end(self) -> None:
        """Leave the bar as it is."""
        self._bar.__exit__(None, None, None)


def _shown(text: Any) -> str:
    return text or ""
