"""Commands for defenses that make pictures: samples, morph, complete. Each parses and calls; nothing here computes."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..toolkit import progress
from .execute import request
from .options import run_options


def picture_options(command: Any) -> Any:
    """The options of a run, whose data, fold and encoder are used (with --config plan.toml and --out, its encoder)."""
    command = run_options(command)
    command = click.option(
        "--config", type=click.Path(), help="plan.toml of a run: its data and, with --out, encoder."
    )(command)
    return click.option(
        "-d", "--defense", multiple=True, metavar="SPEC", help="A defense that makes pictures."
    )(command)


@click.command()
@picture_options
def samples(config: str | None, **flags: Any) -> None:
    """Draw test pictures under every identity, and say what a judge makes of them.

    \b
    privbench samples -d pprl-vgan --dataset synthfaces:people=6,renderings=48,size=64,color=true
    --folds 7
    """
    from ..pictures import examine as studios
    from ..report import image_grid

    studio = _open(flags, config)
    found = studios.samples(studio)
    if studio.curve:
        image_grid.losses({"": studio.curve}, studio.folder / "losses.png")
    _show(studio, "samples", found)


@click.command()
@click.option(
    "--steps", type=int, default=9, help="Pictures from one expression to the other (default 9)."
)
@picture_options
def morph(config: str | None, steps: int, **flags: Any) -> None:
    """Morph between the expressions of two test pictures, with the face of one identity."""
    from ..pictures import examine as studios

    studio = _open(flags, config)
    found = studios.morph(studio, steps)
    _show(studio, "morph", found)


@click.command()
@click.option("--rows", metavar="A:B", help="Rows of the region (default: 40:55 of 64, the mouth).")
@click.option("--columns", metavar="A:B", help="Columns of the region (default: 18:47 of 64).")
@picture_options
def complete(config: str | None, rows: str | None, columns: str | None, **flags: Any) -> None:
    """Black out a region of test pictures, and fill it from a synthesis of the same face."""
    from ..pictures import examine as studios

    studio = _open(flags, config)
    found = studios.complete(studio, rows, columns)
    _show(studio, "complete", found)


def _open(flags: dict[str, Any], config: str | None) -> Any:
    """The studio; on a terminal, a training says how far it is."""
    from ..pictures import examine as studios

    live = sys.stderr.isatty()
    with progress.heard(
        lambda text: click.echo(f"\r{text} ", err=True, nl=False) if live else None
    ):
        return studios.open_studio(request(flags, config))


def _show(studio: Any, name: str, found: Any) -> None:
    """Draw the pictures, write and print the figures of merit."""
    from .. import text as sheet
    from ..report import image_grid
    from ..runner.store import write_atomically

    picture, text = (studio.folder / f"{name}.{kind}" for kind in ("png", "csv"))
    image_grid.grid(found.rows, picture, across=found.across, down=found.down)
    lines = [{"measure": what, "value": value} for what, value in found.merits.items()]
    write_atomically(text, sheet.to_csv(["measure", "value"], lines))
    for what, value in found.merits.items():
        click.echo(f"{value:8.3f}  {what}")
    click.echo(f"{picture}\n{text}")


COMMANDS = (samples, morph, complete)
