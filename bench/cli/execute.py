"""What the commands that run something share: a request from flags, the bar, and what is said at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ..toolkit import progress

TOLD = ("table.md", "verdicts.md")  # of a run directory, at its end


def request(flags: dict[str, Any], config: str | None) -> Any:
    """A request from a config file and the flags given; flags win."""
    from ..runner.session import Request, from_config
    from ..runner.store import read_plan

    values = from_config(read_plan(Path(config)), config) if config else {}
    values |= {key: value for key, value in flags.items() if value is not None and value != ()}
    for key in ("defense", "attacker"):
        values.setdefault(key, ())
    return Request(**values)


def carry_out(session: Any) -> Path:
    """Run what is missing, write the results, say where they are; exit 1 if a cell failed."""
    from ..runner import session as sessions
    from ..runner.store import report_of

    store, ran, broken = cells(session)
    paths = [] if ran else report_of(store.folder)
    if not paths:
        from ..report import publish

        paths = sessions.finish(session, store, publish.write)
    say(store.folder, TOLD, paths, broken)
    return store.folder


def cells(session: Any) -> tuple[Any, bool, list[str]]:
    """Run what is missing; returns the store, whether anything was, and a line for each cell that failed."""
    from ..runner import session as sessions

    store, groups = sessions.work(session)
    asked = sum(1 for g in session.plan.groups() for _ in g.cells())
    todo = sum(1 for g in groups for _ in g.cells())
    if todo < asked:
        click.echo(
            f"{asked - todo} of {asked} cells are finished already in {store.folder}", err=True
        )
    try:
        broken = _progress(sessions.execute(session, store, groups), todo)
    finally:
        store.write_records()
    return store, bool(groups), broken


def say(folder: Path, texts: Sequence[str], paths: Sequence[Path], broken: Sequence[str]) -> None:
    """Print the texts and where everything is; exit 1 if a cell failed."""
    for name in texts:
        click.echo((folder / name).read_text(encoding="utf-8"))
    for path in paths:
        click.echo(str(path))
    if broken:
        click.echo(
            f"{len(broken)} cells failed, and will be tried again next time; the first: {broken[0]}",
            err=True,
        )
        sys.exit(1)


def _progress(results: Any, total: int) -> list[str]:
    """Draw the bar; returns a line for each cell that failed."""
    broken: list[str] = []
    show: Any = lambda text: text or ""
    bars = click.progressbar(
        length=total, label="cells", file=sys.stderr, show_pos=True, item_show_func=show
    )

    def tell(text: str) -> None:
        bar.current_item = text
        bar.render_progress()

    with bars as bar, progress.heard(tell):
        for group, cell, records in results:
            where = f"fold {group.fold} {group.spec} {cell.spec}"
            broken += [f"{where}: {r.reason}" for r in records if r.status == "failed"][:1]
            bar.update(1, where)
    return broken
