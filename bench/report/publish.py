"""The one way in which a report is written, whether of a run or of an audit."""

from __future__ import annotations

from pathlib import Path

from ..analysis import leaderboard
from ..runner.store import PICTURES, TEXTS, write_atomically
from ..verdicts import exposure, verdict
from . import plots, results, tables
from .findings import Findings

DRAW = (plots.pareto, plots.pareto, plots.leakage_bars)  # of each of PICTURES


def publish(findings: Findings, folder: Path) -> list[Path]:
    """Write TEXTS and PICTURES of the findings into a folder; returns their paths."""
    texts = _texts(findings)
    for name in TEXTS:
        write_atomically(folder / name, texts[name])
    # A figure is drawn anew for each file: saving one moves its parts by a hair.
    for name, draw in zip(PICTURES, DRAW, strict=True):
        plots.save(draw(findings.rows), folder / name)
    return [folder / name for name in (*TEXTS, *PICTURES)]


def _texts(findings: Findings) -> dict[str, str]:
    """The text of each of TEXTS."""
    rows = findings.rows
    verdicts = findings.verdicts
    people = exposure.sentences(findings.exposure)
    return {
        "table.md": tables.to_markdown(rows, findings.notes),
        "table.csv": tables.to_csv(rows),
        "table.tex": tables.to_latex(rows),
        "leaderboard.csv": leaderboard.to_csv(findings.lines),
        "verdicts.md": verdict.to_markdown(verdicts, people),
        "verdicts.csv": verdict.to_csv(verdicts),
        "exposure.csv": exposure.to_csv(findings.exposure),
        "results.json": results.to_json(findings),
    }
