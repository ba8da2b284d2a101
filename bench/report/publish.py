"""Everything that a run directory says about its records."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..analysis import leaderboard, summary
from ..runner.store import PICTURES, TEXTS, write_atomically
from ..types import Record, Runs
from ..verdicts import exposure, verdict
from . import plots, tables


def write(
    records: Sequence[Record], folder: Path, *, runs: Runs, notes: Sequence[str] = ()
) -> list[Path]:
    """Write the tables, the leaderboard, the verdicts and the pictures of one run; returns their paths."""
    known = summary.informed(records)
    return publish(
        records,
        verdict.verdicts(records, runs),
        exposure.exposure(known, runs),
        folder,
        notes=notes,
    )


def publish(
    records: Sequence[Record],
    found: Sequence[verdict.Verdict],
    exposed: Sequence[exposure.Line],
    folder: Path,
    *,
    notes: Sequence[str] = (),
) -> list[Path]:
    """TEXTS and PICTURES of the records of one run or of several."""
    rows, records = (
        summary.rows(records) + summary.rows(records, ignorant=True),
        summary.informed(records),
    )
    texts = {
        "table.md": tables.to_markdown(rows, notes),
        "table.csv": tables.to_csv(rows),
        "table.tex": tables.to_latex(rows),
        "leaderboard.csv": leaderboard.to_csv(leaderboard.leaderboard(records)),
        "verdicts.md": verdict.to_markdown(found, exposure.sentences(exposed)),
        "verdicts.csv": verdict.to_csv(found),
        "exposure.csv": exposure.to_csv(exposed),
    }
    for name in TEXTS:
        write_atomically(folder / name, texts[name])
    for name, draw in zip(PICTURES, (plots.pareto, plots.pareto, plots.leakage_bars), strict=True):
        half = folder / f"writing-{name}"
        draw(records, half)
        os.replace(half, folder / name)
    return [folder / name for name in (*TEXTS, *PICTURES)]
