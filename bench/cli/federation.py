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

    from ..federation import examine
    from ..runner.store import write_atomically

    asked = request(flags, config)
    folder, lines, notes = examine.examine(replace(asked, attacker=asked.attacker or ("majority",)))
    write_atomically(folder / "updates.csv", examine.to_csv(lines))
    text = examine.to_markdown(lines, notes)
    write_atomically(folder / "updates.md", text)
    click.echo(f"{text}\n{folder / 'updates.md'}\n{folder / 'updates.csv'}")


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
    """Train as a real deployment: a SuperLink and a SuperNode a participant, each its own process, with TLS.

    \b
    privbench federate -d au-federated:rounds=3 --dataset synthau:people=3 --folds 4 --out DIR
    """
    from ..federation import examine

    folder = examine.federate(
        request(flags, config), wait=wait, told=lambda text: click.echo(text, err=True)
    )
    click.echo(str(folder))


COMMANDS = (updates, federate)
