"""Everything that a run directory says about its records."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from . import leaderboard, plots, tables
from .store import write_atomically
from .types import Record


def write(records: Sequence[Record], folder: Path, *, notes: Sequence[str] = ()) -> list[Path]:
    """Write table.md|csv|tex, leaderboard.csv, pareto.png|svg and leakage.png; returns their paths."""
    rows = tables.summary(records)
    texts = {
        "table.md": tables.to_markdown(rows, notes),
        "table.csv": tables.to_csv(rows),
        "table.tex": tables.to_latex(rows),
        "leaderboard.csv": leaderboard.to_csv(leaderboard.leaderboard(records)),
    }
    for name, text in texts.items():
        write_atomically(folder / name, text)
    drawn = {"pareto.png": plots.pareto, "pareto.svg": plots.pareto, "leakage.png": plots.leakage_bars}
    for name, draw in drawn.items():
        half = folder / f"writing-{name}"
        draw(records, half)
        os.replace(half, folder / name)
    return [folder / name for name in (*texts, *drawn)]
