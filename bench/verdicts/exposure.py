"""Who pays: leakage of each person, and utility of each class, behind the averages.

A person is exposed if the adversary names him more often where he is than where he is not: one who
always gives the same name exposes nobody. The adversary of a row is the one that was best on the
other half of the pictures, so that choosing it flatters nobody; p values are corrected for the
number of people (Holm).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats as distributions

from .. import text as sheet
from ..metrics import intervals
from ..metrics.certify import halves, share
from ..runner import row_text
from ..types import Array, Record, Runs

LEVEL = 0.95
TENTH = "(most exposed tenth)"
COLLAPSED = 0.5  # of the average: a class whose upper limit lies below it has collapsed


@dataclass(frozen=True)
class Line:
    """One class of one label of one release; a row of exposure.csv.

    rows: its independent pictures; one with several rows counts once, with their most frequent
    answer.
    rate: share of them that are named right, with an interval corrected for the number of classes.
    elsewhere: share of the others' rows that get its name. p: Holm-adjusted, one-sided, that it is
    not named more often at home. flag: `exposed` (a person), `collapsed` (a class of the utility
    label) or nothing. The line TENTH is of the tenth of the people that is named most often on one
    half of the pictures, measured on the other.
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


def exposure(records: Sequence[Record], runs: Runs) -> list[Line]:
    """Every person and every class of each release that has a number in every fold, the most exposed first."""
    groups: dict[tuple[str, str, str, str], list[Record]] = {}
    for r in records:
        looked = r.answers and r.metric == "accuracy" and r.attacker != "majority"
        if looked and not r.control and (r.seed, r.fold) in runs:
            groups.setdefault((r.role, r.defense, r.settings, r.release), []).append(r)
    return [line for key in sorted(groups) for line in _lines(groups[key], runs)]


def _lines(records: list[Record], runs: Runs) -> list[Line]:
    keys = sorted(runs)
    by: dict[str, dict[tuple[int, int], Record]] = {}
    for r in records:
        by.setdefault(r.attacker_spec, {})[r.seed, r.fold] = r
    whole = [rs for rs in by.values() if set(rs) >= set(keys)]
    if not whole:
        return []
    source = np.concatenate([runs[key].source for key in keys])
    credits = np.array(
        [np.concatenate([row_text.read(rs[key].hits) for key in keys]) for rs in whole]
    )
    answers = np.array(
        [np.concatenate([row_text.read_classes(rs[key].answers) for key in keys]) for rs in whole]
    )
    first, run = records[0], runs[keys[0]]
    private = first.role == "privacy"
    truth = np.concatenate(
        [_truth(runs[key].person if private else runs[key].served) for key in keys]
    )
    truth, named, source = _once(truth, cross_fitted(credits, answers, source), source)
    judged = _judged(first, truth, named, run.people if private else run.classes)
    return [*judged, _tenth(first, truth, named, source)] if private else judged


def _once(truth: Array, named: Array, source: Array) -> tuple[Array, Array, Array]:
    """(class, most frequent answer, source) of each class of each source: frames, or seeds, are no further evidence."""
    both = np.stack([source, truth])
    _, first, group = np.unique(both, axis=1, return_index=True, return_inverse=True)
    votes = np.zeros((len(first), int(max(named.max(), truth.max())) + 1), int)
    np.add.at(votes, (group.reshape(-1), named), 1)
    return truth[first], votes.argmax(1), source[first]


def cross_fitted(credits: Array, answers: Array, source: Array) -> Array:
    """(n,) the answer to each row of the adversary that earned most on the other half of the sources."""
    half, said = halves(source, 0), np.empty(answers.shape[1], answers.dtype)
    for own in (half, ~half):
        rest = credits[:, ~own] if (~own).any() else credits
        said[own] = answers[int(rest.mean(1).argmax()), own]
    return said


def _judged(about: Record, truth: Array, named: Array, names: tuple[str, ...]) -> list[Line]:
    found, classes = [], np.unique(truth)
    level = intervals.bonferroni(LEVEL, len(classes))
    home, rows, said = (
        np.array([f(c).sum() for c in classes])
        for f in (
            lambda c: (named == c) & (truth == c),
            lambda c: truth == c,
            lambda c: named == c,
        )
    )
    p = intervals.holm(distributions.hypergeom.sf(home - 1, len(truth), rows, said).clip(0, 1))
    elsewhere = (said - home) / np.maximum(len(truth) - rows, 1)
    average, private = float((truth == named).mean()), about.role == "privacy"
    for i, c in enumerate(classes):
        low, high = intervals.clopper_pearson(float(home[i]), float(rows[i]), level)
        flag = "exposed" if private and p[i] < 1 - LEVEL else ""
        flag = "collapsed" if not private and high < COLLAPSED * average else flag
        numbers = float(home[i] / rows[i]), low, high, float(elsewhere[i]), float(p[i])
        found.append(_line(about, names[c], int(rows[i]), *numbers, flag))
    return sorted(found, key=lambda line: ((line.elsewhere or 0) - line.rate, line.name))


def _line(about: Record, name: str, rows: int, *numbers: Any) -> Line:
    return Line(
        about.role, about.target, about.defense, about.settings, about.release, name, rows, *numbers
    )


def _tenth(about: Record, truth: Array, named: Array, source: Array) -> Line:
    """Chosen and measured on different pictures, so that a lucky person is not counted as an exposed one."""
    classes, half = np.unique(truth), halves(source, 1)
    many, used, other = max(1, round(len(classes) / 10)), np.zeros(len(truth), bool), []
    for own in (half, ~half):
        gaps = [
            _rate(named, truth == c, c, ~own) - _rate(named, truth != c, c, ~own) for c in classes
        ]
        worst = classes[np.argsort(gaps)[-many:]]
        used |= own & np.isin(truth, worst)
        other += [_rate(named, truth != c, c, own) for c in worst]
    if not used.any():
        return _line(about, TENTH, 0, float("nan"), 0.0, 1.0, None, None, "")
    right = (truth == named)[used].astype(float)
    low, high = share(right, source[used], LEVEL)
    return _line(
        about,
        TENTH,
        int(used.sum()),
        float(right.mean()),
        low,
        high,
        float(np.mean(other)),
        None,
        "",
    )


def _rate(named: Array, rows: Array, c: int, half: Array) -> float:
    """Share of the rows (n,) bool of one half that get the name c."""
    return float((named[rows & half] == c).mean()) if (rows & half).any() else 0.0


def to_csv(lines: Sequence[Line]) -> str:
    return sheet.to_csv(COLUMNS, (dataclasses.asdict(line) for line in lines))


def sentences(lines: Sequence[Line]) -> list[str]:
    """What a reader should know: how many people are exposed, the worst of them, and classes that collapsed."""
    groups: dict[tuple[str, str, str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.role, line.defense, line.settings, line.release), []).append(line)
    text = []
    for (role, defense, settings, release), own in groups.items():
        name = f"{defense}:{settings} / {release}" if settings else f"{defense} / {release}"
        marked = [line for line in own if line.flag]
        if role == "privacy":
            worst = own[-1]
            numbers = (worst.rate, worst.ci_low, worst.ci_high, worst.elsewhere or 0.0)
            rate, low, high, elsewhere = (f"{100 * share:.0f}" for share in numbers)
            tenth = f"is named in {rate}% of its rows [{low}, {high}] and in {elsewhere}% of the others'"
            if math.isnan(worst.rate):
                tenth = "cannot be told: too few pictures of a person to choose on some and test on others"
            text.append(
                f"{name}: {len(marked)} of {len(own) - 1} {worst.target} classes are exposed; the most exposed tenth "
                f"{tenth}."
            )
        elif marked:
            text.append(
                f"{name}: {own[0].target} collapsed for "
                + ", ".join(f"{m.name} ({100 * m.rate:.0f}%)" for m in marked)
            )
    return text


def _truth(classes: Array | None) -> Array:
    return np.zeros(0, np.int64) if classes is None else classes
