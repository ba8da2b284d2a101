"""The suite's own report card: how much of a planted leak of known size does each attacker recover?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from .. import checks, registry
from .. import text as sheet
from ..metrics import certify
from ..runner import row_text
from ..runner.session import Request
from ..toolkit import planted
from ..types import Record, Runs, Samples

KINDS = (
    ("means", 1.0),
    ("means", 2.0),
    ("means", 3.0),
    ("means", 4.0),
    ("covariances", 1.0),
    ("scale-trap", 3.0),
)
PEOPLE, ROWS, DIMS = (2, 10, 20, 50), (20, 100), (64, 512)
FOLDS = 2  # so that each adversary learns from half of the rows: twice as many are drawn
SUITE = "certified worst case"
PLUG_IN = "plug-in rule"  # no attacker: who knows the noise exactly and has only the means to learn


@dataclass(frozen=True)
class Setting:
    """One planted encoder. rows: of each person to learn from. size: of the leak, in the units of its kind."""

    kind: str
    size: float
    people: int
    rows: int
    dims: int

    @property
    def dataset(self) -> str:
        about = {
            "kind": self.kind,
            "size": self.size,
            "people": self.people,
            "rows": FOLDS * self.rows,
            "dims": self.dims,
        }
        return "planted:" + ",".join(f"{key}={value}" for key, value in about.items())


@dataclass(frozen=True)
class Recovered:
    """What one attacker, or the suite's certified worst case, made of a setting; a row of calibration.csv.

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
    kinds = []
    for text in kind:
        name, _, size = text.partition("=")
        checks.one_of("--kind", name, planted.MAKERS)
        try:
            kinds.append((name, float(size)))
        except ValueError:
            raise checks.InputError("--kind", repr(text), "name=size, such as means=3") from None
    given = {"kinds": kinds, "people": people, "rows": rows, "dims": dims}
    return {key: value for key, value in given.items() if value}


def request(setting: Setting, attackers: Sequence[str], out: Path, jobs: str) -> Request:
    name = "-".join(
        f"{key}{value:g}" if key != "kind" else str(value)
        for key, value in dataclasses.asdict(setting).items()
    )
    return Request(
        ("raw",),
        tuple(attackers) or ("standard",),
        dataset=setting.dataset,
        utility="none",
        folds=FOLDS,
        jobs=jobs,
        cache="none",
        controlled=False,
        out=str(out / name),
    )


def recovered(
    setting: Setting, samples: Samples, records: Sequence[Record], runs: Runs
) -> list[Recovered]:
    """The accuracy of each attacker over the folds, of the plug-in rule where means leak, then what is certified."""
    bayes = registry.build("datasets", setting.dataset).bayes()
    own = [
        r
        for r in records
        if not r.control and r.metric == "accuracy" and r.hits and r.attacker != "majority"
    ]
    about: dict[str, Any] = dataclasses.asdict(setting) | {"bayes": bayes}
    keys = sorted(runs)
    names = sorted({r.attacker_spec for r in own})
    by = {(r.attacker_spec, r.seed, r.fold): r for r in own}
    credits = [
        np.concatenate([row_text.read(by[name, *key].hits) for key in keys]) for name in names
    ]
    about["chance"] = chance = float(np.mean([r.chance or 0.0 for r in own]))
    share = lambda accuracy: (accuracy - chance) / (bayes - chance)
    found = [
        Recovered(**about, attacker=name, accuracy=float(c.mean()), share=share(float(c.mean())))
        for name, c in zip(names, credits, strict=True)
    ]
    if setting.kind == "means":
        found.append(
            Recovered(
                **about, attacker=PLUG_IN, accuracy=(a := plug_in(samples, runs)), share=share(a)
            )
        )
    source = np.concatenate([runs[key].source for key in keys])
    whole = certify.certify(np.array(credits), source, seed=0)
    about |= {"attacker": SUITE, "accuracy": whole.mean, "share": share(whole.mean)}
    return [*found, Recovered(**about, low=whole.low, high=whole.high)]


def plug_in(samples: Samples, runs: Runs) -> float:
    """Accuracy of the nearest mean of the rows outside of each fold: what so many rows can teach of unit noise.

    Who also guesses how large the leak is does a little better; who guesses that it lies in a few
    columns, much.
    """
    y, hit = samples.labels["identity"], []
    for run in runs.values():
        known = np.setdiff1d(np.arange(len(samples)), run.rows)
        means = np.stack([samples.x[known][y[known] == k].mean(0) for k in range(int(y.max()) + 1)])
        scores = samples.x[run.rows] @ means.T - 0.5 * np.square(means).sum(1)
        hit.append(scores.argmax(1) == y[run.rows])
    return float(np.concatenate(hit).mean())


def to_csv(found: Sequence[Recovered]) -> str:
    return sheet.to_csv(COLUMNS, (dataclasses.asdict(r) for r in found))


def to_markdown(found: Sequence[Recovered]) -> str:
    """A line for each setting, a column for each attacker: percent of the knowable advantage that it recovers."""
    names = [SUITE, *sorted({r.attacker for r in found} - {SUITE, PLUG_IN}), PLUG_IN]
    head = [
        "leak",
        "people",
        "rows each",
        "dims",
        "chance",
        "best possible",
        "certified [low, high]",
        *names,
    ]
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    groups: dict[tuple[object, ...], dict[str, Recovered]] = {}
    for r in found:
        groups.setdefault((f"{r.kind} {r.size:g}", r.people, r.rows, r.dims), {})[r.attacker] = r
    for about, by in groups.items():
        suite = by[SUITE]
        limits = f"[{100 * (suite.low or 0):.1f}, {100 * (suite.high or 0):.1f}]"
        cells = [*map(str, about), f"{100 * suite.chance:.1f}", f"{100 * suite.bayes:.1f}", limits]
        cells += [f"{100 * by[name].share:.0f}" if name in by else "–" for name in names]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
