"""Records: one number each, and the table of them that shows controls only to those who ask.

A record of a control, or of an attacker that has only learnt from raw data, is no measurement of a
release. `RecordTable` therefore keeps three parts apart. Iteration and every view are of the
measurements; `controls` and `ignorant` are for readers that name them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .checks import InputError
from .reasons import Reason
from .types import IGNORANT

BASELINE = "majority"  # the attacker that answers without the codes
NOT_IN_CSV = ("hits", "answers")  # one character a test row: in the cell's file only
Run = tuple[int, int]  # (seed, fold)


@dataclass(frozen=True)
class Record:
    """One number: a row of records.csv.

    status: `ok`; `weak`, a number of an attack that did not get going; `skipped`; `failed`.
    reason_code, reason: what the attack says of itself, or why there is no number
        (`reasons.NOTES`).
    n_train_sources, n_test_sources: independent pictures among these rows.
    plan: fingerprint of what the run is about; records of two plans are not to be mixed.
    defense_code, attacker_code: fingerprints of all settings and files of the competitor.
    control: nothing, or which control this is a number of (`runner.controls`).
    suite: version of the standard suite that the attacker, with these settings, is a member of.
    threat: what the attacker learnt from: raw rows (ignorant), the release (informed), its codes
        (latent).
    flags: what is odd about the release (`runner.diagnose`).
    error, people: standard error of a value that is no share of rows, and how many people were left
        out in turn for it (`metrics.regression.errors`).
    hits, answers: what happened on each test row, as text (`runner.row_text`).
    """

    dataset: str
    protocol: str
    defense: str
    settings: str
    release: str
    attacker: str
    attacker_settings: str
    role: str  # utility | privacy
    target: str
    metric: str
    value: float | None
    chance: float | None
    fold: int
    seed: int
    n_train: int
    n_test: int
    n_train_sources: int
    n_test_sources: int
    code_dim: int
    seconds: float = field(compare=False)
    status: str = "ok"
    reason_code: str = ""
    reason: str = ""
    precision: str = "fp32"
    device: str = "cpu"
    version: str = ""
    plan: str = ""
    defense_code: str = ""
    attacker_code: str = ""
    control: str = ""
    suite: str = ""
    threat: str = ""
    flags: tuple[Reason, ...] = ()
    cell: str = ""
    error: float | None = None
    people: int = 0
    hits: str = field(default="", compare=False, repr=False)
    answers: str = field(default="", compare=False, repr=False)

    @property
    def defense_spec(self) -> str:
        """`name:settings` of the defense."""
        return f"{self.defense}:{self.settings}" if self.settings else self.defense

    @property
    def attacker_spec(self) -> str:
        """`name:settings` of the attacker."""
        if not self.attacker_settings:
            return self.attacker
        return f"{self.attacker}:{self.attacker_settings}"

    @property
    def run(self) -> Run:
        """(seed, fold)."""
        return self.seed, self.fold

    @property
    def is_ignorant(self) -> bool:
        """Whether the attacker has only learnt from raw data."""
        return self.threat == IGNORANT

    @property
    def looks(self) -> bool:
        """Whether the attacker looks at the codes at all: the majority class is no adversary."""
        return self.attacker != BASELINE

    @property
    def is_number(self) -> bool:
        """Whether there is a finite result; NaN is a failure, whatever the status says."""
        measured = self.status in ("ok", "weak") and self.value is not None
        return measured and bool(np.isfinite(self.value or 0.0))

    @property
    def code(self) -> dict[str, str]:
        """room/SPEC -> fingerprint of its code, of the two competitors that made this record."""
        defense, attacker = f"defenses/{self.defense_spec}", f"attackers/{self.attacker_spec}"
        return {defense: self.defense_code, attacker: self.attacker_code}

    def flat(self) -> dict[str, Any]:
        """All fields as plain values for JSON: flags are [code, text] pairs."""
        flags = [[flag.code, flag.text] for flag in self.flags]
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return values | {"flags": flags}

    @classmethod
    def of_flat(cls, values: Mapping[str, Any]) -> Record:
        """The record that `flat` wrote. TypeError or ValueError if these are not its fields."""
        flags = tuple(Reason(code, text) for code, text in values.get("flags", ()))
        return cls(**{**values, "flags": flags})

    def because(self, reason: Reason | None) -> Record:
        """This record with a reason."""
        if reason is None:
            return self
        return replace(self, reason_code=reason.code, reason=reason.text)


@dataclass(frozen=True)
class RecordTable:
    """Records in three parts, each in the order in which they came.

    measurements: of releases, by attackers that know the release. control_records: of codes or
    labels that were made to test attackers. ignorant_records: by attackers that have only learnt
    from raw data.
    """

    measurements: tuple[Record, ...] = ()
    control_records: tuple[Record, ...] = ()
    ignorant_records: tuple[Record, ...] = ()

    @classmethod
    def of(cls, records: Iterable[Record]) -> RecordTable:
        """Any records, divided."""
        rows = tuple(records)
        controls = tuple(r for r in rows if r.control)
        ignorant = tuple(r for r in rows if not r.control and r.is_ignorant)
        plain = tuple(r for r in rows if not r.control and not r.is_ignorant)
        return cls(plain, controls, ignorant)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.measurements)

    def __len__(self) -> int:
        return len(self.measurements)

    @property
    def everything(self) -> tuple[Record, ...]:
        """All three parts: for files, never for numbers."""
        return self.measurements + self.control_records + self.ignorant_records

    @property
    def controls(self) -> RecordTable:
        """The controls, as measurements."""
        return RecordTable(measurements=self.control_records)

    def control(self, name: str) -> RecordTable:
        """One control, as measurements."""
        return RecordTable(tuple(r for r in self.control_records if r.control == name))

    @property
    def ignorant(self) -> RecordTable:
        """The attackers that have only learnt from raw data, as measurements."""
        return RecordTable(measurements=self.ignorant_records)

    @property
    def of_any_threat(self) -> RecordTable:
        """Measurements by every attacker, whatever it has learnt from; no controls."""
        return RecordTable(measurements=self.measurements + self.ignorant_records)

    def where(self, keep: Callable[[Record], bool]) -> RecordTable:
        """The records that `keep` accepts, of each part."""
        parts = (self.measurements, self.control_records, self.ignorant_records)
        kept = [tuple(filter(keep, part)) for part in parts]
        return RecordTable(*kept)

    @property
    def privacy(self) -> RecordTable:
        """What was asked of the private label."""
        return self.where(lambda r: r.role == "privacy")

    @property
    def utility(self) -> RecordTable:
        """What was asked of the label that a release serves."""
        return self.where(lambda r: r.role == "utility")

    @property
    def real_attackers(self) -> RecordTable:
        """Without the attacker that does not look."""
        return self.where(lambda r: r.looks)

    @property
    def with_rows(self) -> RecordTable:
        """Accuracies whose test rows are known one by one."""
        return self.where(lambda r: bool(r.hits) and r.metric == "accuracy")

    def of_metric(self, metric: str) -> RecordTable:
        """One metric."""
        return self.where(lambda r: r.metric == metric)

    def of_attacker(self, spec: str) -> RecordTable:
        """One attacker SPEC."""
        return self.where(lambda r: r.attacker_spec == spec)

    def of_defense(self, defense: str, settings: str) -> RecordTable:
        """One defense with one setting, all its releases."""
        return self.where(lambda r: (r.defense, r.settings) == (defense, settings))

    def of_release(self, release: str) -> RecordTable:
        """One release of whatever is in this table; a failure of the defense concerns them all."""
        return self.where(lambda r: r.release in (release, ""))

    def of_runs(self, runs: Iterable[Run]) -> RecordTable:
        """These (seed, fold)s."""
        wanted = set(runs)
        return self.where(lambda r: r.run in wanted)

    @property
    def runs(self) -> set[Run]:
        """The (seed, fold)s of the measurements."""
        return {r.run for r in self.measurements}

    @property
    def defenses(self) -> list[tuple[str, str]]:
        """(defense, settings), in the order in which they come."""
        return list(dict.fromkeys((r.defense, r.settings) for r in self.measurements))

    @property
    def releases(self) -> list[str]:
        """Names of releases, sorted; one empty name where no release has one."""
        return sorted({r.release for r in self.measurements if r.release}) or [""]

    @property
    def attackers(self) -> list[str]:
        """SPECs of attackers, sorted."""
        return sorted({r.attacker_spec for r in self.measurements})

    def by_attacker(self) -> dict[str, dict[Run, Record]]:
        """{attacker SPEC: {(seed, fold): its record}}, sorted by SPEC; the last of a run counts."""
        table: dict[str, dict[Run, Record]] = {spec: {} for spec in self.attackers}
        for r in self.measurements:
            table[r.attacker_spec][r.run] = r
        return table

    def in_every(self, runs: Iterable[Run]) -> dict[str, dict[Run, Record]]:
        """As `by_attacker`, of those attackers alone that have a record in every one of `runs`."""
        wanted = set(runs)
        table = self.by_attacker()
        return {spec: records for spec, records in table.items() if wanted <= records.keys()}


def merged(records: Iterable[Record]) -> RecordTable:
    """Records of several directories as if of one: a cell that two of them hold counts once.

    Raises:
        InputError: if one plan has two competitors of the same name and settings: other code, and
            other numbers.
    """
    once: dict[tuple[str, ...], Record] = {}
    for r in records:
        once[r.plan, r.cell, r.release, r.role, r.control, r.threat, r.metric] = r
    known: dict[tuple[str, str], str] = {}
    for r in once.values():
        for name, fingerprint in r.code.items():
            if known.setdefault((r.plan, name), fingerprint) != fingerprint:
                spec = name.partition("/")[2]
                hint = "its code or weights changed"
                raise InputError("DIR", f"two different {spec!r}", "one for each plan", hint)
    return RecordTable.of(once.values())
