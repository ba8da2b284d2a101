"""Leakage against what the attacker may spend: pictures of each person, and training.

Has it levelled off? Until it has, a number says how long the attacker was given, not what leaks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .. import registry, suite, text
from ..metrics import intervals
from ..records import Record, RecordTable, Run
from ..runner import controls
from ..runner.request import Request
from .estimates import LEVEL, estimate

SHARES = (0.125, 0.25, 0.5)  # of each person's pictures, beside all of them
EFFORTS = (0.25, 0.5, 2.0)  # times the training that an attacker does by itself
SPENT = ("epochs", "rounds")  # settings that say how long an attacker trains
FLAT = 0.05  # accuracy: a last step that is surely smaller has levelled off
UNITS = "Leakage in percent (amount: pictures of a person, or epochs or rounds of training)."


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

    @property
    def curve(self) -> _Curve:
        """Which curve it lies on."""
        return _Curve(self.defense, self.settings, self.release, self.attacker, self.kind)


@dataclass(frozen=True, order=True)
class _Curve:
    defense: str
    settings: str
    release: str
    attacker: str
    kind: str


COLUMNS = [f.name for f in dataclasses.fields(Point)]
Steps = Mapping[float, Sequence[Record]]  # amount, or share of the pictures -> records


def request(asked: Request) -> Request:
    """The run whose records hold the curves.

    Every attacker with more and with less training, and on fewer pictures.
    """
    every: list[str] = []
    for spec in asked.attacker:
        for member in suite.members(spec, asked.protocol):
            every += _efforts(member)
    return replace(asked, attacker=tuple(every), shares=SHARES)


def _efforts(member: str) -> list[str]:
    """The SPECs that a SPEC stands for and, of those that train in steps, of other budgets."""
    specs: list[str] = []
    for spec, attacker in registry.sweep("attackers", member):
        specs += [spec, *_other_efforts(spec, attacker)]
    return specs


def _other_efforts(spec: str, attacker: Any) -> list[str]:
    setting = _setting(attacker)
    if setting is None:
        return []
    whole = getattr(attacker, setting)
    amounts = [max(1, round(effort * whole)) for effort in EFFORTS]
    return [_with(spec, attacker, setting, amount) for amount in amounts]


def _with(spec: str, attacker: Any, setting: str, amount: Any) -> str:
    """The SPEC of the attacker with this amount."""
    name, _, _ = spec.partition(":")
    return registry.canonical(name, replace(attacker, **{setting: amount}))


def _setting(attacker: Any) -> str | None:
    """The setting that says how long this attacker trains, if it trains in steps."""
    return next((name for name in SPENT if hasattr(attacker, name)), None)


def curves(table: RecordTable, people: int) -> list[Point]:
    """All points, in the order of release, attacker, kind and amount.

    table: with the controls that learnt from fewer pictures. people: among whom the pictures are
    divided.
    """
    by_curve: dict[_Curve, dict[float, list[Record]]] = {}
    for curve, amount, r in _placed(table):
        by_curve.setdefault(curve, {}).setdefault(amount, []).append(r)
    points: list[Point] = []
    for curve in sorted(by_curve):
        points += _points(curve, by_curve[curve], people)
    return points


def _placed(table: RecordTable) -> Iterator[tuple[_Curve, float, Record]]:
    """(curve, amount, record) of every number; a record may lie on two curves."""
    looked = table.privacy.real_attackers.of_metric("accuracy")
    measured = [r for r in looked if r.value is not None]
    fewer = [r for r in looked.controls if _learnt_from_fewer(r)]
    specs = {r.attacker_spec for r in (*measured, *fewer)}
    budgets = {spec: _budget(spec) for spec in specs}
    for r in measured:
        plain, amount = budgets[r.attacker_spec]
        if amount is not None:
            yield _curve(r, plain, "training"), amount, r
        if plain == r.attacker_spec:
            yield _curve(r, plain, "rows"), 1.0, r
    for r in fewer:
        plain, _ = budgets[r.attacker_spec]
        if plain == r.attacker_spec:
            share = r.control.removeprefix(controls.FEWER)
            yield _curve(r, plain, "rows"), float(share), r


def _learnt_from_fewer(r: Record) -> bool:
    return r.control.startswith(controls.FEWER) and r.value is not None and not r.is_ignorant


def _curve(r: Record, attacker: str, kind: str) -> _Curve:
    return _Curve(r.defense, r.settings, r.release, attacker, kind)


def _budget(spec: str) -> tuple[str, float | None]:
    """(SPEC with the attacker's default budget, its own budget or None)."""
    attacker = registry.build("attackers", spec)
    setting = _setting(attacker)
    if setting is None:
        return spec, None
    defaults = {f.name: f.default for f in dataclasses.fields(attacker)}
    plain = _with(spec, attacker, setting, defaults[setting])
    return plain, float(getattr(attacker, setting))


def _points(curve: _Curve, steps: Steps, people: int) -> list[Point]:
    places = sorted(steps)
    points = [_point(curve, place, steps[place], people) for place in places]
    if len(places) > 1:
        before, last = places[-2:]
        end = _end(steps[before], steps[last])
        points[-1] = replace(points[-1], end=end)
    return points


def _point(curve: _Curve, place: float, records: Sequence[Record], people: int) -> Point:
    e = estimate(curve.attacker, records)
    assert e is not None
    pictures = sum(r.n_train_sources for r in records) / len(records)
    return Point(
        **dataclasses.asdict(curve),
        amount=pictures / people if curve.kind == "rows" else place,
        leakage=e.mean,
        ci_low=e.low,
        ci_high=e.high,
        chance=e.chance,
        end="",
    )


def _end(before: Iterable[Record], last: Iterable[Record]) -> str:
    """Whether the last step still raised the leakage, paired over the folds that both have."""
    after = {r.run: r for r in last}
    earlier = {r.run: r for r in before}
    runs = sorted(after.keys() & earlier.keys())
    if len(runs) < 2:
        return "cannot be told"
    n_train = [after[run].n_train_sources for run in runs]
    n_test = [after[run].n_test_sources for run in runs]
    _, low, high, _ = intervals.corrected_paired(
        _values(after, runs), _values(earlier, runs), n_train, n_test, LEVEL
    )
    if high < FLAT:
        return "level"
    return "rising" if low > 0 else "cannot be told"


def _values(records: Mapping[Run, Record], runs: Sequence[Run]) -> list[float]:
    return [float(records[run].value or 0.0) for run in runs]


def to_csv(points: Iterable[Point]) -> str:
    """budget.csv: a row for each point, full floats."""
    return text.to_csv(COLUMNS, [dataclasses.asdict(point) for point in points])


def to_markdown(points: Iterable[Point]) -> str:
    """A line for each curve: its smallest and largest amount, and whether it has levelled off."""
    by_curve: dict[_Curve, list[Point]] = {}
    for point in points:
        by_curve.setdefault(point.curve, []).append(point)
    head = ("release", "attacker", "more", "from", "to", "at the end")
    cells = [_cells(curve, own) for curve, own in by_curve.items()]
    return "\n".join([*text.markdown_table(head, cells), "", UNITS]) + "\n"


def _cells(curve: _Curve, points: Sequence[Point]) -> tuple[str, ...]:
    defense = f"{curve.defense}:{curve.settings}" if curve.settings else curve.defense
    first = points[0]
    last = points[-1]
    name = f"{defense} / {curve.release}"
    return name, curve.attacker, curve.kind, _amount(first), _amount(last), last.end


def _amount(point: Point) -> str:
    return f"{100 * point.leakage:.1f}% ({point.amount:g})"
