"""The command `reproduce`: a paper's table beside ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ..checks import one_of
from .execute import carry_out, request
from .options import run_options


@click.command()
@click.argument("paper")
@click.option(
    "--defense", "-d", help="The SPEC whose settings are tried (default hybrid, or au-rnn)."
)
@run_options
def reproduce(paper: str, defense: str | None, **flags: Any) -> None:
    """Print a paper's table beside ours, and what the paper did not ask.

    \b
    privbench reproduce narula2020 --dataset jaffe --data-root DIR
    privbench reproduce mase2021 --dataset recola --data-root DIR --protocol open-set --folds 8
    """
    papers = {"narula2020": _narula, "mase2021": _mase}
    write = papers[one_of("paper", paper, papers)]
    write(request(flags | {"defense": (), "attacker": ()}, None), defense)


def _narula(asked: Any, defense: str | None) -> None:
    from ..runner import session as sessions
    from ..studies import narula2020

    hybrid = defense or "hybrid"
    session = sessions.prepare(narula2020.request(asked, hybrid))
    executed = carry_out(session)
    rows = narula2020.rows(executed.store.records(), hybrid)
    text = narula2020.to_markdown(rows, session.plan.dataset)
    _print(executed.folder / "narula2020.md", text)


def _mase(asked: Any, defense: str | None) -> None:
    from ..runner import session as sessions
    from ..studies import mase2021

    spec = defense or "au-rnn"
    if asked.dataset == "synthfaces":  # the default of a run, which has no sequences
        asked = replace(asked, dataset="synthau")
    folder = Path(asked.out or "privbench-out/mase2021")
    records, session = {}, None
    for label, of_label in mase2021.requests(asked, spec, str(folder)).items():
        session = sessions.prepare(of_label)
        records[label] = carry_out(session).store.records()
    assert session is not None
    peeked = mase2021.peeked(session, spec)
    rows = mase2021.rows(records, spec, peeked)
    text = mase2021.to_markdown(rows, records["valence"], session.plan.dataset)
    _print(folder / "mase2021.md", text)


def _print(path: Path, text: str) -> None:
    from ..runner.store import write_atomically

    write_atomically(path, text)
    click.echo(text)


COMMANDS = (reproduce,)
