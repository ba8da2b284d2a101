"""What attacks on updates achieved, as CSV and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import text
from ..toolkit.federated_log import UNITS
from .examine import FoldFinding

COLUMNS = (
    "defense", "epsilon", "unit", "seed", "fold", "target", "over", "attacker", "measure", "value",
    "ci_low", "ci_high", "chance",
)  # fmt: skip
HEAD = ("defense", "epsilon", "target", "from", "found [95%]", "chance", "attacker", "folds")
PERCENT = (
    "Percent; intervals over participants drawn again, for each attacker by itself; from three."
)
TRUSTED = (
    "A guarantee against whoever sees the model covers nothing of what its trusted server sees."
)
NO_SENDER = "No sender to ask for (the server saw sums only, or one round): "


def to_csv(findings: Sequence[FoldFinding]) -> str:
    """CSV: one line a finding, with full floats."""
    return text.to_csv(COLUMNS, [_line(each) for each in findings])


def _line(each: FoldFinding) -> dict[str, Any]:
    """A line of updates.csv."""
    finding = each.finding
    return {
        "defense": each.defense,
        "epsilon": each.epsilon or "",
        "unit": each.unit,
        "seed": each.seed,
        "fold": each.fold,
        "target": finding.target,
        "over": finding.over,
        "attacker": finding.attacker,
        "measure": finding.measure,
        "value": finding.value,
        "ci_low": finding.low,
        "ci_high": finding.high,
        "chance": finding.chance,
    }


def to_markdown(findings: Sequence[FoldFinding], notes: Sequence[str]) -> str:
    """For each defense and target the strongest attacker, by its mean over folds.

    Limits are means over folds.
    """
    groups: dict[tuple[str, str, str], list[FoldFinding]] = {}
    for each in findings:
        key = (each.defense, each.finding.target, each.finding.over)
        groups.setdefault(key, []).append(each)
    rows = [_row(_strongest(group)) for group in groups.values()]
    table = text.markdown_table(HEAD, rows)
    footnotes = [*_footnotes(findings), *notes]
    return "\n".join([*table, "", *(f"- {note}" for note in footnotes)]) + "\n"


def _strongest(findings: Sequence[FoldFinding]) -> list[FoldFinding]:
    """Those of the attacker with the largest mean, the first of several."""
    by_attacker: dict[str, list[FoldFinding]] = {}
    for each in findings:
        by_attacker.setdefault(each.finding.attacker, []).append(each)
    return max(by_attacker.values(), key=lambda own: _mean(own, "value"))


def _mean(findings: Sequence[FoldFinding], field: str) -> float:
    """The mean of a field of the findings."""
    return float(np.mean([getattr(each.finding, field) for each in findings]))


def _row(folds: Sequence[FoldFinding]) -> list[str]:
    """The row of one attacker's findings, one of each fold."""
    first = folds[0]
    finding = first.finding
    target = finding.target
    if finding.measure == "auc":
        target += " (AUC)"
    chance = 100 * _mean(folds, "chance")
    return [
        first.defense,
        _guarantee(first),
        target,
        finding.over,
        _value(folds),
        f"{chance:.1f}",
        finding.attacker,
        str(len(folds)),
    ]


def _guarantee(each: FoldFinding) -> str:
    """The guarantee's epsilon to three digits and what it holds for, or `none`."""
    if not each.unit:
        return "none"
    rounded = float(f"{each.epsilon:.3g}")
    return f"{rounded:g} a {UNITS[each.unit]}"


def _value(folds: Sequence[FoldFinding]) -> str:
    """The mean in percent and, where there are limits, these."""
    value = f"{100 * _mean(folds, 'value'):.1f}"
    low = 100 * _mean(folds, "low")
    high = 100 * _mean(folds, "high")
    return value if np.isnan(low) else f"{value} [{low:.1f}, {high:.1f}]"


def _footnotes(findings: Sequence[FoldFinding]) -> list[str]:
    """What a reader of the table must know."""
    footnotes = [PERCENT]
    if any(each.unit == "model" for each in findings):
        footnotes.append(TRUSTED)
    defenses = {each.defense for each in findings}
    with_sender = {each.defense for each in findings if each.finding.target == "sender"}
    without = sorted(defenses - with_sender)
    if without:
        footnotes.append(NO_SENDER + "; ".join(without) + ".")
    return footnotes
