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
        """Significantly below chance: information (invert it), never privacy."""
        return self.high < self.chance

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
    groups: dict[tuple[str, ...], list[Record]] = {}
    for r in chosen:
        groups.setdefault((r.dataset, r.protocol, r.defense, r.settings), []).append(r)
    rows = []
    for key in sorted(groups):
        runs = {(r.seed, r.fold) for r in chosen if (r.dataset, r.protocol) == key[:2]}
        attackers = {
            spec(r.attacker, r.attacker_settings) for r in chosen if (r.dataset, r.protocol) == key[:2]
        }
        for release in sorted({r.release for r in groups[key] if r.release} or {""}):
            own = [r for r in groups[key] if r.release in (release, "")]
            rows.append(_row(key, release, own, runs, attackers, level))
    return rows


def _row(
    key: tuple[str, ...], release: str, records: list[Record], runs: set[tuple[int, int]], attackers: set[str], level: float
) -> Row:  # fmt: skip
    by = {
        role: {a: [r for r in records if r.role == role and spec(r.attacker, r.attacker_settings) == a] for a in attackers}
        for role in ("utility", "privacy")
    }
    estimates = {role: {a: _estimate(a, rs, level) for a, rs in cells.items()} for role, cells in by.items()}
    found = {role: {a: e for a, e in sorted(cells.items()) if e is not None} for role, cells in estimates.items()}
    target = {role: next((r.target for r in records if r.role == role), "") for role in by}
    missing = {a for cells in by.values() for a, rs in cells.items() if not _whole(rs, runs)}
    return Row(
        *key, release, (target["utility"], target["privacy"]),
        _best(by["utility"], found["utility"], level), _best(by["privacy"], found["privacy"], level),
        found["privacy"], found["utility"], len({f for _, f in runs}), len({s for s, _ in runs}),
        tuple(sorted(missing)), _notes(records), max((r.version for r in records), default=""),
    )  # fmt: skip


def _whole(records: list[Record], runs: set[tuple[int, int]]) -> bool:
    """A number or an honest skip in every fold and seed."""
    return {(r.seed, r.fold) for r in records if r.status in ("ok", "skipped")} == runs


def _best(cells: dict[str, list[Record]], found: dict[str, Estimate], level: float) -> Estimate | None:
    """The strongest attacker, with an interval that holds for all that were looked at."""
    if not found:
        return None
    best = max(found.values(), key=lambda e: (e.mean, e.attacker))
    return _estimate(best.attacker, cells[best.attacker], stats.bonferroni(level, len(found)))


def _estimate(attacker: str, records: list[Record], level: float) -> Estimate | None:
    """Mean over folds (seeds averaged within a fold) and its Nadeau-Bengio interval.

    With one fold, or without any spread between folds, the interval is Wilson's on the pooled test rows instead:
    ten folds of 100% are no proof of certainty.
    """
    ok = [(r, r.value, r.chance) for r in records if r.status == "ok" and r.value is not None and r.chance is not None]
    if not ok:
        return None
    folds = sorted({r.fold for r, _, _ in ok})
    values = [float(np.mean([v for r, v, _ in ok if r.fold == f])) for f in folds]
    chance = float(np.mean([c for _, _, c in ok]))
    train, test = float(np.mean([r.n_train for r, _, _ in ok])), float(np.mean([r.n_test for r, _, _ in ok]))
    mean, low, high = stats.nadeau_bengio(values, train, test, level)
    if len(folds) == 1 or np.ptp(values) == 0:
        pooled = round(test * len(folds))
        low, high = stats.wilson(mean * pooled, pooled, level)
    return Estimate(attacker, mean, low, high, chance)


def _notes(records: Iterable[Record]) -> tuple[str, ...]:
    """What must be said of these numbers: failures, skips, and fits that did not converge, counted."""
    counts: dict[str, int] = {}
    for r in records:
        if r.reason:
            text = f"{spec(r.attacker, r.attacker_settings)} ({r.role}): {r.status if r.status != 'ok' else 'note'}: {r.reason}"
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
        return "failed" if attacker in row.missing else "–"
    return f"{100 * e.mean:.1f}" + (BELOW if e.below else "") + ("!" if attacker in row.missing else "")


def _footnotes(rows: Sequence[Row], notes: Sequence[str]) -> list[str]:
    first = rows[0]
    looked = len(columns(rows))
    text = [
        f"Accuracy in percent over {first.folds} folds and {first.seeds} seed(s). Utility and leakage are those of the best "
        "attacker (named), with a 95% Nadeau-Bengio interval over folds, Bonferroni-corrected for the attackers tried "
        f"({looked} at most); further columns: leakage by each attacker. Chance: the better of guessing and the majority class.",
        "A low number means that these attackers found little, not that nothing is there.",
        *notes,
    ]
    if any(e.below for r in rows for e in r.privacy_by_attacker.values()):
        text.append(f"{BELOW} significantly below chance: information that an attacker can invert, not privacy.")
    lost = [f"{r.name}: {', '.join(r.missing)}" for r in rows if r.missing]
    if lost:
        text.append("Incomplete (some cell failed or was not run; ! marks numbers of the other folds): " + "; ".join(lost) + ".")
    for kind, label in (("failed", "Failed"), ("skipped", "Skipped (–)"), ("note", "Said of themselves")):
        said = sorted({n.split(": ", 2)[2].rsplit(" [", 1)[0] for r in rows for n in r.notes if f": {kind}: " in n})
        cells = sum(int(n.rsplit("[", 1)[1][:-2]) for r in rows for n in r.notes if f": {kind}: " in n)
        if said:
            more = f"; and {len(said) - 4} more" if len(said) > 4 else ""
            text.append(f"{label}: {cells} attacks: " + "; ".join(said[:4]) + more + ".")
    return [f"- {line}" for line in text]


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


def to_markdown(
    records: Records,
    *,
    metric: str = "accuracy",
    level: float = 0.95,
    synthetic: Collection[str] = (),
    notes: Sequence[str] = (),
) -> str:
    """One table per (dataset, protocol, task), in %, with what must be known to read it below.

    Args:
        records: rows of records.csv.
        metric: which metric of the records.
        level: confidence level of the intervals.
        synthetic: names of the datasets that are synthetic; the titles say so.
        notes: further footnotes.
    """
    parts = []
    for part in _parts(records, metric, level, synthetic):
        lines = [part.header, ["---", "---", *["---:"] * (len(part.header) - 2)], *part.rows]
        table = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
        parts += [f"## {part.title}", "\n".join(table), "\n".join(f"- {line}" for line in [*part.footnotes, *notes])]
    return "\n\n".join(parts or ["No records.", *notes]) + "\n"


def to_latex(
    records: Records,
    *,
    metric: str = "accuracy",
    level: float = 0.95,
    synthetic: Collection[str] = (),
    notes: Sequence[str] = (),
) -> str:
    """The tables of `to_markdown` as LaTeX floats, to be used with `booktabs`; every special character is escaped."""
    parts = []
    for part in _parts(records, metric, level, synthetic):
        head, *body = [" & ".join(map(_tex, line)) + r" \\" for line in (part.header, *part.rows)]
        notes_below = [rf"\par\smallskip\raggedright {_tex(line)}" for line in [*part.footnotes, *notes]]
        tabular = [rf"\begin{{tabular}}{{ll{'r' * (len(part.header) - 2)}}}", r"\toprule", head, r"\midrule", *body]
        close = [r"\bottomrule", r"\end{tabular}", *notes_below, r"\end{table}"]
        opening = [r"\begin{table}", r"\centering\footnotesize", rf"\caption{{{_tex(part.title)}}}"]
        parts.append("\n".join([*opening, *tabular, *close]))
    return "\n\n".join(parts or [_tex(line) for line in ["No records.", *notes]]) + "\n"


class _Part(NamedTuple):
    title: str
    header: list[str]
    rows: list[list[str]]
    footnotes: list[str]


def _parts(records: Records, metric: str, level: float, synthetic: Collection[str]) -> Iterator[_Part]:
    every, attacks, data = summary(records, metric, level), per_attacker(records, metric, level), measured(records, metric)
    for block, table in every.groupby(BLOCK, sort=False) if len(every) else ():
        here = attacks[(attacks[BLOCK] == block).all(axis=1)]
        probes = list(dict.fromkeys(here.probe[here.role == "privacy"]))
        cells = {key: _cell(row) for key, row in zip(zip(*(here[name] for name in ATTACK)), here.itertuples())}
        header = ["defense", "release", "utility (best probe)", "leakage (best adversary)", "chance", *probes]
        rows = [_row(row) + [cells[*row[:7], "privacy", probe] for probe in probes] for row in _tuples(table)]
        below = data[(data[BLOCK] == block).all(axis=1)]
        yield _Part(title(block, synthetic), header, rows, _footnotes(table, below, metric, level))
