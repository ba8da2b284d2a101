"""Commands for defenses that make pictures. Each parses and calls; nothing here computes."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..toolkit import progress
from .execute import request
from .options import run_options


def picture_options(command: Any) -> Any:
    """The command with the options of a run, whose data, fold and encoder are used.

    With --config plan.toml and --out they are those of a finished run.
    """
    command = run_options(command)
    config = click.option(
        "--config",
        type=click.Path(),
        help="plan.toml of a run: its data and, with --out, encoder.",
    )
    defense = click.option(
        "-d", "--defense", multiple=True, metavar="SPEC", help="A defense that makes pictures."
    )
    return defense(config(command))


@click.command()
@picture_options
def samples(config: str | None, **flags: Any) -> None:
    """Draw test pictures under every identity, and say what a judge makes of them.

    \b
    privbench samples -d pprl-vgan --dataset synthfaces:people=6,renderings=48,size=64,color=true
    --folds 7
    """
    from ..pictures import examine
    from ..report import plots

    studio = _open(flags, config)
    sheet = examine.samples(studio)
    if studio.curve:
        plots.save(plots.losses({"": studio.curve}), studio.folder / "losses.png")
    _show(studio, "samples", sheet)


@click.command()
@click.option(
    "--steps", type=int, default=9, help="Pictures from one expression to the other (default 9)."
)
@picture_options
def morph(config: str | None, steps: int, **flags: Any) -> None:
    """Morph between the expressions of two test pictures, with the face of one identity."""
    from ..pictures import examine

    studio = _open(flags, config)
    sheet = examine.morph(studio, steps)
    _show(studio, "morph", sheet)


@click.command()
@click.option("--rows", metavar="A:B", help="Rows of the region (default: 40:55 of 64, the mouth).")
@click.option("--columns", metavar="A:B", help="Columns of the region (default: 18:47 of 64).")
@picture_options
def complete(config: str | None, rows: str | None, columns: str | None, **flags: Any) -> None:
    """Black out a region of test pictures, and fill it from a synthesis of the same face."""
    from ..pictures import examine

    studio = _open(flags, config)
    sheet = examine.complete(studio, rows, columns)
    _show(studio, "complete", sheet)


def _open(flags: dict[str, Any], config: str | None) -> Any:
    """The studio; on a terminal, a training says how far it is."""
    from ..pictures import examine

    live = sys.stderr.isatty()

    def tell(text: str) -> None:
        if live:
            click.echo(f"\r{text} ", err=True, nl=False)

    with progress.heard(tell):
        return examine.open_studio(request(flags, config))


def _show(studio: Any, name: str, sheet: Any) -> None:
    """Draw a contact sheet, write and print its figures of merit."""
    from .. import text
    from ..report import plots
    from ..report.image_grid import grid
    from ..runner.store import write_atomically

    picture = studio.folder / f"{name}.png"
    table = studio.folder / f"{name}.csv"
    plots.save(grid(sheet.rows, across=sheet.across, down=sheet.down), picture)
    lines = [{"measure": measure, "value": value} for measure, value in sheet.merits.items()]
    write_atomically(table, text.to_csv(["measure", "value"], lines))
    for measure, value in sheet.merits.items():
        click.echo(f"{value:8.3f}  {measure}")
    click.echo(str(picture))
    click.echo(str(table))


COMMANDS = (samples, morph, complete)
