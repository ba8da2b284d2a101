"""Records -> which releases differ beyond chance, ranks with ties, and how good a front is.

Complete releases of one section are compared fold by fold, because one fold is harder than another
for all of them. What a release is worth in a fold is measured by an attacker that was chosen on
other folds: see `crossfit`. The means therefore differ a little from those of the table, whose
attacker is the strongest of all folds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import text
from ..records import RecordTable, Run
from . import crossfit, summary
from .crossfit import Series
from .hypervolume import Volume, volume
from .standings import Difference, Standing, differences, standings

ROLES = ("privacy", "utility")
COLUMNS = (
    "kind", "dataset", "protocol", "role", "target", "name", "other", "value", "ci_low", "ci_high",
    "p", "p_holm", "rank", "folds", "seeds", "plan",
)  # fmt: skip
NOTHING = "No records: nothing has been measured.\n"
UNPAIRED = (
    "Nothing to compare: that takes two folds of one seed, to choose an attacker on and to test it."
)
RANKS = (
    "Rank: 1 + the number of releases that are significantly better (corrected resampled t test "
    "over folds, p by Holm for all pairs, 5%; intervals by Bonferroni). A shared rank means that "
    "these folds cannot tell, not that the releases are equal."
)

Line = Standing | Difference | Volume
Both = Mapping[str, Series]  # role -> what one release is worth in each fold


@dataclass(frozen=True)
class Comparison:
    """One section: its lines, over how many folds and seeds, and the releases that were left out.

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
        """Ranks, then differences, then the hypervolume if there is one."""
        last = () if self.volume is None else (self.volume,)
        return (*self.standings, *self.differences, *last)


def compare(table: RecordTable, *, roles: Sequence[str] = ROLES) -> list[Comparison]:
    """The comparison of each section, in the order of the summary, of the measurements.

    roles: whose ranks and differences are wanted. An incomplete release has no rank, as in the
    leaderboard: missing is not private.
    """
    by_section = summary.sections(summary.rows(table))
    usable = crossfit.usable(table)
    return [_compared(section, rows, usable, roles) for section, rows in by_section]


def _compared(
    section: summary.Section,
    rows: Sequence[summary.Row],
    table: RecordTable,
    roles: Sequence[str],
) -> Comparison:
    about = section.plan, section.dataset, section.protocol
    own = table.where(lambda r: (r.plan, r.dataset, r.protocol) == about)
    keys = crossfit.keys(own)
    every = {row.name: _both(row, own, keys) for row in rows if row.complete}
    series = {name: both for name, both in every.items() if both}
    ranks: list[Standing] = []
    tested: list[Difference] = []
    for role in roles:
        target = section.targets[0] if role == "utility" else section.targets[1]
        one = {name: both[role] for name, both in series.items()}
        pairs = differences(role, target, one)
        tested += pairs
        ranks += standings(role, target, one, pairs)
    return Comparison(
        section,
        folds=len({fold for _, fold in keys}),
        seeds=len({seed for seed, _ in keys}),
        standings=tuple(ranks),
        differences=tuple(tested),
        volume=_volume(list(series.values())),
        left_out=tuple(row.label for row in rows if row.name not in series),
    )


def _both(row: summary.Row, table: RecordTable, keys: Sequence[Run]) -> Both:
    """What a release is worth in each role; empty if one of them is not to be had."""
    own = table.of_defense(row.defense, row.settings).of_release(row.release)
    privacy = crossfit.cross_fitted(own.privacy, keys)
    utility = crossfit.cross_fitted(own.utility, keys)
    if privacy is None or utility is None:
        return {}
    return {"privacy": privacy, "utility": utility}


def _volume(releases: Sequence[Both]) -> Volume | None:
    """The hypervolume of the releases, None of none."""
    if not releases:
        return None
    return volume([(both["privacy"], both["utility"]) for both in releases])


def to_csv(comparisons: Sequence[Comparison]) -> str:
    """A line per rank, difference and hypervolume, told apart by the column `kind`; full floats."""
    lines: list[Mapping[str, Any]] = []
    for c in comparisons:
        lines += _lines(c)
    return text.to_csv(COLUMNS, lines)


def _lines(c: Comparison) -> Iterator[Mapping[str, Any]]:
    about = {
        "dataset": c.section.dataset,
        "protocol": c.section.protocol,
        "plan": c.section.plan,
        "folds": c.folds,
        "seeds": c.seeds,
    }
    for line in c.lines:
        yield about | dataclasses.asdict(line)


def to_markdown(comparisons: Sequence[Comparison]) -> str:
    """Of each section and role the ranks, then the pairs; then the hypervolume, with footnotes."""
    if not comparisons:
        return NOTHING
    return "\n\n".join(_text(c) for c in comparisons) + "\n"


def _text(c: Comparison) -> str:
    lines = [f"## {c.section.title}", ""]
    for role in dict.fromkeys(s.role for s in c.standings):
        ranks = [s for s in c.standings if s.role == role]
        tested = [d for d in c.differences if d.role == role]
        lines += _role(ranks, tested)
    notes = [f"- {note}" for note in _footnotes(c)]
    return "\n".join([*lines, *notes])


def _role(ranks: Sequence[Standing], tested: Sequence[Difference]) -> list[str]:
    """The table of ranks and, with more than one release, that of the pairs."""
    first = ranks[0]
    word = "leakage" if first.role == "privacy" else "utility"
    quantity = f"{word} ({first.target})"
    cells = [(s.rank, s.name, f"{100 * s.value:.1f}") for s in ranks]
    lines = text.markdown_table(("rank", "release", quantity), cells)
    if tested:
        head = ("release", "other", f"difference in {quantity}", "p", "told apart")
        lines += ["", *text.markdown_table(head, map(_pair, tested))]
    return [*lines, ""]


def _pair(d: Difference) -> tuple[str, ...]:
    """The cells of one pair."""
    number = f"{100 * d.value:+.1f} [{100 * d.ci_low:+.1f}, {100 * d.ci_high:+.1f}]"
    return d.name, d.other, number, f"{d.p_holm:.4f}", "yes" if d.told_apart else "no"


def _footnotes(c: Comparison) -> list[str]:
    if not c.folds:
        return [UNPAIRED]
    notes = []
    if c.volume:
        notes += [_what_is_compared(c), RANKS, _what_is_dominated(c.volume)]
    if c.left_out:
        notes.append("No number that could be compared: " + ", ".join(c.left_out) + ".")
    return notes


def _what_is_compared(c: Comparison) -> str:
    plural = "s" * (c.seeds != 1)
    return (
        f"Accuracy in percent (of a continuous label: CCC x 100), {c.folds} folds, {c.seeds} "
        f"seed{plural}; in each fold that of the attacker that was strongest in the other half of "
        "the folds, so that choosing it flatters no release."
    )


def _what_is_dominated(v: Volume) -> str:
    return (
        f"Hypervolume of (leakage, 1 - utility) up to (1, 1): {v.value:.3f} [{v.ci_low:.3f}, "
        f"{v.ci_high:.3f}], by a bootstrap over the folds. It does not know that they share "
        "training rows, so it is too narrow; and where many releases are alike, the luckiest of "
        "them make the front, so both ends are too high."
    )
