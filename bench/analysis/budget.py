"""Leakage against what the attacker may spend: pictures of each person, and training. Has it levelled off?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .. import registry, suite
from .. import text as sheet
from ..metrics import intervals
from ..runner import controls
from ..runner.session import Request
from ..types import Record
from . import summary

SHARES = (0.125, 0.25, 0.5)  # of each person's pictures, beside all of them
EFFORTS = (0.25, 0.5, 2.0)  # times the training that an attacker does by itself
SPENT = ("epochs", "rounds")  # settings that say how long an attacker trains
LEVEL = 0.95
FLAT = 0.05  # accuracy: a last step that is surely smaller has levelled off


@dataclass(frozen=True)
class Point:
    """Leakage by one attacker for one amount spent; a row of budget.csv.

    kind: `rows` (amount: pictures of a person to learn from, on average) or `training` (epochs, or
    rounds of boosting). end: at the largest amount, whether the curve is `rising`, `level`, or it
    `cannot be told`; else nothing.
    """

    defense: str
    settings: str
    release: str
    attacker: str
    kind: str
    amount: float
    leakage: float
    ci_low: float
    ci_high: float
    chance: float
    end: str


COLUMNS = [f.name for f in dataclasses.fields(Point)]


def request(asked: Request) -> Request:
    """The run whose records hold the curves: every attacker with more and with less training, and on fewer pictures."""
    specs = [member for text in asked.attacker for member in suite.members(text, asked.protocol)]
    every = [
        spec
        for text in specs
        for spec, attacker in registry.sweep("attackers", text)
        for spec in _spent(spec, attacker)
    ]
    return replace(asked, attacker=tuple(every), shares=SHARES)


def _spent(spec: str, attacker: Any) -> list[str]:
    """The SPEC itself and, if it trains in steps, those of other budgets."""
    key = next((key for key in SPENT if hasattr(attacker, key)), None)
    if key is None:
        return [spec]
    whole, name = getattr(attacker, key), spec.partition(":")[0]
    amounts = [max(1, round(effort * whole)) for effort in EFFORTS]
    return [
        spec,
        *(registry.canonical(name, replace(attacker, **{key: amount})) for amount in amounts),
    ]


def curves(records: Sequence[Record], people: int) -> list[Point]:
    """All points, in the order of release, attacker, kind and amount.

    people: among whom the pictures are divided.
    """
    own = [
        r for r in records if r.role == "privacy" and r.metric == "accuracy" and r.value is not None
    ]
    own = [
        r
        for r in own
        if r.attacker != "majority" and (not r.control or r.control.startswith(controls.FEWER))
    ]
    series: dict[tuple[str, ...], dict[float, list[Record]]] = {}
    for r in own:
        about = r.defense, r.settings, r.release
        base, amount = _base(r)
        if amount is not None and not r.control:
            series.setdefault((*about, base, "training"), {}).setdefault(amount, []).append(r)
        if base == r.attacker_spec:
            share = float(r.control.removeprefix(controls.FEWER)) if r.control else 1.0
            series.setdefault((*about, base, "rows"), {}).setdefault(share, []).append(r)
    return [point for key in sorted(series) for point in _points(key, series[key], people)]


def _base(r: Record) -> tuple[str, float | None]:
    """(SPEC with the attacker's own budget, its budget or None)."""
    attacker = registry.build("attackers", r.attacker_spec)
    key = next((key for key in SPENT if hasattr(attacker, key)), None)
    if key is None:
        return r.attacker_spec, None
    default = next(f.default for f in dataclasses.fields(attacker) if f.name == key)
    return registry.canonical(r.attacker, replace(attacker, **{key: default})), float(
        getattr(attacker, key)
    )


def _points(key: tuple[str, ...], by: dict[float, list[Record]], people: int) -> list[Point]:
    found, kind = [], key[-1]
    about: dict[str, Any] = dict(zip(COLUMNS, key, strict=False))
    for place in sorted(by):
        e = summary.estimate(key[3], by[place], LEVEL)
        assert e is not None
        mean = sum(r.n_train_sources for r in by[place]) / len(by[place])
        amount = mean / people if kind == "rows" else place
        numbers: dict[str, Any] = {
            "leakage": e.mean,
            "ci_low": e.low,
            "ci_high": e.high,
            "chance": e.chance,
        }
        found.append(Point(**about, **numbers, amount=amount, end=""))
    end = _end(*(by[place] for place in sorted(by)[-2:])) if len(by) > 1 else ""
    return [*found[:-1], replace(found[-1], end=end)]


def _end(before: list[Record], last: list[Record]) -> str:
    """Whether the last step still raised the leakage, paired over the folds that both have."""
    a, b = ({(r.seed, r.fold): r for r in rs} for rs in (last, before))
    keys = sorted(set(a) & set(b))
    if len(keys) < 2:
        return "cannot be told"
    after, earlier = ([float(of[key].value or 0.0) for key in keys] for of in (a, b))
    train, test = (
        [getattr(a[key], name) for key in keys] for name in ("n_train_sources", "n_test_sources")
    )
    _, low, high, _ = intervals.corrected_paired(after, earlier, train, test, LEVEL)
    return "level" if high < FLAT else "rising" if low > 0 else "cannot be told"


def to_csv(points: Sequence[Point]) -> str:
    return sheet.to_csv(COLUMNS, (dataclasses.asdict(p) for p in points))


def to_markdown(points: Sequence[Point]) -> str:
    """A line for each curve: its smallest and largest amount, and whether it has levelled off."""
    lines = [
        "| release | attacker | more | from | to | at the end |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    groups: dict[tuple[str, ...], list[Point]] = {}
    for p in points:
        groups.setdefault((p.defense, p.settings, p.release, p.attacker, p.kind), []).append(p)
    for (defense, settings, release, attacker, kind), own in groups.items():
        name = (f"{defense}:{settings}" if settings else defense) + f" / {release}"
        ends = [f"{100 * p.leakage:.1f}% ({p.amount:g})" for p in (own[0], own[-1])]
        lines.append(f"| {name} | {attacker} | {kind} | {ends[0]} | {ends[1]} | {own[-1].end} |")
    text = "Leakage in percent (amount: pictures of a person, or epochs or rounds of training)."
    return "\n".join([*lines, "", text]) + "\n"
