"""Who pays: leakage of each person, and utility of each class, behind the averages.

A person is exposed if the attacker names them more often where they are than where they are not: an
attacker that always predicts one person exposes none. The attacker of a row is the one that was
best on the other half of the pictures, so that choosing it flatters no one; p values are corrected
for the number of people (Holm).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats as distributions

from .. import text
from ..metrics import intervals
from ..metrics.certify import halves, share
from ..records import Record, RecordTable
from ..types import Array
from . import by_row
from .predicted import Predicted, predicted_once
from .test_rows import Runs

LEVEL = 0.95
TENTH = "(most exposed tenth)"
COLLAPSED = 0.5  # of the average: a class whose upper limit lies below it has collapsed


@dataclass(frozen=True)
class Line:
    """One class of one label of one release; a row of exposure.csv.

    rows: its independent pictures; one with several rows counts once, with their most frequent
    prediction. rate: share of them that are predicted right, with an interval corrected for the
    number of classes. elsewhere: share of the others' rows that are taken for it. p: Holm-adjusted,
    one-sided, that it is not named more often at home. flag: `exposed` (a person), `collapsed` (a
    class of the utility label) or nothing. The line TENTH is of the tenth of the people that is
    named most often on one half of the pictures, measured on the other.
    """

    role: str
    target: str
    defense: str
    settings: str
    release: str
    name: str
    rows: int
    rate: float
    ci_low: float
    ci_high: float
    elsewhere: float | None
    p: float | None
    flag: str


COLUMNS = [f.name for f in dataclasses.fields(Line)]
Group = tuple[str, str, str, str]  # role, defense, settings, release


def exposure(table: RecordTable, runs: Runs) -> list[Line]:
    """Every person and class of each release with a number in every fold, most exposed first.

    Attackers that have only learnt from raw data do not count.
    """
    groups: dict[Group, list[Record]] = {}
    for r in by_row.with_predictions(table.of_runs(runs)):
        group = (r.role, r.defense, r.settings, r.release)
        groups.setdefault(group, []).append(r)
    lines = []
    for _, records in sorted(groups.items()):
        lines += _lines(RecordTable.of(records), runs)
    return lines


def _lines(records: RecordTable, runs: Runs) -> list[Line]:
    """The lines of one release and one role."""
    attackers = list(records.in_every(runs).values())
    if not attackers:
        return []
    predicted = predicted_once(attackers, runs)
    lines = _of_classes(predicted)
    return [*lines, _tenth(predicted)] if predicted.private else lines


def _of_classes(predicted: Predicted) -> list[Line]:
    """A line for each class, the most exposed first."""
    truth = predicted.truth
    prediction = predicted.prediction
    classes = np.unique(truth)
    right = truth[truth == prediction]
    rows = _counts(truth, classes)
    taken = _counts(prediction, classes)
    home = _counts(right, classes)
    tails = distributions.hypergeom.sf(home - 1, len(truth), rows, taken)
    p = intervals.holm(tails.clip(0, 1)).tolist()
    others = np.maximum(len(truth) - rows, 1)
    elsewhere = ((taken - home) / others).tolist()
    rate = (home / rows).tolist()
    level = intervals.bonferroni(LEVEL, len(classes))
    lines = []
    for i, c in enumerate(classes):
        limits = intervals.clopper_pearson(float(home[i]), float(rows[i]), level)
        line = _line(predicted, predicted.names[c], int(rows[i]), rate[i], limits)
        line = dataclasses.replace(line, elsewhere=elsewhere[i], p=p[i])
        flag = _flag(line, predicted)
        lines.append(dataclasses.replace(line, flag=flag))
    return sorted(lines, key=_least_exposed)


def _counts(values: Array, classes: Array) -> Array:
    """(K,) how many of the values (n,) are each of K classes."""
    return np.array([(values == c).sum() for c in classes])


def _flag(line: Line, predicted: Predicted) -> str:
    if predicted.private:
        surely = line.p is not None and line.p < 1 - LEVEL
        return "exposed" if surely else ""
    right = predicted.truth == predicted.prediction
    average = float(right.mean())
    return "collapsed" if line.ci_high < COLLAPSED * average else ""


def _least_exposed(line: Line) -> tuple[float, str]:
    return (line.elsewhere or 0) - line.rate, line.name


def _line(
    predicted: Predicted, name: str, rows: int, rate: float, limits: tuple[float, float]
) -> Line:
    about = predicted.about
    low, high = limits
    return Line(
        role=about.role,
        target=about.target,
        defense=about.defense,
        settings=about.settings,
        release=about.release,
        name=name,
        rows=rows,
        rate=rate,
        ci_low=low,
        ci_high=high,
        elsewhere=None,
        p=None,
        flag="",
    )


def _tenth(predicted: Predicted) -> Line:
    """Chosen and measured on different pictures: a lucky person is no exposed one."""
    truth = predicted.truth
    source = predicted.source
    half = halves(source, 1)
    used = np.zeros(len(truth), bool)
    elsewhere = []
    for own in (half, ~half):
        most = _most_exposed(predicted, ~own)
        used |= own & np.isin(truth, most)
        elsewhere += [predicted.taken_for(c, (truth != c) & own) for c in most]
    if not used.any():
        return _line(predicted, TENTH, 0, float("nan"), (0.0, 1.0))
    right = (truth == predicted.prediction)[used].astype(float)
    limits = share(right, source[used], LEVEL)
    rate = float(right.mean())
    line = _line(predicted, TENTH, int(used.sum()), rate, limits)
    return dataclasses.replace(line, elsewhere=float(np.mean(elsewhere)))


def _most_exposed(predicted: Predicted, rows: Array) -> Array:
    """The tenth of the people that is named most often in these rows (n,) bool, at home or not."""
    truth = predicted.truth
    classes = np.unique(truth)
    gaps = []
    for c in classes:
        home = predicted.taken_for(c, (truth == c) & rows)
        elsewhere = predicted.taken_for(c, (truth != c) & rows)
        gaps.append(home - elsewhere)
    tenth = round(len(classes) / 10)
    most = np.argsort(gaps)[-max(1, tenth) :]
    return classes[most]


def to_csv(lines: Iterable[Line]) -> str:
    """exposure.csv: a row for each line."""
    rows = [dataclasses.asdict(line) for line in lines]
    return text.to_csv(COLUMNS, rows)


def sentences(lines: Iterable[Line]) -> list[str]:
    """How many people of each release are exposed, the worst, and classes that collapsed."""
    groups: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        group = (line.role, line.target, line.defense, line.settings, line.release)
        groups.setdefault(group, []).append(line)
    found = []
    for (role, _, defense, settings, release), own in groups.items():
        spec = f"{defense}:{settings}" if settings else defense
        sentence = _of_people(own) if role == "privacy" else _of_collapsed(own)
        if sentence:
            found.append(f"{spec} / {release}: {sentence}")
    return found


def _of_people(own: Sequence[Line]) -> str:
    tenth = own[-1]
    exposed = [line for line in own if line.flag]
    people = len(own) - 1
    many = f"{len(exposed)} of {people} {tenth.target} classes are exposed"
    return f"{many}; the most exposed tenth {_of_tenth(tenth)}."


def _of_tenth(tenth: Line) -> str:
    if math.isnan(tenth.rate):
        why = "too few pictures of a person to choose on some and test on others"
        return f"cannot be told: {why}"
    limits = f"[{100 * tenth.ci_low:.0f}, {100 * tenth.ci_high:.0f}]"
    elsewhere = tenth.elsewhere or 0.0
    there = f"is named in {tenth.rate:.0%} of its rows {limits}"
    return f"{there} and in {elsewhere:.0%} of the others'"


def _of_collapsed(own: Sequence[Line]) -> str:
    """Empty where no class collapsed."""
    collapsed = [line for line in own if line.flag]
    if not collapsed:
        return ""
    shown = [f"{line.name} ({line.rate:.0%})" for line in collapsed]
    return f"{own[0].target} collapsed for " + ", ".join(shown)
