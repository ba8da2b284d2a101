"""Records -> which releases differ beyond chance, ranks with ties where the data cannot tell, and how good a front is.

Complete releases of one section are compared fold by fold, because one fold is harder than another
for all of them. What a release is worth in a fold is said by an attacker that was chosen on other
folds: see `crossfit`. The means therefore differ a little from those of the table, whose attacker
is the best of all folds.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from .. import seeds
from ..metrics import intervals, pareto
from ..report import tables
from ..types import Array, Record
from . import crossfit, summary
from .crossfit import Series

ROLES = ("privacy", "utility")
LEVEL = 0.95
DRAWS = 1000
WORST = (1.0, 1.0)  # everything is leaked, and nothing is served


@dataclass(frozen=True)
class Standing:
    """The rank of one release in one role: 1 + the number of releases that are significantly better.

    value: mean over the folds, in [0, 1]. Which releases can be told apart is not transitive: of
    three, the first and the last may differ, while the one between them shares the first rank.
    """

    role: str
    target: str
    name: str
    value: float
    rank: int
    kind: str = "rank"


@dataclass(frozen=True)
class Difference:
    """One pair of releases in one role: value is the mean over the folds of `name` - `other`, in [-1, 1] ([-2, 2] for
    concordance).

    p: two-sided, of this pair alone; p_holm: adjusted for all pairs of this role and section. The
    limits hold for all of these pairs together (Bonferroni), which is a little stricter than Holm.
    """

    role: str
    target: str
    name: str
    other: str
    value: float
    ci_low: float
    ci_high: float
    p: float
    p_holm: float
    kind: str = "difference"

    @property
    def told_apart(self) -> bool:
        return self.p_holm <= 1 - LEVEL

    @property
    def worse(self) -> str:
        """Who leaks more, or serves less."""
        return self.name if (self.value > 0) == (self.role == "privacy") else self.other


@dataclass(frozen=True)
class Volume:
    """Hypervolume of the releases' (leakage, 1 - utility), in [0, 1], with its interval: see `volume`."""

    value: float
    ci_low: float
    ci_high: float
    kind: str = "hypervolume"


Line = Standing | Difference | Volume
COLUMNS = (
    "kind", "dataset", "protocol", "role", "target", "name", "other", "value", "ci_low", "ci_high", "p", "p_holm",
    "rank", "folds", "seeds", "plan",
)  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """One section: its lines, over how many folds and seeds, and the releases that could not be compared.

    Without two folds of one seed folds and seeds are 0, and there are no lines.
    """

    section: summary.Section
    folds: int
    seeds: int
    standings: tuple[Standing, ...]
    differences: tuple[Difference, ...]
    volume: Volume | None
    left_out: tuple[str, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        return (*self.standings, *self.differences, *([self.volume] if self.volume else []))


def compare(records: Sequence[Record], *, roles: Sequence[str] = ROLES) -> list[Comparison]:
    """The comparison of each section, in the order of the summary; ranks and differences of the given roles.

    An incomplete release has no rank, as in the leaderboard: missing is not private.
    """
    records = summary.informed(records)
    return [
        _compared(section, rows, records, roles)
        for section, rows in summary.sections(summary.rows(records))
    ]


def _compared(
    section: summary.Section,
    rows: Sequence[summary.Row],
    records: Sequence[Record],
    roles: Sequence[str],
) -> Comparison:
    about = section.plan, section.dataset, section.protocol
    own = crossfit.usable([r for r in records if (r.plan, r.dataset, r.protocol) == about])
    keys = crossfit.keys(own)
    series = {row.name: both for row in rows if row.complete and (both := _both(row, own, keys))}
    standings, differences = [], []
    for role in roles:
        target = section.targets[0] if role == "utility" else section.targets[1]
        one = {name: both[role] for name, both in series.items()}
        found = _differences(role, target, one)
        differences += found
        standings += _standings(role, target, one, found)
    return Comparison(
        section,
        len({fold for _, fold in keys}),
        len({seed for seed, _ in keys}),
        tuple(standings),
        tuple(differences),
        volume([(both["privacy"], both["utility"]) for both in series.values()])
        if series
        else None,
        tuple(row.label for row in rows if row.name not in series),
    )


def _both(
    row: summary.Row, records: Sequence[Record], keys: Sequence[crossfit.Key]
) -> dict[str, Series]:
    """{role: series} of a release; empty if one of them is not to be had."""
    name = row.defense, row.settings, row.release
    own = [r for r in records if (r.defense, r.settings, r.release) == name]
    found = {
        role: crossfit.cross_fitted([r for r in own if r.role == role], keys) for role in ROLES
    }
    whole = {role: one for role, one in found.items() if one is not None}
    return whole if len(whole) == len(ROLES) else {}


def _differences(role: str, target: str, series: Mapping[str, Series]) -> list[Difference]:
    pairs = list(combinations(series, 2))
    level = intervals.bonferroni(LEVEL, max(len(pairs), 1))
    tested = [_tested(series[name], series[other], level) for name, other in pairs]
    adjusted = intervals.holm([p for *_, p in tested])
    return [
        Difference(role, target, *pair, *numbers, p_holm=float(p))
        for pair, numbers, p in zip(pairs, tested, adjusted, strict=True)
    ]


def _tested(a: Series, b: Series, level: float) -> tuple[float, float, float, float]:
    """(mean, low, high, p) of a - b."""
    mean, low, high, p = intervals.corrected_paired(
        a.values, b.values, a.n_train, a.n_test, level, rows=a.rows
    )
    most = 1.0 if a.rows else 2.0  # concordance is at least -1
    return mean, max(low, -most), min(high, most), p


def _standings(
    role: str, target: str, series: Mapping[str, Series], differences: Sequence[Difference]
) -> list[Standing]:
    behind = Counter(d.worse for d in differences if d.told_apart)
    found = [
        Standing(role, target, name, float(s.values.mean()), 1 + behind[name])
        for name, s in series.items()
    ]
    sign = 1 if role == "privacy" else -1
    return sorted(found, key=lambda s: (s.rank, sign * s.value, s.name))


def volume(releases: Sequence[tuple[Series, Series]]) -> Volume:
    """Hypervolume of the points (leakage, 1 - utility) below (1, 1), of the (privacy, utility) of each release.

    Leakage counts from chance upwards, as in the leaderboard. Interval: percentiles of 1000 draws
    of the folds with replacement (Efron and Tibshirani 1993, chapter 13). It does not cover that
    folds share training rows, so that it is too narrow, and more so with few folds; nor which
    attackers were tried; nor that a front is made of the luckiest points. Of eight releases with
    one true point the volume was 0.46 instead of 0.42 over ten simulated folds, and the interval
    never held the truth; of one release, or of three that stand apart, it did in 94% and 87% of the
    trials.
    """
    leak, chance, use = (
        np.stack(part)
        for part in zip(
            *((leaks.values, leaks.chance, serves.values) for leaks, serves in releases),
            strict=True,
        )
    )  # (releases, J)

    def of(folds: Array) -> float:
        leakage = np.maximum(leak[:, folds].mean(1), chance[:, folds].mean(1))
        return pareto.hypervolume(np.stack([leakage, 1 - use[:, folds].mean(1)], axis=1), WORST)

    many = leak.shape[1]
    rng = np.random.default_rng(seeds.stream(0, "compare", "hypervolume"))
    drawn = [of(folds) for folds in rng.integers(many, size=(DRAWS, many))]
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Volume(of(np.arange(many)), float(low), float(high))


def to_csv(found: Sequence[Comparison]) -> str:
    """One line per rank, difference and hypervolume, told apart by the column `kind`; full floats."""
    text = io.StringIO()
    writer: Any = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for c in found:
        about = {
            "dataset": c.section.dataset,
            "protocol": c.section.protocol,
            "plan": c.section.plan,
        }
        about |= {"folds": str(c.folds), "seeds": str(c.seeds)}
        writer.writerows(about | dataclasses.asdict(line) for line in c.lines)
    return text.getvalue()


def to_markdown(found: Sequence[Comparison]) -> str:
    """For each section and role the ranks, then the pairs; then the hypervolume, and what all this means."""
    return (
        "\n\n".join(_text(c) for c in found) + "\n"
        if found
        else "No records: nothing has been measured.\n"
    )


def _text(c: Comparison) -> str:
    lines = [f"## {tables.title(c.section)}", ""]
    for role in dict.fromkeys(s.role for s in c.standings):
        lines += _role(
            [s for s in c.standings if s.role == role], [d for d in c.differences if d.role == role]
        )
    return "\n".join([*lines, *(f"- {text}" for text in _footnotes(c))])


def _role(standings: Sequence[Standing], differences: Sequence[Difference]) -> list[str]:
    first = standings[0]
    what = f"{'leakage' if first.role == 'privacy' else 'utility'} ({first.target})"
    lines = [_pipe("rank", "release", what), _pipe(*["---"] * 3)]
    lines += [_pipe(str(s.rank), s.name, f"{100 * s.value:.1f}") for s in standings]
    if differences:
        lines += [
            "",
            _pipe("release", "other", f"difference in {what}", "p", "told apart"),
            _pipe(*["---"] * 5),
        ]
    for d in differences:
        number = f"{100 * d.value:+.1f} [{100 * d.ci_low:+.1f}, {100 * d.ci_high:+.1f}]"
        lines.append(
            _pipe(d.name, d.other, number, f"{d.p_holm:.4f}", "yes" if d.told_apart else "no")
        )
    return [*lines, ""]


def _footnotes(c: Comparison) -> list[str]:
    if not c.folds:
        return [
            "Nothing to compare: that takes two folds of one seed, to choose an attacker on and to test it."
        ]
    text = []
    if c.volume:
        v = c.volume
        text += [
            f"Accuracy in percent (of a continuous label: CCC x 100), {c.folds} folds, {c.seeds} "
            f"seed{'s' * (c.seeds != 1)}; in each fold that of the "
            "attacker that was best in the other half of the folds, so that choosing it flatters nobody.",
            "Rank: 1 + the number of releases that are significantly better (corrected resampled t test over folds, "
            "p by Holm for all pairs, 5%; intervals by Bonferroni). A shared rank means that these folds cannot tell, "
            "not that the releases are equal.",
            f"Hypervolume of (leakage, 1 - utility) up to (1, 1): {v.value:.3f} [{v.ci_low:.3f}, {v.ci_high:.3f}], by "
            "a bootstrap over the folds. It does not know that they share training rows, so it is too narrow; and "
            "where many releases are alike, the luckiest of them make the front, so both ends are too high.",
        ]
    if c.left_out:
        text.append("No number that could be compared: " + ", ".join(c.left_out) + ".")
    return text


def _pipe(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
