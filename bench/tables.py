"""Records -> one row per release: utility, leakage, how sure, and what is missing. Then text.

The leakage of a release is that of its best adversary: a mean over attackers hides the one that works. The
largest of several estimates is biased upwards, so its interval holds for all attackers together (Bonferroni).
Missing is not private: a release with a failed or absent cell is marked incomplete and never ranked.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import metrics, stats
from .types import Record

BELOW = "↓"  # significantly below chance


@dataclass(frozen=True)
class Estimate:
    """One attacker's mean over folds and seeds, with its interval and the mean chance level."""

    attacker: str
    mean: float
    low: float
    high: float
    chance: float

    @property
    def below(self) -> bool:
        """Significantly below chance: information (invert it), never privacy. A blind attacker cannot be inverted."""
        return self.high < self.chance and self.attacker != "majority"

    @property
    def advantage(self) -> float:
        return metrics.advantage(self.mean, self.chance)


@dataclass(frozen=True)
class Row:
    """One release of one defense on one dataset under one protocol."""

    dataset: str
    protocol: str
    defense: str
    settings: str
    release: str
    targets: tuple[str, str]  # utility, private
    utility: Estimate | None
    leakage: Estimate | None
    privacy_by_attacker: dict[str, Estimate]
    utility_by_attacker: dict[str, Estimate]
    folds: int
    seeds: int
    missing: tuple[str, ...]  # attackers without a number in some fold, skipped ones aside
    notes: tuple[str, ...]
    version: str

    @property
    def spec(self) -> str:
        return spec(self.defense, self.settings)

    @property
    def name(self) -> str:
        return f"{self.spec} / {self.release}" if self.release else self.spec

    @property
    def complete(self) -> bool:
        return not self.missing and self.utility is not None and self.leakage is not None


def spec(name: str, settings: str) -> str:
    return f"{name}:{settings}" if settings else name


def summary(records: Sequence[Record], *, metric: str = "accuracy", level: float = 0.95) -> list[Row]:
    """Rows in the order of dataset, protocol, defense, settings and release."""
    chosen = [r for r in records if r.metric == metric or r.status != "ok"]
    task = _tasks(chosen)
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for r in chosen:
        groups.setdefault((r.dataset, r.protocol, task[r.cell], r.defense, r.settings), []).append(r)
    rows = []
    for key in sorted(groups):
        peers = [r for other, own in groups.items() if other[:3] == key[:3] for r in own]
        runs = {(r.seed, r.fold) for r in peers}
        attackers = {spec(r.attacker, r.attacker_settings) for r in peers}
        for release in sorted({r.release for r in groups[key] if r.release} or {""}):
            own = [r for r in groups[key] if r.release in (release, "")]
            rows.append(_row(key, release, own, runs, attackers, level))
    return rows


def _tasks(records: Sequence[Record]) -> dict[str, tuple[str, str]]:
    """cell -> (utility label, private label): runs of two tasks on one dataset are not to be mixed."""
    by: dict[str, dict[str, str]] = {}
    for r in records:
        by.setdefault(r.cell, {})[r.role] = r.target
    return {cell: (roles.get("utility", ""), roles.get("privacy", "")) for cell, roles in by.items()}


def _row(
    key: tuple[Any, ...], release: str, records: list[Record], runs: set[tuple[int, int]], attackers: set[str],
    level: float,
) -> Row:  # fmt: skip
    by = {
        role: {
            a: [r for r in records if r.role == role and spec(r.attacker, r.attacker_settings) == a] for a in attackers
        }
        for role in ("utility", "privacy")
    }
    estimates = {role: {a: _estimate(a, rs, level) for a, rs in cells.items()} for role, cells in by.items()}
    found = {role: {a: e for a, e in sorted(cells.items()) if e is not None} for role, cells in estimates.items()}
    dataset, protocol, targets, defense, settings = key
    missing = {a for cells in by.values() for a, rs in cells.items() if not _whole(rs, runs)}
    return Row(
        dataset=dataset, protocol=protocol, defense=defense, settings=settings, release=release, targets=targets,
        utility=_best(by["utility"], found["utility"], level), leakage=_best(by["privacy"], found["privacy"], level),
        privacy_by_attacker=found["privacy"], utility_by_attacker=found["utility"],
        folds=len({f for _, f in runs}), seeds=len({s for s, _ in runs}), missing=tuple(sorted(missing)),
        notes=_notes(records), version=max((r.version for r in records), default=""),
    )  # fmt: skip


def _whole(records: list[Record], runs: set[tuple[int, int]]) -> bool:
    """A number or an honest skip in every fold and seed."""
    return {(r.seed, r.fold) for r in records if _number(r) or r.status == "skipped"} == runs


def _number(record: Record) -> bool:
    """A finite result; NaN is a failure, whatever the status says."""
    return record.status == "ok" and record.value is not None and bool(np.isfinite(record.value))


def _best(cells: dict[str, list[Record]], found: dict[str, Estimate], level: float) -> Estimate | None:
    """The strongest attacker, with an interval that holds for all that were looked at."""
    if not found:
        return None
    best = max(found.values(), key=lambda e: (e.mean, e.attacker))
    return _estimate(best.attacker, cells[best.attacker], stats.bonferroni(level, len(found)))


def _estimate(attacker: str, records: list[Record], level: float) -> Estimate | None:
    """Mean over folds (seeds averaged within a fold) and its Nadeau-Bengio interval.

    With one fold, or without any spread between folds, it is Wilson's on the pooled test rows instead: ten folds of
    100% are no proof of certainty.
    """
    ok = [(r, r.value, r.chance) for r in records if _number(r) and r.value is not None and r.chance is not None]
    if not ok:
        return None
    folds = sorted({r.fold for r, _, _ in ok})
    values = [float(np.mean([v for r, v, _ in ok if r.fold == f])) for f in folds]
    chance = float(np.mean([c for _, _, c in ok]))
    train, test = float(np.mean([r.n_train for r, _, _ in ok])), float(np.mean([r.n_test for r, _, _ in ok]))
    mean, low, high = stats.fold_interval(values, train, test, level)
    return Estimate(attacker, mean, low, high, chance)


def _notes(records: Iterable[Record]) -> tuple[str, ...]:
    """What must be said of these numbers: failures, skips, and fits that did not converge, counted."""
    counts: dict[str, int] = {}
    for r in records:
        if r.reason:
            kind = r.status if r.status != "ok" else "note"
            text = f"{spec(r.attacker, r.attacker_settings)} ({r.role}): {kind}: {r.reason}"
            counts[text] = counts.get(text, 0) + 1
    return tuple(f"{text} [{n}x]" for text, n in sorted(counts.items()))


def columns(rows: Sequence[Row]) -> list[str]:
    """Attackers of any row, by name."""
    return sorted({a for row in rows for a in row.privacy_by_attacker})


def to_markdown(rows: Sequence[Row], notes: Sequence[str] = ()) -> str:
    """One table per dataset, protocol and task, each with its footnotes."""
    parts = []
    for (dataset, protocol, targets), own in sections(rows):
        names = columns(own)
        head = ["defense / release", f"utility ({targets[0]})", f"leakage ({targets[1]})", "chance", *names]
        lines = [f"## {dataset}, {protocol}", "", _pipe(head), _pipe(["---"] * len(head))]
        lines += [_pipe(_cells(row, names)) for row in own]
        parts.append("\n".join([*lines, "", *_footnotes(own, notes)]))
    return "\n\n".join(parts) + "\n" if parts else "No records: nothing has been measured.\n"


def sections(rows: Sequence[Row]) -> list[tuple[tuple[str, str, tuple[str, str]], list[Row]]]:
    """Rows that may be compared with each other: the same dataset, protocol and targets."""
    keys = sorted({(r.dataset, r.protocol, r.targets) for r in rows})
    return [(key, [r for r in rows if (r.dataset, r.protocol, r.targets) == key]) for key in keys]


def _cells(row: Row, names: list[str]) -> list[str]:
    name = row.name if row.complete else f"{row.name} (incomplete)"
    chance = "" if row.leakage is None else f"{100 * row.leakage.chance:.1f}"
    return [name, _headline(row.utility), _headline(row.leakage), chance, *[_short(row, a) for a in names]]


def _headline(e: Estimate | None) -> str:
    if e is None:
        return "missing"
    return f"{100 * e.mean:.1f} [{100 * e.low:.1f}, {100 * e.high:.1f}] {e.attacker}" + (f" {BELOW}" if e.below else "")


def _short(row: Row, attacker: str) -> str:
    e = row.privacy_by_attacker.get(attacker)
    if e is None:
        return "no number" if attacker in row.missing else "–"
    return f"{100 * e.mean:.1f}" + (BELOW if e.below else "") + ("!" if attacker in row.missing else "")


def _footnotes(rows: Sequence[Row], notes: Sequence[str]) -> list[str]:
    first = rows[0]
    looked = len(columns(rows))
    text = [
        f"Accuracy in percent over {_many(first.folds, 'fold')} and {_many(first.seeds, 'seed')}. "
        "Utility and leakage are those of the best "
        "attacker (named), with a 95% Nadeau-Bengio interval over folds, Bonferroni-corrected for the attackers tried "
        f"({looked} at most); further columns: leakage by each attacker. "
        "Chance: the better of guessing and the majority class.",
        "A low number means that these attackers found little, not that nothing is there.",
        *notes,
    ]
    if any(e.below for r in rows for e in r.privacy_by_attacker.values()):
        text.append(f"{BELOW} significantly below chance: information that an attacker can invert, not privacy.")
    lost = [f"{r.name}: {', '.join(r.missing)}" for r in rows if r.missing]
    if lost:
        text.append(
            "Incomplete (some cell failed or was not run; ! marks numbers of the other folds): " + "; ".join(lost) + "."
        )
    for kind, label in (("failed", "Failed"), ("skipped", "Skipped (–)"), ("note", "Said of themselves")):
        said = sorted({n.split(": ", 2)[2].rsplit(" [", 1)[0] for r in rows for n in r.notes if f": {kind}: " in n})
        cells = sum(int(n.rsplit("[", 1)[1][:-2]) for r in rows for n in r.notes if f": {kind}: " in n)
        if said:
            more = f"; and {len(said) - 4} more" if len(said) > 4 else ""
            text.append(f"{label}: {cells} attacks: " + "; ".join(said[:4]) + more + ".")
    return [f"- {line}" for line in text]


def _many(n: int, what: str) -> str:
    return f"{n} {what}" + "s" * (n != 1)


def _pipe(cells: Sequence[str]) -> str:
    return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"


def to_csv(rows: Sequence[Row]) -> str:
    """Long form with full floats: one line per release, role and attacker."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = ["dataset", "protocol", "defense", "settings", "release", "role", "target", "attacker"]
    writer.writerow([*head, "mean", "ci_low", "ci_high", "chance", "below_chance", "complete"])
    for row in rows:
        for role, target, found in (
            ("utility", row.targets[0], row.utility_by_attacker),
            ("privacy", row.targets[1], row.privacy_by_attacker),
        ):
            for e in found.values():
                about = [row.dataset, row.protocol, row.defense, row.settings, row.release, role, target, e.attacker]
                writer.writerow([*about, e.mean, e.low, e.high, e.chance, e.below, e.attacker not in row.missing])
    return text.getvalue()


def to_latex(rows: Sequence[Row]) -> str:
    """A booktabs table: defense, utility, leakage, chance. Needs \\usepackage{booktabs}."""
    lines = []
    for (dataset, protocol, targets), own in sections(rows):
        lines += [rf"% {_tex(dataset)}, {protocol}", r"\begin{tabular}{llll}", r"\toprule"]
        head = ["Defense", f"Utility ({targets[0]}) [\\%]", f"Leakage ({targets[1]}) [\\%]", r"Chance [\%]"]
        lines += [" & ".join(head) + r" \\", r"\midrule"]
        lines += [" & ".join(_tex(c) for c in _cells(row, [])) + r" \\" for row in own]
        lines += [r"\bottomrule", r"\end{tabular}", ""]
    return "\n".join(lines) if lines else "% No records.\n"


def _tex(text: str) -> str:
    for plain, escaped in (("\\", r"\textbackslash{}"), ("_", r"\_"), ("%", r"\%"), ("&", r"\&"), ("#", r"\#")):
        text = text.replace(plain, escaped)
    return text.replace(BELOW, r"$\downarrow$").replace("–", "--")
