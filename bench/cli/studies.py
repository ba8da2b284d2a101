"""Commands of the standard suite: audit, budget, calibrate. Nothing here computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .execute import REPORT, cells, request, say
from .options import run_options


@click.command()
@click.argument("file", type=click.Path())
@click.option(
    "--private",
    multiple=True,
    required=True,
    metavar="COLUMN",
    help="What to hide; repeat for several.",
)
@click.option(
    "--utility",
    metavar="COLUMN",
    help="What the embeddings are for (default: nothing is measured).",
)
@click.option(
    "--source",
    metavar="COLUMN",
    help="Rows with equal values stay together: frames of a clip, say.",
)
@click.option("--split", metavar="COLUMN", help="Of train and test; default: folds.")
@click.option("--protocol", metavar="NAME", help="closed-set (default) or open-set.")
@click.option(
    "--folds", type=int, help="Number of folds (default 5, 3 or 2: fewer, the more rows)."
)
@click.option(
    "-a",
    "--attacker",
    multiple=True,
    metavar="SPEC",
    help="Attackers (default standard, the suite).",
)
@click.option("--seed", type=int, multiple=True, help="Seed; repeat for several (default 0).")
@click.option("--jobs", metavar="N", default="auto", help="Processes, or auto (default).")
@click.option(
    "--plugin", multiple=True, metavar="FILE", help="A Python file with attackers of yours."
)
@click.option("--out", type=click.Path(), help="Folder of the report (default audit-NAME).")
def audit(file: str, private: tuple[str, ...], out: str | None, **flags: Any) -> None:
    """Attack embeddings that you hold as a file: .npz, .npy with .csv, .csv or .parquet.

    \b
    privbench audit faces.npz --private identity --utility expression --out audit
    """
    from ..api.runs import joined
    from ..runner import session as sessions
    from ..studies import audit as audits

    folder = Path(out or f"audit-{Path(file).stem}")
    asked = audits.Audit(private=private, **flags)
    ready = [sessions.prepare(request) for request in audits.of_file(asked, file, str(folder))]
    report = joined([cells(session) for session in ready], folder)
    say(folder, REPORT, report.save(folder), report.failures)


@click.command()
@click.option("-d", "--defense", multiple=True, metavar="SPEC", help="Defense; repeat for several.")
@click.option(
    "-a",
    "--attacker",
    multiple=True,
    metavar="SPEC",
    help="Attacker; repeat for several, or standard.",
)
@run_options
def budget(**flags: Any) -> None:
    """Leakage against pictures of a person and against training: has it levelled off?

    \b
    privbench budget -d hybrid -a fc3 -a lda --out budget
    """
    from ..analysis import budget as budgets
    from ..report import plots
    from ..runner import session as sessions
    from ..runner.store import write_atomically

    session = sessions.prepare(budgets.request(request(flags, None)))
    executed = cells(session)
    folder = executed.folder
    people = session.samples.n_classes(session.plan.private)
    points = budgets.curves(executed.store.records(), people)
    write_atomically(folder / "budget.csv", budgets.to_csv(points))
    write_atomically(folder / "budget.md", budgets.to_markdown(points))
    plots.save(plots.budget(points), folder / "budget.png")
    paths = [folder / f"budget.{kind}" for kind in ("csv", "md", "png")]
    say(folder, ["budget.md"], paths, executed.failures)


@click.command()
@click.option(
    "-a",
    "--attacker",
    multiple=True,
    metavar="SPEC",
    help="Attackers (default standard, the suite).",
)
@click.option(
    "--kind",
    multiple=True,
    metavar="KIND=SIZE",
    help="Planted leaks, such as means=3 (default: six).",
)
@click.option(
    "--people", type=int, multiple=True, help="Numbers of people (default 2, 10, 20 and 50)."
)
@click.option(
    "--rows", type=int, multiple=True, help="Rows of each to learn from (default 20 and 100)."
)
@click.option("--dims", type=int, multiple=True, help="Dimensions (default 64 and 512).")
@click.option("--jobs", metavar="N", default="auto", help="Processes, or auto (default).")
@click.option(
    "--out", type=click.Path(), default="calibration", help="Folder (default calibration)."
)
def calibrate(attacker: tuple[str, ...], out: str, jobs: str, **sizes: Any) -> None:
    """Measure the suite itself: which share of planted leaks does each attacker recover?"""
    from ..runner import session as sessions
    from ..runner.store import write_atomically
    from ..studies import calibrate as calibrations
    from ..verdicts.evidence import evidence

    folder = Path(out)
    recovered: list[Any] = []
    failures: list[str] = []
    for setting in calibrations.grid(**calibrations.chosen(**sizes)):
        session = sessions.prepare(calibrations.request(setting, attacker, folder, jobs))
        executed = cells(session)
        failures += executed.failures
        records = executed.store.records()
        runs = evidence(session.plan, session.samples, records.runs)
        recovered += calibrations.recovered(setting, session.samples, records, runs)
        write_atomically(folder / "calibration.csv", calibrations.to_csv(recovered))
        write_atomically(folder / "calibration.md", calibrations.to_markdown(recovered))
    paths = [folder / "calibration.csv", folder / "calibration.md"]
    say(folder, ["calibration.md"], paths, failures)


COMMANDS = (audit, budget, calibrate)
