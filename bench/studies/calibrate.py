"""The suite's own report card: how much of a planted leak of known size each attacker recovers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from .. import checks, registry, text
from ..metrics import certify
from ..records import Record, RecordTable
from ..runner import row_text
from ..runner.session import Request
from ..toolkit import planted
from ..types import Array, Samples
from ..verdicts.test_rows import Runs, TestRows

KINDS = (
    ("means", 1.0),
    ("means", 2.0),
    ("means", 3.0),
    ("means", 4.0),
    ("covariances", 1.0),
    ("scale-trap", 3.0),
)
PEOPLE = (2, 10, 20, 50)
ROWS = (20, 100)
DIMS = (64, 512)
FOLDS = 2  # so that each attacker learns from half of the rows: twice as many are drawn
SUITE = "certified worst case"
PLUG_IN = "plug-in rule"  # no attacker: it knows the noise exactly and has only the means to learn
HEAD = (
    "leak", "people", "rows each", "dims", "chance", "best possible", "certified [low, high]",
)  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """One planted encoder.

    size: of the leak, in the units of its kind. rows: of each person to learn from.
    """

    kind: str
    size: float
    people: int
    rows: int
    dims: int

    @property
    def dataset(self) -> str:
        """The SPEC of its codes."""
        settings = dataclasses.asdict(self) | {"rows": FOLDS * self.rows}
        return "planted:" + ",".join(f"{key}={value}" for key, value in settings.items())

    @property
    def name(self) -> str:
        """The name of its folder."""
        parts = [self.kind]
        for key in ("size", "people", "rows", "dims"):
            parts.append(f"{key}{getattr(self, key):g}")
        return "-".join(parts)


@dataclass(frozen=True)
class Recovered:
    """What one attacker, or the suite's certified worst case, recovers; a row of calibration.csv.

    share: (accuracy - chance) / (bayes - chance). low, high: of the suite alone, its certified
    limits.
    """

    kind: str
    size: float
    people: int
    rows: int
    dims: int
    attacker: str
    accuracy: float
    bayes: float
    chance: float
    share: float
    low: float | None = None
    high: float | None = None


COLUMNS = [f.name for f in dataclasses.fields(Recovered)]


@dataclass(frozen=True)
class _Scale:
    """A setting with its two ends: the accuracy of a guess and that of the best rule there is."""

    setting: Setting
    chance: float
    bayes: float

    def recovered(self, attacker: str, accuracy: float) -> Recovered:
        """An accuracy as a share of the advantage over chance that there is."""
        share = (accuracy - self.chance) / (self.bayes - self.chance)
        return Recovered(
            **dataclasses.asdict(self.setting),
            attacker=attacker,
            accuracy=accuracy,
            bayes=self.bayes,
            chance=self.chance,
            share=share,
        )


def grid(
    kinds: Sequence[tuple[str, float]] = KINDS,
    people: Sequence[int] = PEOPLE,
    rows: Sequence[int] = ROWS,
    dims: Sequence[int] = DIMS,
) -> Iterator[Setting]:
    """Every combination."""
    for (kind, size), k, n, d in product(kinds, people, rows, dims):
        yield Setting(kind, size, k, n, d)


def chosen(
    kind: Sequence[str], people: Sequence[int], rows: Sequence[int], dims: Sequence[int]
) -> dict[str, Any]:
    """The arguments of `grid` that were given. kind: `name=size` each.

    Raises:
        InputError: if a kind is not one of the planted ones, or its size is no number.
    """
    kinds = [_kind(text) for text in kind]
    given = {"kinds": kinds, "people": people, "rows": rows, "dims": dims}
    return {name: values for name, values in given.items() if values}


def _kind(text: str) -> tuple[str, float]:
    """(name, size) of `name=size`."""
    name, _, size = text.partition("=")
    checks.one_of("--kind", name, planted.MAKERS)
    try:
        return name, float(size)
    except ValueError:
        raise checks.InputError("--kind", repr(text), "name=size, such as means=3") from None


def request(setting: Setting, attackers: Sequence[str], out: Path, jobs: str) -> Request:
    """The run of a setting, in a folder of its own below `out`, without controls."""
    return Request(
        ("raw",),
        tuple(attackers) or ("standard",),
        dataset=setting.dataset,
        utility="none",
        folds=FOLDS,
        jobs=jobs,
        cache="none",
        controlled=False,
        out=str(out / setting.name),
    )


def recovered(
    setting: Setting, samples: Samples, records: Iterable[Record], runs: Runs
) -> list[Recovered]:
    """What each attacker recovers over all folds, the plug-in rule where means leak, the suite."""
    table = RecordTable.of(records).real_attackers.with_rows
    bayes = registry.build("datasets", setting.dataset).bayes()
    chance = float(np.mean([r.chance or 0.0 for r in table]))
    scale = _Scale(setting, chance, bayes)
    correct = _correct(table, runs)
    found = []
    for attacker, rows in correct.items():
        found.append(scale.recovered(attacker, float(rows.mean())))
    if setting.kind == "means":
        found.append(scale.recovered(PLUG_IN, plug_in(samples, runs)))
    source = np.concatenate([runs[run].source for run in sorted(runs)])
    whole = certify.certify(np.array(list(correct.values())), source, seed=0)
    suite = scale.recovered(SUITE, whole.mean)
    return [*found, replace(suite, low=whole.low, high=whole.high)]


def _correct(table: RecordTable, runs: Runs) -> dict[str, Array]:
    """{attacker: (n,) how correct it was on each test row of all folds}."""
    correct = {}
    for attacker, by_run in table.by_attacker().items():
        parts = [row_text.read(by_run[run].hits) for run in sorted(runs)]
        correct[attacker] = np.concatenate(parts)
    return correct


def plug_in(samples: Samples, runs: Runs) -> float:
    """Accuracy of the nearest mean of the rows outside of each fold.

    It is what so many rows can teach of unit noise. A rule that also guesses how large the leak is
    does a little better; one that guesses that it lies in a few columns, much.
    """
    return float(np.concatenate([_nearest_mean(samples, run) for run in runs.values()]).mean())


def _nearest_mean(samples: Samples, run: TestRows) -> Array:
    """(n,) whether each test row of a fold is nearest to the mean of its own person."""
    y = samples.labels["identity"]
    known = np.setdiff1d(np.arange(len(samples)), run.rows)
    means = []
    for person in range(int(y.max()) + 1):
        rows = samples.x[known][y[known] == person]
        means.append(rows.mean(0))
    means = np.stack(means)
    scores = samples.x[run.rows] @ means.T - 0.5 * np.square(means).sum(1)
    return scores.argmax(1) == y[run.rows]


def to_csv(found: Iterable[Recovered]) -> str:
    """CSV: one line a setting and attacker, with full floats."""
    return text.to_csv(COLUMNS, (dataclasses.asdict(r) for r in found))


def to_markdown(found: Sequence[Recovered]) -> str:
    """A line for each setting, a column for each attacker.

    Its cells are percent of the knowable advantage that the attacker recovers.
    """
    attackers = {r.attacker for r in found} - {SUITE, PLUG_IN}
    names = [SUITE, *sorted(attackers), PLUG_IN]
    groups: dict[tuple[object, ...], dict[str, Recovered]] = {}
    for r in found:
        setting = (f"{r.kind} {r.size:g}", r.people, r.rows, r.dims)
        groups.setdefault(setting, {})[r.attacker] = r
    rows = []
    for setting, by_attacker in groups.items():
        shares = [_percent(by_attacker.get(name)) for name in names]
        rows.append([*setting, *_limits(by_attacker[SUITE]), *shares])
    return "\n".join(text.markdown_table([*HEAD, *names], rows)) + "\n"


def _limits(suite: Recovered) -> list[str]:
    """Chance, the best possible accuracy and the suite's certified limits, in percent."""
    low = 100 * (suite.low or 0)
    high = 100 * (suite.high or 0)
    return [f"{100 * suite.chance:.1f}", f"{100 * suite.bayes:.1f}", f"[{low:.1f}, {high:.1f}]"]


def _percent(r: Recovered | None) -> str:
    """The share in percent; a dash for an attacker that did not take part."""
    return "–" if r is None else f"{100 * r.share:.0f}"
