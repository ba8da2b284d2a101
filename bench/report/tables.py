"""Rows of the summary -> text: Markdown, CSV, LaTeX."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .. import text
from ..analysis import summary
from ..analysis.estimates import Estimate
from ..analysis.summary import Row, Section
from ..metrics.regression import MEASURES
from ..records import BASELINE
from ..types import IGNORANT
from .footnotes import BELOW, PARTIAL, WEAK, footnotes, is_continuous

COLUMNS = (
    "dataset", "protocol", "defense", "settings", "release", "threat", "role", "target", "attacker",
    "mean", "ci_low", "ci_high", "chance", "below_chance", "weak", "complete", "plan",
)  # fmt: skip
THREATS = {IGNORANT: "I, ignorant", "informed": "II, informed", "latent": "III, latent"}
NOTHING = "No records: nothing has been measured.\n"
FITS = (
    "How the predictions of the strongest attacker fit the label, and those that are always its "
    "mean:"
)
TEX = (
    ("\\", r"\textbackslash{}"),
    ("_", r"\_"),
    ("%", r"\%"),
    ("&", r"\&"),
    ("#", r"\#"),
    (BELOW, r"$\downarrow$"),
    ("–", "--"),
)  # fmt: skip


def to_markdown(rows: Sequence[Row], notes: Sequence[str] = ()) -> str:
    """One table per section, each with its footnotes. notes: of the data, below each table."""
    parts = [_section(section, own, notes) for section, own in summary.sections(rows)]
    return "\n\n".join(parts) + "\n" if parts else NOTHING


def _section(section: Section, rows: Sequence[Row], notes: Sequence[str]) -> str:
    attackers = summary.attackers(rows)
    threats = any(row.is_ignorant for row in rows)
    head = [*_head(section, rows, threats), *attackers]
    cells = [[*_cells(row, threats), *_by_attacker(row, attackers)] for row in rows]
    table = text.markdown_table(head, cells)
    below = [f"- {line}" for line in footnotes(rows, notes)]
    return "\n".join([f"## {section.title}", "", *table, "", *_fits(rows), *below])


def _head(section: Section, rows: Sequence[Row], threats: bool) -> list[str]:
    utility, private = section.targets
    label = f"{utility}, CCC x 100" if is_continuous(rows) else utility or "none"
    return [
        "defense / release",
        *["threat"] * threats,
        f"utility ({label})",
        f"leakage ({private})",
        "chance",
    ]


def _cells(row: Row, threats: bool = False) -> list[str]:
    """Name, threat where these differ, utility, leakage and chance of one release."""
    return [
        row.label,
        *[THREATS.get(row.threat, "–")] * threats,
        _headline(row.utility) if row.section.targets[0] else "–",
        _headline(row.leakage),
        "" if row.leakage is None else _percent(row.leakage.chance),
    ]


def _headline(e: Estimate | None) -> str:
    """A number with its interval, its attacker and the mark of those below chance."""
    if e is None:
        return "missing"
    limits = f" [{_percent(e.low)}, {_percent(e.high)}]"
    interval = "" if math.isnan(e.low) else limits
    mark = f" {BELOW}" if e.below else ""
    return f"{_percent(e.mean)}{interval} {e.attacker}{mark}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _by_attacker(row: Row, attackers: Sequence[str]) -> list[str]:
    return [_short(row, attacker) for attacker in attackers]


def _short(row: Row, attacker: str) -> str:
    """The leakage by one attacker with its marks, or why there is no number."""
    missing = attacker in row.missing
    e = row.privacy_by_attacker.get(attacker)
    if e is None:
        return "no number" if missing else "–"
    below = BELOW if e.below else ""
    weak = WEAK if e.weak and attacker != BASELINE else ""
    partial = PARTIAL if missing else ""
    return f"{_percent(e.mean)}{below}{weak}{partial}"


def _fits(rows: Sequence[Row]) -> list[str]:
    """How the predictions of a continuous label fit, in every measure; nothing of other labels."""
    shown = [row for row in rows if row.fits]
    if not shown:
        return []
    head = ["defense / release", *MEASURES]
    cells = [[row.label, *_measures(row)] for row in shown]
    return [FITS, "", *text.markdown_table(head, cells), ""]


def _measures(row: Row) -> list[str]:
    return [_fit(row.fits[name]) if name in row.fits else "–" for name in MEASURES]


def _fit(e: Estimate) -> str:
    interval = "" if math.isnan(e.low) else f" [{e.low:.3f}, {e.high:.3f}]"
    return f"{e.mean:.3f}{interval}, {e.chance:.3f}"


def to_csv(rows: Sequence[Row]) -> str:
    """Long form with full floats: one line per release, role and attacker."""
    lines: list[Mapping[str, Any]] = []
    for row in rows:
        lines += _lines(row)
    return text.to_csv(COLUMNS, lines)


def _lines(row: Row) -> Iterator[Mapping[str, Any]]:
    utility, private = row.section.targets
    about = {
        "dataset": row.section.dataset,
        "protocol": row.section.protocol,
        "defense": row.defense,
        "settings": row.settings,
        "release": row.release,
        "threat": row.threat,
        "plan": row.section.plan,
    }
    for e in row.utility_by_attacker.values():
        yield about | {"role": "utility", "target": utility} | _numbers(row, e)
    for e in row.privacy_by_attacker.values():
        yield about | {"role": "privacy", "target": private} | _numbers(row, e)


def _numbers(row: Row, e: Estimate) -> dict[str, Any]:
    return {
        "attacker": e.attacker,
        "mean": e.mean,
        "ci_low": e.low,
        "ci_high": e.high,
        "chance": e.chance,
        "below_chance": e.below,
        "weak": e.weak,
        "complete": e.attacker not in row.missing,
    }


def to_latex(rows: Sequence[Row]) -> str:
    """A booktabs table: defense, utility, leakage, chance. Needs \\usepackage{booktabs}."""
    lines: list[str] = []
    for section, own in summary.sections(rows):
        lines += _tabular(section, own)
    return "\n".join(lines) if lines else "% No records.\n"


def _tabular(section: Section, rows: Sequence[Row]) -> list[str]:
    utility, private = section.targets
    head = ["Defense", f"Utility ({utility}) [\\%]", f"Leakage ({private}) [\\%]", r"Chance [\%]"]
    body = [_tex_line([_tex(cell) for cell in _cells(row)]) for row in rows]
    return [
        f"% {_tex(section.title)}",
        r"\begin{tabular}{llll}",
        r"\toprule",
        _tex_line(head),
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        "",
    ]


def _tex_line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _tex(cell: str) -> str:
    for plain, escaped in TEX:
        cell = cell.replace(plain, escaped)
    return cell
