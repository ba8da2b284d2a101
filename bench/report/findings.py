"""What a run, or an audit of several runs, has come to: the one thing that reports are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from ..analysis import leaderboard, summary
from ..records import RecordTable
from ..verdicts import exposure, verdict
from ..verdicts.exposure import Line
from ..verdicts.test_rows import Runs
from ..verdicts.verdict import Verdict


@dataclass(frozen=True)
class Findings:
    """Everything that a report says.

    records: all of them, controls too. verdicts: one for each release and private label. exposure:
    one line for each person and class. rows: one for each release, those of ignorant attackers
    last. lines: the leaderboard, best rank first. notes: what must be said of the data.
    """

    records: RecordTable
    verdicts: tuple[Verdict, ...]
    exposure: tuple[Line, ...]
    rows: tuple[summary.Row, ...]
    lines: tuple[leaderboard.Line, ...]
    notes: tuple[str, ...]


def of(records: RecordTable, runs: Runs, notes: Iterable[str] = ()) -> Findings:
    """The findings of the records of one plan. runs: the test rows of each (seed, fold)."""
    verdicts = verdict.verdicts(records, runs)
    lines = exposure.exposure(records, runs)
    return _ranked(records, verdicts, lines, notes)


def join(parts: Sequence[Findings]) -> Findings:
    """One for several runs: rows and leaderboard of all records, each note once."""
    records = chain.from_iterable(part.records.everything for part in parts)
    verdicts = chain.from_iterable(part.verdicts for part in parts)
    lines = chain.from_iterable(part.exposure for part in parts)
    notes = chain.from_iterable(part.notes for part in parts)
    return _ranked(RecordTable.of(records), verdicts, lines, dict.fromkeys(notes))


def _ranked(
    records: RecordTable,
    verdicts: Iterable[Verdict],
    exposed: Iterable[Line],
    notes: Iterable[str],
) -> Findings:
    """The findings with rows and leaderboard of these records."""
    rows = (*summary.rows(records), *summary.rows(records.ignorant))
    return Findings(
        records,
        verdicts=tuple(verdicts),
        exposure=tuple(exposed),
        rows=rows,
        lines=tuple(leaderboard.leaderboard(rows)),
        notes=tuple(notes),
    )
