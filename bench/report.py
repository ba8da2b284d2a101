"""Everything that a run directory says about its records."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from . import leaderboard, plots, summary, tables
from .store import PICTURES, TEXTS, write_atomically
from .types import Record


def write(records: Sequence[Record], folder: Path, *, notes: Sequence[str] = ()) -> list[Path]:
    """Write table.md|csv|tex, leaderboard.csv, pareto.png|svg and leakage.png; returns their paths."""
    rows = summary.rows(records)
    board = leaderboard.to_csv(leaderboard.leaderboard(records))
    texts = (tables.to_markdown(rows, notes), tables.to_csv(rows), tables.to_latex(rows), board)
    for name, text in zip(TEXTS, texts, strict=True):
        write_atomically(folder / name, text)
    for name, draw in zip(PICTURES, (plots.pareto, plots.pareto, plots.leakage_bars), strict=True):
        half = folder / f"writing-{name}"
        draw(records, half)
        os.replace(half, folder / name)
    return [folder / name for name in (*TEXTS, *PICTURES)]
