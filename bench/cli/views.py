"""Commands that look at run directories: table, plot, leaderboard, compare.

Nothing here computes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..checks import one_of

SUFFIXES = (".png", ".svg", ".pdf")


@click.command()
@click.argument("dirs", nargs=-1, required=True, type=click.Path())
@click.option("--format", "form", default="md", help="md, csv or latex.")
def table(dirs: tuple[str, ...], form: str) -> None:
    """Print the privacy-utility table of one or more run directories."""
    from ..report import tables

    writers = {"md": tables.to_markdown, "csv": tables.to_csv, "latex": tables.to_latex}
    write = writers[one_of("--format", form, writers)]
    click.echo(write(_rows(dirs, ignorant=True)))


@click.command()
@click.argument("dirs", nargs=-1, required=True, type=click.Path())
@click.option("--out", default="pareto.png", type=click.Path(), help="PNG, SVG or PDF file.")
@click.option(
    "--kind",
    default="pareto",
    help="pareto, leakage (a bar for each attacker), alternation or losses (of a training).",
)
def plot(dirs: tuple[str, ...], out: str, kind: str) -> None:
    """Draw utility against leakage, leakage of each attacker, or the course of a training.

    Courses are Hybrid's alternation and PPRL-VGAN's losses.
    """
    from ..report import plots

    one_of("--out suffix", Path(out).suffix, SUFFIXES)
    figures = {
        "pareto": lambda: plots.pareto(_rows(dirs)),
        "leakage": lambda: plots.leakage_bars(_rows(dirs)),
        "alternation": lambda: _alternation(dirs[0]),
        "losses": lambda: _losses(dirs[0]),
    }
    draw = figures[one_of("--kind", kind, figures)]
    plots.save(draw(), Path(out))
    click.echo(out)


def _alternation(folder: str) -> Any:
    from ..report import learning_curves, plots

    return plots.alternation(learning_curves.alternation(Path(folder)))


def _losses(folder: str) -> Any:
    from ..report import learning_curves, plots

    return plots.losses(learning_curves.losses(Path(folder)))


@click.command()
@click.argument("dirs", nargs=-1, required=True, type=click.Path())
@click.option("--out", default="leaderboard.csv", type=click.Path(), help="CSV file.")
def leaderboard(dirs: tuple[str, ...], out: str) -> None:
    """Join run directories into one leaderboard CSV."""
    from ..analysis import leaderboard as boards
    from ..runner.store import write_atomically

    write_atomically(Path(out), boards.to_csv(boards.leaderboard(_rows(dirs))))
    click.echo(out)


@click.command()
@click.argument("dirs", nargs=-1, required=True, type=click.Path())
@click.option("--format", "form", default="md", help="md or csv.")
@click.option("--role", help="Rank by privacy or by utility alone (default: by each).")
def compare(dirs: tuple[str, ...], form: str, role: str | None) -> None:
    """Tell releases apart over the folds, and rank them with ties."""
    from ..analysis import compare as comparisons

    writers = {"md": comparisons.to_markdown, "csv": comparisons.to_csv}
    write = writers[one_of("--format", form, writers)]
    roles = (one_of("--role", role, comparisons.ROLES),) if role else comparisons.ROLES
    click.echo(write(comparisons.compare(_records(dirs), roles=roles)), nl=False)


def _records(dirs: tuple[str, ...]) -> Any:
    """The records of all directories, as one table."""
    from ..records import merged
    from ..runner import records_csv

    every: list[Any] = []
    for folder in dirs:
        every += records_csv.read(Path(folder))
    return merged(every)


def _rows(dirs: tuple[str, ...], *, ignorant: bool = False) -> Any:
    """A row a release; with those of ignorant attackers behind, where these are asked for."""
    from ..analysis import summary

    records = _records(dirs)
    return summary.rows(records) + (summary.rows(records.ignorant) if ignorant else [])


COMMANDS = (table, plot, leaderboard, compare)
