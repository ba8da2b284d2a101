"""Records -> one row for each release: utility, leakage, how sure, and what is missing.

Missing is not private, and neither is an attack that did not get going: a release with a failed or
absent cell, or that no sound attack has met, is never ranked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..metrics import classification, regression
from ..records import Record, RecordTable, Run
from ..types import IGNORANT
from .estimates import LEVEL, Attempts, Estimate, estimate, estimates, strongest
from .notes import Note, notes

Plan = tuple[str, str, str]  # (fingerprint of the plan, dataset, protocol)


@dataclass(frozen=True)
class Section:
    """What may be compared: the same data, folds, labels, protocol, precision and version.

    targets: (utility, private), an empty name where a label was not asked for. about: what sets
    plans of the same name apart, else nothing.
    """

    dataset: str
    protocol: str
    targets: tuple[str, str]
    plan: str
    about: str

    @property
    def title(self) -> str:
        """Dataset and protocol, and what sets this plan apart."""
        name = f"{self.dataset}, {self.protocol}"
        return f"{name} ({self.about})" if self.about else name

    @property
    def order(self) -> tuple[str, str, tuple[str, str], str]:
        """What sections are sorted by."""
        return self.dataset, self.protocol, self.targets, self.plan


@dataclass(frozen=True)
class Row:
    """One release of one defense in one section.

    utility, leakage: of the strongest attacker, None without any number.
    missing: attackers without a number in some fold, skipped ones aside.
    attacked: some attack got going in every fold.
    threat: what the attackers have learnt from.
    fits: of a continuous label, every measure of the attacker whose predictions serve best.
    """

    section: Section
    defense: str
    settings: str
    release: str
    utility: Estimate | None
    leakage: Estimate | None
    privacy_by_attacker: dict[str, Estimate]
    utility_by_attacker: dict[str, Estimate]
    folds: int
    seeds: int
    missing: tuple[str, ...]
    attacked: bool
    notes: tuple[Note, ...]
    version: str
    threat: str = ""
    fits: Mapping[str, Estimate] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`defense:settings / release`, and whether its attackers are ignorant."""
        name = f"{self.defense}:{self.settings}" if self.settings else self.defense
        name = f"{name} / {self.release}" if self.release else name
        return f"{name} ({IGNORANT})" if self.is_ignorant else name

    @property
    def label(self) -> str:
        """The name, and what forbids to rank it."""
        unserved = self.utility is None and bool(self.section.targets[0])
        if self.missing or self.leakage is None or unserved:
            return f"{self.name} (incomplete)"
        return self.name if self.attacked else f"{self.name} (not attacked)"

    @property
    def complete(self) -> bool:
        """Whether nothing forbids to rank it."""
        return self.label == self.name

    @property
    def is_ignorant(self) -> bool:
        """Whether its attackers have only learnt from raw data: no release is judged by those."""
        return self.threat == IGNORANT


@dataclass(frozen=True)
class _Peers:
    """What one section was asked for: its (seed, fold)s and attacker SPECs, of all its releases."""

    section: Section
    runs: set[Run]
    attackers: tuple[str, ...]


def rows(table: RecordTable, *, level: float = LEVEL) -> list[Row]:
    """Rows of the measurements, in the order of section, defense, settings and release.

    Rows by attackers that have only learnt from raw data are `rows(table.ignorant)`: they say
    nothing about what a release can give away.
    """
    every = _by_plan(table)
    main = _by_plan(r for r in table if _counts(r))
    by_plan = _sections(main)
    made = []
    for plan in sorted(by_plan, key=lambda plan: by_plan[plan].order):
        own = main[plan]
        peers = _Peers(by_plan[plan], own.runs, tuple(own.attackers))
        made += _rows(peers, own, every[plan], level)
    return made


def ranked(rows: Iterable[Row]) -> list[Row]:
    """The rows that releases are judged by: without those of ignorant attackers."""
    return [row for row in rows if not row.is_ignorant]


def sections(rows: Sequence[Row]) -> list[tuple[Section, list[Row]]]:
    """Each section with its rows, in the order of the rows."""
    by_section: dict[Section, list[Row]] = {}
    for row in rows:
        by_section.setdefault(row.section, []).append(row)
    return list(by_section.items())


def attackers(rows: Iterable[Row]) -> list[str]:
    """SPECs of the attackers that have a number of the private label in any row, sorted."""
    names: set[str] = set()
    for row in rows:
        names |= row.privacy_by_attacker.keys()
    return sorted(names)


def _counts(r: Record) -> bool:
    """Whether tables are made of it: a number of a main metric, or why there is no number."""
    return r.metric in classification.MAIN or not r.is_number


def _plan(r: Record) -> Plan:
    return r.plan, r.dataset, r.protocol


def _by_plan(records: Iterable[Record]) -> dict[Plan, RecordTable]:
    """The records of each plan, in their order."""
    groups: dict[Plan, list[Record]] = {}
    for r in records:
        groups.setdefault(_plan(r), []).append(r)
    return {plan: RecordTable(tuple(own)) for plan, own in groups.items()}


def _sections(by_plan: Mapping[Plan, RecordTable]) -> dict[Plan, Section]:
    """The section of each plan; plans that look alike say what they are made of."""
    targets = {plan: _targets(table) for plan, table in by_plan.items()}
    names = {plan: (*plan[1:], *targets[plan]) for plan in by_plan}
    alike = Counter(names.values())
    made = {}
    for plan, table in by_plan.items():
        fingerprint, dataset, protocol = plan
        about = _about(table) if alike[names[plan]] > 1 else ""
        made[plan] = Section(dataset, protocol, targets[plan], fingerprint, about)
    return made


def _targets(table: RecordTable) -> tuple[str, str]:
    """(utility, private): the label asked for in each role, if any."""
    by_role = {r.role: r.target for r in table}
    return by_role.get("utility", ""), by_role.get("privacy", "")


def _about(table: RecordTable) -> str:
    folds = len({r.fold for r in table})
    last = table.measurements[-1]
    return f"plan {last.plan[:6]}, {folds} folds, {last.precision}, version {last.version}"


def _rows(peers: _Peers, main: RecordTable, every: RecordTable, level: float) -> list[Row]:
    """The rows of one section. every: its records of all metrics."""
    made = []
    for defense, settings in sorted(main.defenses):
        own = main.of_defense(defense, settings)
        measures = every.of_defense(defense, settings).utility
        for release in own.releases:
            row = _row(peers, own.of_release(release), release, level)
            fits = _fits(row.utility, measures.of_release(release), level)
            made.append(replace(row, fits=fits))
    return made


def _row(peers: _Peers, table: RecordTable, release: str, level: float) -> Row:
    privacy = _attempts(table.privacy, peers.attackers)
    utility = _attempts(table.utility, peers.attackers)
    by_privacy = estimates(privacy, level)
    by_utility = estimates(utility, level)
    defense, settings = table.defenses[0]
    return Row(
        section=peers.section,
        defense=defense,
        settings=settings,
        release=release,
        utility=strongest(utility, by_utility, level),
        leakage=strongest(privacy, by_privacy, level),
        privacy_by_attacker=by_privacy,
        utility_by_attacker=by_utility,
        folds=len({fold for _, fold in peers.runs}),
        seeds=len({seed for seed, _ in peers.runs}),
        missing=_missing(peers, privacy, utility),
        attacked=any(_sound(records) == peers.runs for records in privacy.values()),
        notes=notes(table),
        version=max(r.version for r in table),
        threat=max(r.threat for r in table),
    )


def _attempts(table: RecordTable, attackers: Iterable[str]) -> Attempts:
    """The records of each attacker, none for one that was not tried here."""
    attempts: dict[str, list[Record]] = {a: [] for a in attackers}
    for r in table:
        attempts[r.attacker_spec].append(r)
    return attempts


def _missing(peers: _Peers, privacy: Attempts, utility: Attempts) -> tuple[str, ...]:
    """Attackers without a number or an honest skip in every fold and seed of what was asked."""
    asked = [privacy, utility] if peers.section.targets[0] else [privacy]
    return tuple(
        a for a in peers.attackers if any(_answered(role[a]) != peers.runs for role in asked)
    )


def _answered(records: Iterable[Record]) -> set[Run]:
    """The folds with a number or an honest skip."""
    return {r.run for r in records if r.is_number or r.status == "skipped"}


def _sound(records: Iterable[Record]) -> set[Run]:
    """The folds in which the attack got going."""
    return {r.run for r in records if r.status == "ok"}


def _fits(served: Estimate | None, table: RecordTable, level: float) -> dict[str, Estimate]:
    """{measure: that of the attacker whose predictions serve best}, of a continuous label."""
    if served is None or served.metric not in regression.MEASURES:
        return {}
    own = table.of_attacker(served.attacker)
    every = {
        name: estimate(served.attacker, own.of_metric(name), level) for name in regression.MEASURES
    }
    return {name: e for name, e in every.items() if e is not None}
