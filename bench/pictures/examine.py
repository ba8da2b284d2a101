"""A run's encoder, its test pictures, and a judge trained on its real ones: what samples, morph and complete show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import registry, seeds
from ..checks import InputError
from ..runner import cells, local, session
from ..types import Array, Samples
from . import synthesis
from .synthesis import Box, Judge

SHOWN = 7  # columns of a contact sheet
PAIRS = 100  # that a morph is judged on
JUDGE = "cnn"


@dataclass(frozen=True)
class Studio:
    """test: rows of the fold that nothing was trained on. who, what: names of the private and the utility label."""

    folder: Path
    encoder: Any
    train: Samples
    test: Samples
    who: str
    what: str
    judge: Judge
    seed: int

    @property
    def curve(self) -> Sequence[dict[str, float]]:
        return getattr(self.encoder, "curve", ())


@dataclass(frozen=True)
class Shown:
    """Rows of pictures with names, and figures of merit."""

    rows: list[Array]
    across: list[str]
    down: list[str]
    merits: dict[str, float]


def open_studio(request: session.Request) -> Studio:
    """The first fold asked for, of the first defense whose encoder makes pictures.

    Raises:
        InputError: if none of the defenses does.
    """
    ready = session.prepare(
        replace(request, attacker=request.attacker or ("majority",))
    )  # nobody attacks here
    store, _ = session.work(ready)
    plan = ready.plan
    makers = [g for g in ready.plan.groups() if getattr(g.defense, "synthesises", False)]
    if not makers:
        able = [
            n
            for n in registry.names("defenses")
            if getattr(registry.build("defenses", n), "synthesises", False)
        ]
        raise InputError(
            "--defense", ", ".join(plan.defenses), "one that makes pictures: " + ", ".join(able)
        )
    group = makers[0]
    local.settle(plan)
    fold = cells.fold_of(group, ready.samples)
    cache = None if plan.cache == "none" else store.cache.resolve()
    encoder = cells.encoder(group, ready.samples, cache=cache)
    train, test = ready.samples.take(fold.train), ready.samples.take(fold.test)
    judge = _judge(
        train,
        plan.private,
        plan.utility,
        plan.device,
        seeds.stream(group.seed, plan.dataset, "judge"),
    )
    return Studio(store.folder, encoder, train, test, plan.private, plan.utility, judge, group.seed)


def _judge(train: Samples, who: str, what: str, device: str, seed: int) -> Judge:
    def fitted(label: str) -> Any:
        y = train.labels[label]
        return registry.build("attackers", JUDGE).fit(
            train.x, y, source=train.source, seed=seed, device=device
        )

    return Judge(fitted(who), fitted(what))


def samples(studio: Studio) -> Shown:
    """A test picture of each expression, and each under every identity."""
    made = synthesis.exchange(studio.encoder, studio.test.x)
    who, what = (studio.test.labels[label] for label in (studio.who, studio.what))
    merits = synthesis.merits_of_exchange(studio.judge, studio.test.x, made, who, what)
    some = _one_of_each(what, who)
    rows = [studio.test.x[some], *made[:, some]]
    across = [studio.test.classes[studio.what][what[row]] for row in some]
    return Shown(rows, across, ["input", *studio.test.classes[studio.who]], merits)


def morph(studio: Studio, steps: int) -> Shown:
    """From a test picture of one expression to one of another, of whoever they are, with one face each."""
    rng = np.random.default_rng(seeds.stream(studio.seed, "morph"))
    what = studio.test.labels[studio.what]
    a, b = (rng.integers(len(what), size=20 * PAIRS) for _ in range(2))
    a, b = (rows[what[a] != what[b]][:PAIRS] for rows in (a, b))
    who = rng.integers(studio.encoder.form.people, size=len(a))
    path = synthesis.morph(studio.encoder, studio.test.x[a], studio.test.x[b], who, steps)
    merits = synthesis.merits_of_morph(studio.judge, path, who, what[a], what[b])
    shown = range(min(SHOWN, len(a)))
    names, people = studio.test.classes[studio.what], studio.test.classes[studio.who]
    rows = [
        np.concatenate([studio.test.x[a[i : i + 1]], path[:, i], studio.test.x[b[i : i + 1]]])
        for i in shown
    ]
    across = ["input", *(f"{t:.2f}" for t in np.linspace(0, 1, steps)), "input"]
    return Shown(
        rows,
        across,
        [f"{names[what[a[i]]]} to {names[what[b[i]]]}\nas {people[who[i]]}" for i in shown],
        merits,
    )


def complete(studio: Studio, rows: str | None, columns: str | None) -> Shown:
    """Test pictures with a region blacked out and filled again with their own face."""
    shape = studio.test.x.shape[1:]
    box = _box(rows, columns, shape)
    who, what = (studio.test.labels[label] for label in (studio.who, studio.what))
    masked, completed = synthesis.complete(studio.encoder, studio.test.x, who, box)
    blind = studio.train.x.mean(0)
    merits = synthesis.merits_of_completion(
        studio.judge, studio.test.x, masked, completed, blind, who, what, box
    )
    some = _one_of_each(what, who)
    across = [studio.test.classes[studio.what][what[row]] for row in some]
    return Shown(
        [part[some] for part in (studio.test.x, masked, completed)],
        across,
        ["input", "masked", "completed"],
        merits,
    )


def _one_of_each(what: Array, who: Array) -> Array:
    """A row of each expression, of one person after the other."""
    rows = []
    for place, c in enumerate(np.unique(what)[:SHOWN]):
        own = np.flatnonzero(what == c)
        rows.append(own[np.argmax(who[own] == place % (who.max() + 1))])
    return np.array(rows)


def _box(rows: str | None, columns: str | None, shape: tuple[int, ...]) -> Box:
    usual = synthesis.mouth(shape)
    top, bottom = _range("--rows", rows) or (usual.top, usual.bottom)
    left, right = _range("--columns", columns) or (usual.left, usual.right)
    return Box(top, bottom, left, right).inside(shape)


def _range(argument: str, text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    first, _, last = text.partition(":")
    if not (first.isdigit() and last.isdigit()):
        raise InputError(argument, repr(text), "A:B, two whole numbers, such as 40:55")
    return int(first), int(last)
