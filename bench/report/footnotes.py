"""What stands below a table: what its numbers are, what is missing, and what attacks report."""

from __future__ import annotations

from collections.abc import Sequence

from ..analysis import summary
from ..analysis.summary import Row

BELOW = "↓"  # significantly below chance
WEAK = "~"  # from an attack that did not get going
PARTIAL = "!"  # of some of the folds alone
SHOWN = 4  # reasons of one kind, at most
KINDS = {  # status of the records -> how their reasons are announced
    "failed": "Failed",
    "weak": f"Weak ({WEAK})",
    "skipped": "Skipped (–)",
    "ok": "Said of themselves",
}
LOW = "A low number means that these attackers found little, not that nothing is there."
THREATS = (
    "Threats: I learns from the data as they were and is asked about the release; II learns from "
    "the release; III has its codes. Ranks are by II and III; the verdict counts a leak by any of "
    "them. Utility likewise: that of a network trained on raw data, or on the release."
)
CONCORDANCE = (
    "CCC: the concordance of the predictions with the label, over all rated frames; 0 is chance. "
    "From one fold its interval is of people, by the jackknife."
)
INVERTIBLE = (
    f"{BELOW} significantly below chance: information that an attacker can invert, not privacy."
)
NOT_ATTACKED = (
    "Not attacked: no attack on it got going in every fold, so its number says nothing and has no "
    "rank."
)


def footnotes(rows: Sequence[Row], notes: Sequence[str] = ()) -> list[str]:
    """The sentences below the table of these rows of one section. notes: of the data."""
    lines = [_numbers(rows), LOW, *notes]
    if any(row.is_ignorant for row in rows):
        lines.append(THREATS)
    if is_continuous(rows):
        lines.append(CONCORDANCE)
    if any(_is_below(row) for row in rows):
        lines.append(INVERTIBLE)
    lines += _missing(rows)
    if any(row.label.endswith("(not attacked)") for row in rows):
        lines.append(NOT_ATTACKED)
    return [*lines, *_reasons(rows)]


def is_continuous(rows: Sequence[Row]) -> bool:
    """Whether the utility of any row is a concordance."""
    return any(row.utility is not None and row.utility.metric == "ccc" for row in rows)


def _numbers(rows: Sequence[Row]) -> str:
    """What the numbers are, and over how many folds, seeds and attackers."""
    first = rows[0]
    looks = len(summary.attackers(rows))
    return (
        f"Accuracy in percent over {_many(first.folds, 'fold')} and {_many(first.seeds, 'seed')}. "
        "Utility and leakage are those of the strongest attacker (named), with a 95% Nadeau-Bengio "
        "interval over folds for the strongest of all attackers tried "
        f"({looks} at most, Bonferroni); further columns: leakage by each attacker. "
        "Chance: the better of guessing and the majority class."
    )


def _is_below(row: Row) -> bool:
    """Whether any attacker is significantly below chance."""
    return any(e.below for e in row.privacy_by_attacker.values())


def _missing(rows: Sequence[Row]) -> list[str]:
    """The attackers that some release lacks, if any does."""
    lost = [f"{row.name}: {', '.join(row.missing)}" for row in rows if row.missing]
    if not lost:
        return []
    why = "some cell failed or was not run"
    return [f"Incomplete ({why}; {PARTIAL} marks numbers of the other folds): {'; '.join(lost)}."]


def _reasons(rows: Sequence[Row]) -> list[str]:
    """What failed, was weak or skipped, or had a note, and how often."""
    every: list[summary.Note] = []
    for row in rows:
        every += row.notes
    lines = []
    for status, title in KINDS.items():
        notes = [note for note in every if note.status == status]
        if notes:
            lines.append(_sentence(title, notes))
    return lines


def _sentence(title: str, notes: Sequence[summary.Note]) -> str:
    """How many attacks, and the first of their reasons."""
    count = sum(note.count for note in notes)
    texts = sorted({note.reason.text for note in notes})
    more = f"; and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return f"{title}: {count} attacks: {'; '.join(texts[:SHOWN])}{more}."


def _many(n: int, word: str) -> str:
    return f"{n} {word}" + "s" * (n != 1)
