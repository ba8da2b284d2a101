"""Records -> one row per release: utility, leakage, how sure, and what is missing.

The leakage of a release is that of its best adversary: a mean over attackers hides the one that
works. The largest of several estimates is biased upwards, so its interval holds for all attackers
together (Bonferroni). Missing is not private, and neither is an attack that did not get going: a
release with a failed or absent cell, or that no sound attack has met, is never ranked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..checks import InputError
from ..metrics import classification, intervals, regression
from ..types import IGNORANT, Record


@dataclass(frozen=True)
class Estimate:
    """One attacker's mean over folds and seeds, with its interval and the mean chance level.

    below: significantly below chance, after correction for all attackers that were tried. That is
    information, never privacy: whoever sees it answers the other way round.
    """

    attacker: str
    mean: float
    low: float
    high: float
    chance: float
    below: bool = False
    weak: bool = False  # in some fold the attack did not get going: a number that proves nothing
    metric: str = "accuracy"

    @property
    def told(self) -> float:
        """What the codes tell: the mean, or as much above chance as it lies below."""
        return 2 * self.chance - self.mean if self.below else self.mean

    @property
    def advantage(self) -> float:
        return classification.advantage(self.mean, self.chance)


@dataclass(frozen=True)
class Section:
    """Rows that may be compared with each other: the same data, folds, labels, protocol, precision and version."""

    dataset: str
    protocol: str
    targets: tuple[str, str]  # utility, private
    plan: str
    about: str  # what sets plans of the same name apart


@dataclass(frozen=True)
class Row:
    """One release of one defense in one section."""

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
    missing: tuple[str, ...]  # attackers without a number in some fold, skipped ones aside
    attacked: bool  # some attack got going in every fold
    notes: tuple[str, ...]
    version: str
    threat: str = ""
    fits: Mapping[str, Estimate] = field(
        default_factory=dict
    )  # of a continuous label: every measure of the utility's

    @property
    def name(self) -> str:
        name = f"{self.defense}:{self.settings}" if self.settings else self.defense
        name = f"{name} / {self.release}" if self.release else name
        return f"{name} ({IGNORANT})" if self.threat == IGNORANT else name

    @property
    def label(self) -> str:
        """The name, and what forbids to rank it."""
        if (
            self.missing
            or self.leakage is None
            or (self.utility is None and self.section.targets[0])
        ):
            return f"{self.name} (incomplete)"
        return self.name if self.attacked else f"{self.name} (not attacked)"

    @property
    def complete(self) -> bool:
        return self.label == self.name


def rows(records: Sequence[Record], *, level: float = 0.95, ignorant: bool = False) -> list[Row]:
    """Rows in the order of section, defense, settings and release.

    ignorant: of attackers that have only learnt from raw data, who say nothing about what a release
    can give away.
    """
    known = [r for r in records if (r.threat == IGNORANT) == ignorant]
    chosen = [
        r for r in known if not r.control and (r.metric in classification.MAIN or not is_number(r))
    ]
    section = _sections(chosen)
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for r in chosen:
        groups.setdefault(
            (section[r.plan, r.dataset, r.protocol], r.defense, r.settings), []
        ).append(r)
    found = []
    for key in sorted(
        groups, key=lambda k: (k[0].dataset, k[0].protocol, k[0].targets, k[0].plan, *k[1:])
    ):
        peers = [r for other, own in groups.items() if other[0] == key[0] for r in own]
        runs = {(r.seed, r.fold) for r in peers}
        attackers = {r.attacker_spec for r in peers}
        for release in sorted({r.release for r in groups[key] if r.release} or {""}):
            own = [r for r in groups[key] if r.release in (release, "")]
            row = _row(key, release, own, runs, attackers, level)
            found.append(replace(row, fits=_fits(row, known, level)))
    return found


def informed(records: Sequence[Record]) -> list[Record]:
    """Without attackers that have only learnt from raw data: no release is judged by those."""
    return [r for r in records if r.threat != IGNORANT]


def sections(rows: Sequence[Row]) -> list[tuple[Section, list[Row]]]:
    """Each section with its rows, in the order of the rows."""
    return [
        (key, [r for r in rows if r.section == key])
        for key in dict.fromkeys(r.section for r in rows)
    ]


def codes(r: Record) -> dict[str, str]:
    """room/SPEC -> fingerprint of its code, of the two that made a record."""
    return {
        f"defenses/{r.defense_spec}": r.defense_code,
        f"attackers/{r.attacker_spec}": r.attacker_code,
    }


def merged(records: Iterable[Record]) -> list[Record]:
    """Records of several directories as if of one: a cell that two of them hold counts once.

    Raises:
        InputError: if one plan has two competitors of the same name and settings: other code, and
        other numbers.
    """
    once = {(r.plan, r.cell, r.release, r.role, r.control, r.threat, r.metric): r for r in records}
    made: dict[tuple[str, str], str] = {}
    for r in once.values():
        for name, found in codes(r).items():
            if made.setdefault((r.plan, name), found) != found:
                raise InputError(
                    "DIR",
                    f"two different {name.partition('/')[2]!r}",
                    "one for each plan",
                    "its code or weights changed",
                )
    return list(once.values())


def _sections(records: Sequence[Record]) -> dict[tuple[str, str, str], Section]:
    """(plan, dataset, protocol) -> its section; plans that look alike say what they are made of."""
    roles: dict[tuple[str, str, str], dict[str, str]] = {}
    folds: dict[tuple[str, str, str], set[int]] = {}
    about: dict[tuple[str, str, str], str] = {}
    for r in records:
        key = r.plan, r.dataset, r.protocol
        roles.setdefault(key, {})[r.role] = r.target
        folds.setdefault(key, set()).add(r.fold)
        about[key] = (
            f"plan {r.plan[:6]}, {len(folds[key])} folds, {r.precision}, version {r.version}"
        )
    names = {key: (*key[1:], *sorted(roles[key].items())) for key in roles}
    alike = list(names.values())
    return {
        key: Section(
            key[1],
            key[2],
            (r.get("utility", ""), r.get("privacy", "")),
            key[0],
            about[key] if alike.count(names[key]) > 1 else "",
        )
        for key, r in roles.items()
    }


def _row(
    key: tuple[Any, ...],
    release: str,
    records: list[Record],
    runs: set[tuple[int, int]],
    attackers: set[str],
    level: float,
) -> Row:
    section, defense, settings = key
    by = {
        role: {
            a: [r for r in records if r.role == role and r.attacker_spec == a]
            for a in sorted(attackers)
        }
        for role in ("utility", "privacy")
    }
    found = {role: estimates(cells, level) for role, cells in by.items()}
    asked = ["utility", "privacy"] if section.targets[0] else ["privacy"]
    missing = {a for role in asked for a, rs in by[role].items() if not _whole(rs, runs)}
    return Row(
        section=section,
        defense=defense,
        settings=settings,
        release=release,
        utility=_best(by["utility"], found["utility"], level),
        leakage=_best(by["privacy"], found["privacy"], level),
        privacy_by_attacker=found["privacy"],
        utility_by_attacker=found["utility"],
        folds=len({f for _, f in runs}),
        seeds=len({s for s, _ in runs}),
        missing=tuple(sorted(missing)),
        attacked=any(
            {(r.seed, r.fold) for r in rs if r.status == "ok"} == runs
            for rs in by["privacy"].values()
        ),
        notes=_notes(records),
        version=max((r.version for r in records), default=""),
        threat=max((r.threat for r in records), default=""),
    )


def _fits(row: Row, records: Sequence[Record], level: float) -> dict[str, Estimate]:
    """{measure: that of the attacker whose answers serve best}, of a continuous label."""
    if row.utility is None or row.utility.metric not in regression.MEASURES:
        return {}
    about = (
        row.section.plan,
        row.defense,
        row.settings,
        row.release,
        row.utility.attacker,
        "utility",
        "",
    )
    own = [
        r
        for r in records
        if (r.plan, r.defense, r.settings, r.release, r.attacker_spec, r.role, r.control) == about
    ]
    by = {
        name: estimate(about[4], [r for r in own if r.metric == name], level)
        for name in regression.MEASURES
    }
    return {name: e for name, e in by.items() if e is not None}


def _whole(records: list[Record], runs: set[tuple[int, int]]) -> bool:
    """A number or an honest skip in every fold and seed."""
    return {(r.seed, r.fold) for r in records if is_number(r) or r.status == "skipped"} == runs


def is_number(record: Record) -> bool:
    """A finite result; NaN is a failure, whatever the status says."""
    return (
        record.status in ("ok", "weak")
        and record.value is not None
        and bool(np.isfinite(record.value))
    )


def estimates(cells: dict[str, list[Record]], level: float) -> dict[str, Estimate]:
    """{attacker: its estimate} of those that have a number; `below` is corrected for all of them (Bonferroni)."""
    found = {a: e for a, records in cells.items() if (e := estimate(a, records, level)) is not None}
    for a, e in found.items():
        low = e.mean < e.chance  # else its upper limit is not below chance either
        wide = estimate(a, cells[a], intervals.bonferroni(level, len(found))) if low else None
        weak = any(r.status == "weak" for r in cells[a])  # and there is nothing in it to invert
        found[a] = replace(
            e, below=wide is not None and wide.high < wide.chance and not weak, weak=weak
        )
    return found


def _best(
    cells: dict[str, list[Record]], found: dict[str, Estimate], level: float
) -> Estimate | None:
    """The strongest attacker, with an interval for the largest of all that were looked at.

    The largest true value lies above the largest of lower limits that hold together (Bonferroni),
    and below the largest of upper limits that hold each for itself: that of whoever is truly the
    best is among them.
    """
    if not found:
        return None
    best = max(found.values(), key=lambda e: (e.told, e.attacker))
    wide = [
        w
        for a in found
        if (w := estimate(a, cells[a], intervals.bonferroni(level, len(found)))) is not None
    ]
    if best.below:
        wide = [w for w in wide if w.attacker == best.attacker]
        return replace(best, low=wide[0].low, high=wide[0].high)
    return replace(best, low=max(w.low for w in wide), high=max(e.high for e in found.values()))


def estimate(attacker: str, records: Iterable[Record], level: float = 0.95) -> Estimate | None:
    """Mean over folds and seeds and its Nadeau-Bengio interval; None if there is no number.

    Sizes count independent pictures: augmented copies add rows, not information. With one fold, or
    without any spread between folds, it is Wilson's on the pooled test pictures instead: ten folds
    of 100% are no proof of certainty. The concordance of a continuous label is no share of
    pictures: from one fold its interval is of its people (`error`), or NaN where there were too
    few.
    """
    ok = [
        (r, r.value, r.chance)
        for r in records
        if is_number(r) and r.value is not None and r.chance is not None
    ]
    if not ok:
        return None
    n_train = float(np.mean([r.n_train_sources for r, _, _ in ok]))
    n_test = float(np.mean([r.n_test_sources for r, _, _ in ok]))
    rows = round(n_test * len({r.fold for r, _, _ in ok}))
    values, metric = [v for _, v, _ in ok], ok[0][0].metric
    if once := len(ok) == 1 or ok[0][0].protocol == "given":  # other seeds test on the same rows
        values = [float(np.mean(values))]
    if metric == "accuracy":
        mean, low, high = intervals.fold_interval(values, n_train, n_test, level, rows=rows)
    elif once and ok[0][0].error is not None:
        error = float(np.mean([r.error or 0.0 for r, _, _ in ok]))
        mean, low, high = intervals.student(
            values[0], error, ok[0][0].people, level, bounds=regression.BOUNDS[metric]
        )
    else:
        mean, low, high = intervals.nadeau_bengio(
            values, n_train, n_test, level, bounds=regression.BOUNDS[metric]
        )
    return Estimate(attacker, mean, low, high, float(np.mean([c for _, _, c in ok])), metric=metric)


def _notes(records: Iterable[Record]) -> tuple[str, ...]:
    """What must be said of these numbers: failures, skips, and fits that did not converge, counted."""
    counts: dict[str, int] = {}
    for r in records:
        if r.reason and r.attacker != "majority":
            kind = r.status if r.status != "ok" else "note"
            text = f"{r.attacker_spec} ({r.role}): {kind}: {r.reason}"
            counts[text] = counts.get(text, 0) + 1
    return tuple(f"{text} [{n}x]" for text, n in sorted(counts.items()))
