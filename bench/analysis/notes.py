"""Records of one release -> what must be said of its numbers: failures, skips, weak attacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ..reasons import Reason
from ..records import Record


@dataclass(frozen=True)
class Note:
    """One reason of one attacker, and in how many records (folds and seeds) it stands.

    status: that of the records; `ok` for a sound number with something to mention.
    """

    attacker: str
    role: str
    status: str
    reason: Reason
    count: int


def notes(records: Iterable[Record]) -> tuple[Note, ...]:
    """Every reason of an attacker that looks at the codes, sorted by attacker, role and status."""
    spoken = [r for r in records if r.looks and (r.reason_code or r.reason)]
    counts = Counter(_key(r) for r in spoken)
    return tuple(_note(key, counts[key]) for key in sorted(counts))


def _key(r: Record) -> tuple[str, ...]:
    return r.attacker_spec, r.role, r.status, r.reason, r.reason_code


def _note(key: tuple[str, ...], count: int) -> Note:
    attacker, role, status, text, code = key
    return Note(attacker, role, status, Reason(code, text), count)
