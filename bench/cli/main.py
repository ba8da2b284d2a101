"""The command line. Each command parses and calls one function; nothing here computes."""

from __future__ import annotations

import errno
from typing import Any

import click

from ... import __version__
from ..checks import InputError, one_of
from . import federation, papers, pictures, studies, views
from .execute import carry_out, request
from .options import run_options

LISTS = ("defenses", "attackers", "datasets", "protocols", "metrics")
Entry = tuple[str, str, str]  # name, one line on it, its settings


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
        kept = "finished cells are kept, the same command goes on once there is room"
        return f"error: the disk is full; {kept}"
    return f"error: {error}"


def _code(error: BaseException) -> int:
    if isinstance(error, KeyboardInterrupt):
        return 130
    return 2 if isinstance(error, InputError) else 1


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
    privbench run -d hybrid -d noise:sigma=[0.05,0.1,0.2] -a fc3 -a knn:k=1 \\
        --dataset cmu-faces --data-root DIR
    """
    from ..runner import session as sessions

    session = sessions.prepare(request(flags, config))
    if dry_run:
        _print_cells(session.plan)
        return
    carry_out(session)


def _print_cells(plan: Any) -> None:
    for group in plan.groups():
        for cell in group.cells():
            where = f"seed {group.seed}  fold {group.fold}"
            click.echo(f"{cell.fingerprint}  {where}  {group.spec}  {cell.spec}")


@main.command("list")
@click.argument("what", required=False)
def list_(what: str | None) -> None:
    """List defenses, attackers, datasets, protocols and metrics, with settings and defaults."""
    for kind in [one_of("WHAT", what, LISTS)] if what else LISTS:
        click.echo(f"{kind}:")
        for name, text, settings in _entries(kind):
            click.echo(f"  {name:<12} {text}")
            if settings:
                click.echo(f"  {'':<12}   {settings}")


def _entries(kind: str) -> list[Entry]:
    if kind == "protocols":
        from ..runner import folds

        return [(name, text, "") for name, text in folds.PROTOCOLS.items()]
    return _metrics() if kind == "metrics" else _competitors(kind)


def _metrics() -> list[Entry]:
    from ..metrics import classification, regression

    entries = []
    for name, metric in classification.METRICS.items():
        first, *_ = (metric.__doc__ or "").strip().splitlines()
        entries.append((name, first, ""))
    return entries + [(name, text, "") for name, text in regression.MEASURES.items()]


def _competitors(room: str) -> list[Entry]:
    from .. import registry, suite

    entries = [
        (name, registry.summary(room, name), registry.describe(room, name))
        for name in registry.names(room)
    ]
    if room == "attackers":
        members = ", ".join(suite.SUITES[suite.VERSION])
        entries.append(("standard", f"The suite {suite.VERSION}.", members))
    return entries


for package in (views, papers, studies, pictures, federation):
    for command in package.COMMANDS:
        main.add_command(command)
