"""Commands for federated defenses. Each parses and calls; nothing here computes."""

from __future__ import annotations

from typing import Any

import click

from .execute import request
from .options import run_options


@click.command()
@click.option(
    "-d",
    "--defense",
    multiple=True,
    metavar="SPEC",
    help="A federated defense; repeat for several.",
)
@click.option(
    "-a",
    "--attacker",
    multiple=True,
    metavar="SPEC",
    help="Attacker on updates (default lda, linear, knn).",
)
@click.option(
    "--config", type=click.Path(), help="plan.toml of a run: its data and, with --out, encoders."
)
@run_options
def updates(config: str | None, **flags: Any) -> None:
    """Attack what the server of a federated training sees: who sent an update, and what is in it.

    \b
    privbench updates -d au-federated -d au-federated:epsilon=8 --dataset synthau --folds 4 --fold 0
    """
    from dataclasses import replace

    from ..federation import examine, tables
    from ..runner.store import write_atomically

    asked = request(flags, config)
    asked = replace(asked, attacker=asked.attacker or ("majority",))
    examined = examine.examine(asked)
    markdown = examined.folder / "updates.md"
    csv = examined.folder / "updates.csv"
    text = tables.to_markdown(examined.findings, examined.notes)
    write_atomically(csv, tables.to_csv(examined.findings))
    write_atomically(markdown, text)
    click.echo(text)
    click.echo(str(markdown))
    click.echo(str(csv))


@click.command()
@click.option(
    "-d",
    "--defense",
    multiple=True,
    metavar="SPEC",
    default=("au-federated",),
    help="A federated defense.",
)
@click.option("--config", type=click.Path(), help="plan.toml of a run: its data.")
@click.option(
    "--wait",
    type=float,
    default=300.0,
    help="Seconds to wait for participants, and for a round (300).",
)
@run_options
def federate(config: str | None, wait: float, **flags: Any) -> None:
    """Train as a real deployment: a SuperLink and a SuperNode for each participant, with TLS.

    Each is a process of its own on this machine.

    \b
    privbench federate -d au-federated:rounds=3 --dataset synthau:people=3 --folds 4 --out DIR
    """
    from ..federation.federate import federate as carry_out

    def tell(line: str) -> None:
        click.echo(line, err=True)

    folder = carry_out(request(flags, config), wait=wait, tell=tell)
    click.echo(str(folder))


COMMANDS = (updates, federate)
