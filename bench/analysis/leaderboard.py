"""Rows of the summary -> the leaderboard. Rank 1: nothing is better in both utility and leakage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .. import text
from ..metrics import pareto
from . import summary
from .estimates import Estimate

COLUMNS = (
    "rank", "dataset", "protocol", "defense", "settings", "release", "utility_metric",
    "utility", "utility_ci_low", "utility_ci_high",
    "strongest_attacker", "leakage", "leakage_ci_low", "leakage_ci_high", "chance", "advantage",
    "folds", "seeds", "version", "plan",
)  # fmt: skip

Line = dict[str, Any]  # one release: a value, or None, of each of COLUMNS


def leaderboard(rows: Iterable[summary.Row]) -> list[Line]:
    """One line per release, ranked by Pareto layer within a section; unranked ones come last.

    An incomplete release has no rank, because a missing attacker might be the one that works; nor
    has one that no attack got going on. Leakage significantly below chance counts as much as the
    same distance above it. Rows of ignorant attackers have no line.
    """
    lines = []
    for _, own in summary.sections(summary.ranked(rows)):
        lines += _section(own)
    return lines


def _section(rows: Sequence[summary.Row]) -> list[Line]:
    """The lines of one section, best rank first."""
    whole = [row for row in rows if row.complete]
    layers = pareto.fronts([cost(row) for row in whole]) if whole else []
    ranks = {row.name: int(layer) for row, layer in zip(whole, layers, strict=True)}
    last = len(rows) + 1

    def order(row: summary.Row) -> tuple[int, float, str]:
        return ranks.get(row.name, last), sum(cost(row)), row.name

    return [_line(row, ranks.get(row.name)) for row in sorted(rows, key=order)]


def cost(row: summary.Row) -> tuple[float, float]:
    """(leakage, 1 - utility) of a release: both are to be small.

    Missing numbers cost most; a utility that was not asked for costs nothing.
    """
    unserved = row.utility is None and bool(row.section.targets[0])
    if row.leakage is None or unserved:
        return 1.0, 1.0
    leakage = max(row.leakage.strength, row.leakage.chance)
    return leakage, 0.0 if row.utility is None else 1 - row.utility.mean


def _line(row: summary.Row, rank: int | None) -> Line:
    line = {
        "rank": rank,
        "dataset": row.section.dataset,
        "protocol": row.section.protocol,
        "defense": row.defense,
        "settings": row.settings,
        "release": row.release,
        "utility_metric": _utility_metric(row),
        "folds": row.folds,
        "seeds": row.seeds,
        "version": row.version,
        "plan": row.section.plan,
    }
    line |= _interval("utility", row.utility)
    line |= _interval("leakage", row.leakage)
    if row.leakage is not None:
        line["strongest_attacker"] = row.leakage.attacker
        line["chance"] = row.leakage.chance
        line["advantage"] = row.leakage.advantage
    return {name: line.get(name) for name in COLUMNS}


def _interval(name: str, e: Estimate | None) -> Line:
    """Mean and limits, nothing where there is no number."""
    if e is None:
        return {}
    return {name: e.mean, f"{name}_ci_low": e.low, f"{name}_ci_high": e.high}


def _utility_metric(row: summary.Row) -> str:
    """The metric of the utility, nothing where it was not asked for."""
    if not row.section.targets[0]:
        return ""
    return row.utility.metric if row.utility else "accuracy"


def to_csv(lines: Iterable[Line]) -> str:
    """leaderboard.csv: COLUMNS with full floats, nothing where there is no number."""
    return text.to_csv(COLUMNS, lines)
