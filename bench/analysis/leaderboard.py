"""Records of one or more runs -> the leaderboard. Rank 1: nothing is better in both utility and leakage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import text
from ..metrics import pareto
from ..types import Record
from . import summary

COLUMNS = (
    "rank", "dataset", "protocol", "defense", "settings", "release", "utility_metric", "utility", "utility_ci_low",
    "utility_ci_high", "worst_attacker", "leakage", "leakage_ci_low", "leakage_ci_high", "chance", "advantage", "folds",
    "seeds", "version", "plan",
)  # fmt: skip


def leaderboard(records: Sequence[Record]) -> list[dict[str, Any]]:
    """One line per release, ranked by Pareto layer within a section of the summary; unranked ones come last.

    An incomplete release has no rank, because a missing attacker might be the one that works; nor
    has one that no attack got going on. Leakage significantly below chance counts as much as the
    same distance above it.
    """
    lines = []
    for _, rows in summary.sections(summary.rows(records)):
        whole = [row for row in rows if row.complete]
        layers = pareto.fronts([cost(row) for row in whole]) if whole else []
        rank = {id(row): int(layer) for row, layer in zip(whole, layers, strict=True)}
        rows = sorted(rows, key=lambda r: (rank.get(id(r), len(rows) + 1), sum(cost(r)), r.name))
        lines += [_line(row, rank.get(id(row))) for row in rows]
    return lines


def cost(row: summary.Row) -> tuple[float, float]:
    """(leakage, 1 - utility) of a release: both are to be small. Missing numbers cost most; a utility that nobody named
    costs nothing.
    """
    if row.leakage is None or (row.utility is None and row.section.targets[0]):
        return 1.0, 1.0
    return max(
        row.leakage.told, row.leakage.chance
    ), 0.0 if row.utility is None else 1 - row.utility.mean


def _line(row: summary.Row, rank: int | None) -> dict[str, Any]:
    u, e = row.utility, row.leakage
    numbers = {
        "utility": u and u.mean,
        "utility_ci_low": u and u.low,
        "utility_ci_high": u and u.high,
        "worst_attacker": e and e.attacker,
        "leakage": e and e.mean,
        "leakage_ci_low": e and e.low,
        "leakage_ci_high": e and e.high,
        "chance": e and e.chance,
        "advantage": e and e.advantage,
    }
    line = {
        "rank": rank,
        "dataset": row.section.dataset,
        "protocol": row.section.protocol,
        "defense": row.defense,
        "settings": row.settings,
        "release": row.release,
        **_metric(row),
        **numbers,
        "folds": row.folds,
        "seeds": row.seeds,
        "version": row.version,
        "plan": row.section.plan,
    }
    return {name: line[name] for name in COLUMNS}


def _metric(row: summary.Row) -> dict[str, str]:
    measured = row.utility.metric if row.utility else "accuracy"
    return {"utility_metric": measured if row.section.targets[0] else ""}


def to_csv(lines: Sequence[dict[str, Any]]) -> str:
    return text.to_csv(COLUMNS, lines)
