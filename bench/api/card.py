"""A report in four lines, as a card of a notebook, and as a page of its own."""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from ..analysis.estimates import Estimate
from ..report.findings import Findings
from ..verdicts.verdict import CAVEAT, Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 12  # releases on a card; a table holds the others
HEAD = ("release", "hides", "verdict", "leakage [certified, at most]", "chance", "by", "utility")
STYLE = """
.privbench{font:14px/1.45 system-ui,sans-serif;max-width:72em}
.privbench table{border-collapse:collapse;margin:.5em 0}
.privbench th,.privbench td{text-align:left;padding:.2em .8em .2em 0;vertical-align:top}
.privbench th{font-weight:600;border-bottom:1px solid currentColor}
.privbench .leaks{font-weight:700;color:#b3261e}
.privbench .note{opacity:.75;font-size:.9em}
"""


def utility_of(verdict: Verdict, findings: Findings) -> Estimate | None:
    """What the release of a verdict is good for, where that was measured."""
    about = (verdict.plan, verdict.defense, verdict.settings, verdict.release)
    for row in findings.rows:
        if (row.section.plan, row.defense, row.settings, row.release) == about:
            return row.utility
    return None


def text(findings: Findings, failures: Sequence[str], folder: str) -> str:
    """A line for each release, and where the report lies."""
    lines = [_line(v, findings) for v in _shown(findings)]
    return "\n".join([*lines, *_footnotes(findings, failures), f"report: {folder}"])


def html(findings: Findings, failures: Sequence[str], folder: str) -> str:
    """The same as a table; whatever comes from data is escaped."""
    notes = [*_footnotes(findings, failures), f"report: {folder}"]
    return _wrapped(_table(findings) + _paragraphs(notes))


def page(findings: Findings, failures: Sequence[str], figure: Figure) -> str:
    """A whole page with the picture and the evidence, that needs no other file."""
    evidence = [_evidence(v) for v in findings.verdicts]
    notes = [*_footnotes(findings, failures), *findings.notes]
    body = _table(findings) + _svg(figure) + _paragraphs([e for e in evidence if e] + notes)
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>privbench report</title>'
    return f"{head}{_wrapped(body)}</html>\n"


def _shown(findings: Findings) -> Sequence[Verdict]:
    return findings.verdicts[:SHOWN]


def _line(verdict: Verdict, findings: Findings) -> str:
    cells = _cells(verdict, findings)
    _, hides, words, leakage, chance, attacker, utility = cells
    said = f"{verdict.name}: {words.upper()} {hides} {leakage}, chance {chance}, by {attacker}"
    return f"{said}; utility {utility}" if utility else said


def _cells(verdict: Verdict, findings: Findings) -> tuple[str, ...]:
    utility = utility_of(verdict, findings)
    served = "" if utility is None else f"{_percent(utility.mean)} ({utility.metric})"
    limits = f"[{_percent(verdict.ci_low)}, {_percent(verdict.ci_high)}]"
    leakage = "no number" if verdict.leakage is None else f"{_percent(verdict.leakage)} {limits}"
    attacker = verdict.strongest_attacker or "nobody"
    chance = _percent(verdict.chance)
    return (verdict.name, verdict.target, verdict.words, leakage, chance, attacker, served)


def _footnotes(findings: Findings, failures: Sequence[str]) -> list[str]:
    notes = []
    invalid = [v for v in findings.verdicts if v.code == "invalid"]
    if invalid:
        notes.append(f"invalid because: {invalid[0].reason}")
    if len(findings.verdicts) > SHOWN:
        notes.append(f"and {len(findings.verdicts) - SHOWN} more releases: see table()")
    if failures:
        notes.append(f"{len(failures)} cells failed; the first: {failures[0]}")
    if not findings.verdicts:
        notes.append("no cell is finished yet")
    elif any(v.code == "no-leak-found" for v in findings.verdicts):
        notes.append(CAVEAT)
    return notes


def _table(findings: Findings) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in HEAD)
    rows = "".join(_html_row(v, findings) for v in _shown(findings))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _html_row(verdict: Verdict, findings: Findings) -> str:
    cells = [escape(cell) for cell in _cells(verdict, findings)]
    cells[2] = f'<span class="{escape(verdict.code)}">{cells[2]}</span>'
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _evidence(verdict: Verdict) -> str:
    parts = [verdict.reason, *verdict.evidence]
    stated = "; ".join(part for part in parts if part)
    return f"{verdict.name} ({verdict.target}): {stated}." if stated else ""


def _paragraphs(lines: Sequence[str]) -> str:
    return "".join(f'<p class="note">{escape(line)}</p>' for line in lines)


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    svg = text.getvalue()
    return svg[svg.index("<svg") :]


def _wrapped(body: str) -> str:
    return f'<style>{STYLE}</style><div class="privbench">{body}</div>'


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}%"
