"""A run's encoder, its test pictures and a judge: what samples, morphs and completions show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import registry, seeds
from ..capabilities import can
from ..checks import InputError
from ..runner import cells, session, worker
from ..runner.plan import Group, Plan
from ..types import Array, Samples
from . import synthesis
from .synthesis import Box, Judge

SHOWN = 7  # columns of a contact sheet
PAIRS = 100  # that a morph is judged on
DRAWN = 20 * PAIRS  # pairs drawn, of which those of two different expressions are kept
JUDGE = "cnn"


@dataclass(frozen=True)
class Studio:
    """An encoder that makes pictures, and what it is looked at with.

    train, test: rows of the fold; nothing was trained on those of test. private, utility: names of
    the labels of identity and expression. judge: trained on the pictures of train.
    """

    folder: Path
    encoder: Any
    train: Samples
    test: Samples
    private: str
    utility: str
    judge: Judge
    seed: int

    @property
    def curve(self) -> Sequence[dict[str, float]]:
        """The losses of each epoch of the encoder's training; empty where it has none."""
        return getattr(self.encoder, "curve", ())

    @property
    def identity(self) -> Array:
        """(n,) identities of the test rows."""
        return self.test.labels[self.private]

    @property
    def expression(self) -> Array:
        """(n,) expressions of the test rows."""
        return self.test.labels[self.utility]

    @property
    def people(self) -> tuple[str, ...]:
        """The names of the identities."""
        return self.test.classes[self.private]

    @property
    def expressions(self) -> tuple[str, ...]:
        """The names of the expressions."""
        return self.test.classes[self.utility]


@dataclass(frozen=True)
class ContactSheet:
    """Rows of pictures with names, and figures of merit.

    rows: (columns, c, h, w) each. across, down: names of the columns and of the rows.
    """

    rows: list[Array]
    across: list[str]
    down: list[str]
    merits: dict[str, float]


def open_studio(request: session.Request) -> Studio:
    """The first fold asked for, of the first defense whose encoder makes pictures.

    Raises:
        InputError: if none of the defenses does.
    """
    # An attacker is asked for because a plan needs one: none is run here.
    ready = session.prepare(replace(request, attacker=request.attacker or ("majority",)))
    store, _ = session.work(ready)
    plan = ready.plan
    group = _first_group(plan)
    worker.settle(plan)
    fold = cells.fold_of(group, ready.samples)
    cache = None if plan.cache == "none" else store.cache.resolve()
    encoder = cells.encoder(group, ready.samples, cache=cache)
    train = ready.samples.take(fold.train)
    test = ready.samples.take(fold.test)
    seed = seeds.stream(group.seed, plan.dataset, "judge")
    judge = _judge(train, plan, seed)
    return Studio(store.folder, encoder, train, test, plan.private, plan.utility, judge, group.seed)


def _first_group(plan: Plan) -> Group:
    """The first group of the plan whose defense makes pictures."""
    for group in plan.groups():
        if can(group.defense, "synthesises"):
            return group
    able = []
    for name in registry.names("defenses"):
        defense = registry.build("defenses", name)
        if can(defense, "synthesises"):
            able.append(name)
    given = ", ".join(plan.defenses)
    raise InputError("--defense", given, "one that makes pictures: " + ", ".join(able))


def _judge(train: Samples, plan: Plan, seed: int) -> Judge:
    """A network for each label, trained on real pictures."""

    def fitted(label: str) -> Any:
        attacker = registry.build("attackers", JUDGE)
        y = train.labels[label]
        return attacker.fit(train.x, y, source=train.source, seed=seed, device=plan.device)

    return Judge(fitted(plan.private), fitted(plan.utility))


def samples(studio: Studio) -> ContactSheet:
    """A test picture of each expression, and each under every identity."""
    x = studio.test.x
    made = synthesis.exchange(studio.encoder, x)
    merits = synthesis.merits_of_exchange(studio.judge, x, made, studio.identity, studio.expression)
    shown = _one_of_each(studio)
    rows = [x[shown], *made[:, shown]]
    across = _expressions(studio, shown)
    down = ["input", *studio.people]
    return ContactSheet(rows, across, down, merits)


def morph(studio: Studio, steps: int) -> ContactSheet:
    """From test pictures of one expression to ones of another, each pair with one person's face."""
    seed = seeds.stream(studio.seed, "morph")
    rng = np.random.default_rng(seed)
    x = studio.test.x
    expression = studio.expression
    first, last = _pairs(expression, rng)
    who = rng.integers(studio.encoder.form.people, size=len(first))
    path = synthesis.morph(studio.encoder, x[first], x[last], who, steps)
    start = expression[first]
    end = expression[last]
    merits = synthesis.merits_of_morph(studio.judge, path, who, start, end)
    rows = []
    down = []
    for i in range(min(SHOWN, len(first))):
        before = x[first[i]][None]
        after = x[last[i]][None]
        rows.append(np.concatenate([before, path[:, i], after]))
        begins = studio.expressions[start[i]]
        ends = studio.expressions[end[i]]
        person = studio.people[who[i]]
        down.append(f"{begins} to {ends}\nas {person}")
    shares = [f"{t:.2f}" for t in np.linspace(0, 1, steps)]
    return ContactSheet(rows, ["input", *shares, "input"], down, merits)


def _pairs(expression: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Rows of up to PAIRS pairs of pictures, of two different expressions each."""
    first = rng.integers(len(expression), size=DRAWN)
    last = rng.integers(len(expression), size=DRAWN)
    different = expression[first] != expression[last]
    return first[different][:PAIRS], last[different][:PAIRS]


def complete(studio: Studio, rows: str | None, columns: str | None) -> ContactSheet:
    """Test pictures with a region blacked out and filled again with their own face.

    rows, columns: the region, A:B each; None for the mouth.

    Raises:
        InputError: if the region is no part of the pictures.
    """
    x = studio.test.x
    box = _box(rows, columns, x.shape[1:])
    completion = synthesis.complete(studio.encoder, x, studio.identity, box)
    mean = studio.train.x.mean(0)
    merits = synthesis.merits_of_completion(
        studio.judge, completion, mean, studio.identity, studio.expression
    )
    shown = _one_of_each(studio)
    pictures = {
        "input": x[shown],
        "masked": completion.masked[shown],
        "completed": completion.completed[shown],
    }
    across = _expressions(studio, shown)
    return ContactSheet(list(pictures.values()), across, list(pictures), merits)


def _one_of_each(studio: Studio) -> Array:
    """A test row of each of the first SHOWN expressions, of one person after the other."""
    who = studio.identity
    people = who.max() + 1
    rows = []
    expressions = np.unique(studio.expression)[:SHOWN]
    for place, expression in enumerate(expressions):
        alike = np.flatnonzero(studio.expression == expression)
        wanted = who[alike] == place % people
        rows.append(alike[np.argmax(wanted)])
    return np.array(rows)


def _expressions(studio: Studio, rows: Array) -> list[str]:
    """The names of the expressions of test rows."""
    return [studio.expressions[c] for c in studio.expression[rows]]


def _box(rows: str | None, columns: str | None, shape: tuple[int, ...]) -> Box:
    """The region asked for in pictures of (c, h, w); the mouth where nothing was."""
    usual = synthesis.mouth(shape)
    top, bottom = _range("--rows", rows) or (usual.top, usual.bottom)
    left, right = _range("--columns", columns) or (usual.left, usual.right)
    return Box(top, bottom, left, right).inside(shape)


def _range(argument: str, text: str | None) -> tuple[int, int] | None:
    """The two numbers of A:B; None for None."""
    if text is None:
        return None
    first, _, last = text.partition(":")
    if not (first.isdigit() and last.isdigit()):
        raise InputError(argument, repr(text), "A:B, two whole numbers, such as 40:55")
    return int(first), int(last)
