"""Options that several commands share."""

from __future__ import annotations

from typing import Any

import click

# None means not given, so that a config file can speak.
RUN_OPTIONS = (
    click.option("--dataset", metavar="SPEC", help="Dataset (default synthfaces, of no files)."),
    click.option("--data-root", type=click.Path(), help="Folder of the dataset's files."),
    click.option("--utility", metavar="LABEL", help="Label to serve (default: the dataset's)."),
    click.option("--private", metavar="LABEL", help="Label to hide (default identity)."),
    click.option("--protocol", metavar="NAME", help="closed-set (default), held-out or open-set."),
    click.option(
        "--threat", multiple=True, metavar="NAME", help="Also attack as ignorant: from raw rows."
    ),
    click.option("--folds", type=int, help="Number of folds (default 10)."),
    click.option("--fold", type=int, multiple=True, help="Run this fold alone; may be repeated."),
    click.option("--seed", type=int, multiple=True, help="Seed (default 0); may be repeated."),
    click.option("--jobs", metavar="N", help="Processes; auto (default), or 0: this one alone."),
    click.option("--engine", help="local (default: processes of this machine) or ray."),
    click.option("--address", metavar="HOST:PORT", help="Of a Ray cluster; default: a local one."),
    click.option("--device", help="auto (default), cpu or cuda."),
    click.option("--precision", help="auto (default: bf16 where it is faster), fp32 or bf16."),
    click.option("--cache", metavar="WHAT", help="Keep none, encoders (default) or codes as well."),
    click.option("--plugin", multiple=True, metavar="FILE", help="A file with your competitors."),
    click.option("--test-copies", is_flag=True, default=None, help="Test augmented copies too."),
    click.option("--out", type=click.Path(), help="Run directory (default in ./privbench-out)."),
)


def run_options(command: Any) -> Any:
    """The command with the options of a run."""
    for option in reversed(RUN_OPTIONS):
        command = option(command)
    return command
