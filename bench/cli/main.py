"""The command line. Each command parses and calls one function; nothing here computes."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import click

from ... import __version__
from ..checks import InputError, one_of
from . import federation, pictures, studies
from .execute import carry_out, request
from .options import run_options

LISTS = ("defenses", "attackers", "datasets", "protocols", "metrics")


class _Group(click.Group):
    """Our errors become one line on stderr and an exit code; --debug shows the traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (InputError, OSError, KeyboardInterrupt) as error:
            if ctx.params.get("debug"):
                raise
            click.echo(_line(error), err=True)
            ctx.exit(_code(error))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            one_of("command", args[0], self.list_commands(ctx))
            raise


def _line(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted: finished cells are kept; the same command goes on from there"
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "error: the disk is full; finished cells are kept, the same command goes on once there is room"
    return f"error: {error}"


def _code(error: BaseException) -> int:
    return (
        130 if isinstance(error, KeyboardInterrupt) else 2 if isinstance(error, InputError) else 1
    )


@click.group(
    cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def main(debug: bool) -> None:
    """Measures what a representation still gives away and what it still does well."""


@main.command()
@click.option(
    "-d",
    "--defense",
    multiple=True,
    metavar="SPEC",
    help="Defense; repeat for several, [a,b] sweeps.",
)
@click.option(
    "-a", "--attacker", multiple=True, metavar="SPEC", help="Attacker; repeat for several."
)
@click.option("--config", type=click.Path(), help="TOML file with the same keys; flags win.")
@click.option("--dry-run", is_flag=True, help="Print the cells that would run, and stop.")
@run_options
def run(config: str | None, dry_run: bool, **flags: Any) -> None:
    """Run defenses against attackers over folds.

    \b
    privbench run --defense hybrid --attacker fc3
    privbench run -d hybrid -d noise:sigma=[0.05,0.1,0.2] -a fc3 -a knn:k=1 --dataset cmu-faces
    --data-root DIR
    """
    from ..runner import session as sessions

    session = sessions.prepare(request(flags, config))
    if dry_run:
        for group in session.plan.groups():
            for cell in group.cells():
                click.echo(
                    f"{cell.fingerprint}  seed {group.seed}  fold {group.fold}  {group.spec}  {cell.spec}"
                )
        return
    carry_out(session)


@main.command("list")
@click.argument("what", required=False)
def list_(what: str | None) -> None:
    """List defenses, attackers, datasets, protocols and metrics, with settings and defaults."""
    for kind in [one_of("WHAT", what, LISTS)] if what else LISTS:
        click.echo(f"{kind}:")
        for name, text, settings in _entries(kind):
            click.echo(f"  {name:<12} {text}" + (f"\n  {'':<12}   {settings}" if settings else ""))


def _entries(kind: str) -> list[tuple[str, str, str]]:
    from .. import registry, suite
    from ..runner import folds

    if kind == "protocols":
        return [(name, text, "") for name, text in folds.PROTOCOLS.items()]
    if kind == "metrics":
        from ..metrics import classification, regression

        of_classes = [
            (name, (f.__doc__ or "").strip().splitlines()[0], "")
            for name, f in classification.METRICS.items()
        ]
        return of_classes + [(name, text, "") for name, text in regression.MEASURES.items()]
    found = [
        (n, registry.summary(kind, n), registry.describe(kind, n)) for n in registry.names(kind)
    ]
    members = ", ".join(suite.SUITES[suite.VERSION])
    return (
        [*found, ("standard", f"The suite {suite.VERSION}.", members)]
        if kind == "attackers"
        else found
    )


@main.command()
@click.argument("dirs", nargs=-1, required=True, type=click.Path())
@click.option("--format", "form", default="md", help="md, csv or latex.")
def table(dirs: tuple[str, ...], form: str) -> None:
    """Print the privacy-utility table of one or more run directories."""
    from ..analysis import summary
    from ..report import tables

    one_of("--format", form, ("md", "csv", "latex"))
    writer = {"md": tables.to_markdown, "csv": tables.to_csv, "latex": tables.to_latex}[form]
    records = _records(dirs)
    click.echo(writer(summary.rows(records) + summary.rows(records, ignorant=True)))


@main.command()
@click.argument("dirs", nargs=-1, required=True, type=click.Path())
@click.option("--out", default="pareto.png", type=click.Path(), help="PNG, SVG or PDF file.")
@click.option(
    "--kind",
    default="pareto",
    help="pareto, leakage (a bar for each attacker), alternation or losses (of a training).",
)
def plot(dirs: tuple[str, ...], out: str, kind: str) -> None:
    """Draw utility against leakage, leakage of each attacker, Hybrid's alternation or PPRL-VGAN's losses."""
    from ..report import image_grid, learning_curves, plots

    one_of("--out suffix", Path(out).suffix, (".png", ".svg", ".pdf"))
    draw = {
        "pareto": lambda path: plots.pareto(_records(dirs), path),
        "leakage": lambda path: plots.leakage_bars(_records(dirs), path),
        "alternation": lambda path: plots.alternation(
            learning_curves.alternation(Path(dirs[0])), path
        ),
        "losses": lambda path: image_grid.losses(learning_curves.losses(Path(dirs[0])), path),
    }
    draw[one_of("--kind", kind, draw)](Path(out))
    click.echo(out)


@main.command()
@click.argument("dirs", nargs=-1, required=True, type=click.Path())
@click.option("--out", default="leaderboard.csv", type=click.Path(), help="CSV file.")
def leaderboard(dirs: tuple[str, ...], out: str) -> None:
    """Join run directories into one leaderboard CSV."""
    from ..analysis import leaderboard as boards
    from ..runner.store import write_atomically

    write_atomically(Path(out), boards.to_csv(boards.leaderboard(_records(dirs))))
    click.echo(out)


@main.command()
@click.argument("dirs", nargs=-1, required=True, type=click.Path())
@click.option("--format", "form", default="md", help="md or csv.")
@click.option("--role", help="Rank by privacy or by utility alone (default: by each).")
def compare(dirs: tuple[str, ...], form: str, role: str | None) -> None:
    """Tell releases apart over the folds, and rank them with ties."""
    from ..analysis import compare as comparisons

    one_of("--format", form, ("md", "csv"))
    roles = (one_of("--role", role, comparisons.ROLES),) if role else comparisons.ROLES
    writer = {"md": comparisons.to_markdown, "csv": comparisons.to_csv}[form]
    click.echo(writer(comparisons.compare(_records(dirs), roles=roles)), nl=False)


def _records(dirs: tuple[str, ...]) -> list[Any]:
    from ..analysis.summary import merged
    from ..runner.store import read_csv

    return merged(record for folder in dirs for record in read_csv(Path(folder)))


@main.command()
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
    from ..studies import narula2020 as papers

    one_of("paper", paper, papers.PAPERS)
    own = request(flags | {"defense": (), "attacker": ()}, None)
    {"narula2020": _narula, "mase2021": _mase}[paper](own, defense)


def _narula(asked: Any, defense: str | None) -> None:
    from ..runner import session as sessions
    from ..runner.store import read_csv
    from ..studies import narula2020 as papers

    session = sessions.prepare(papers.request(asked, defense or "hybrid"))
    folder = carry_out(session)
    _told(
        folder / "narula2020.md",
        papers.text(read_csv(folder), session.plan.dataset, defense or "hybrid"),
    )


def _mase(asked: Any, defense: str | None) -> None:
    from dataclasses import replace

    from ..runner import session as sessions
    from ..runner.store import read_csv
    from ..studies import mase2021 as mase

    spec, records, session = defense or "au-rnn", {}, None
    asked = asked if asked.dataset != "synthfaces" else replace(asked, dataset="synthau")
    folder = Path(asked.out or "privbench-out/mase2021")
    for label, own in mase.requests(asked, spec, str(folder)).items():
        session = sessions.prepare(own)
        records[label] = read_csv(carry_out(session))
    assert session is not None
    text = mase.text(records, session.plan.dataset, spec, mase.peeked(session, spec))
    _told(folder / "mase2021.md", text)


def _told(path: Path, text: str) -> None:
    from ..runner.store import write_atomically

    write_atomically(path, text)
    click.echo(text)


for command in (*studies.COMMANDS, *pictures.COMMANDS, *federation.COMMANDS):
    main.add_command(command)
