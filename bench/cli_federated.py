"""Commands for federated defenses. Each parses and calls; nothing here computes."""

from __future__ import annotations

from typing import Any

import click

from .carry import request
from .options import run_options


@click.command()
@click.option("-d", "--defense", multiple=True, metavar="SPEC", help="A federated defense; repeat for several.")
@click.option("-a", "--attacker", multiple=True, metavar="SPEC", help="Attacker on updates (default lda, linear, knn).")
@click.option("--config", type=click.Path(), help="plan.toml of a run: its data and, with --out, encoders.")
@run_options
def updates(config: str | None, **flags: Any) -> None:
    """Attack what the server of a federated training sees: who sent an update, and what is in it.

    \b
    privbench updates -d au-federated -d au-federated:epsilon=8 --dataset synthau --folds 4 --fold 0
    """
    from dataclasses import replace

    from . import federated
    from .store import write_atomically

    asked = request(flags, config)
    folder, lines, notes = federated.examine(replace(asked, attacker=asked.attacker or ("majority",)))
    write_atomically(folder / "updates.csv", federated.to_csv(lines))
    text = federated.to_markdown(lines, notes)
    write_atomically(folder / "updates.md", text)
    click.echo(f"{text}\n{folder / 'updates.md'}\n{folder / 'updates.csv'}")


COMMANDS = (updates,)
