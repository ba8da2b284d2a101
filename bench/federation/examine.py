"""A run's federated encoders, and what attackers find in the updates that their server saw."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import registry, seeds
from .. import text as sheet
from ..checks import InputError
from ..runner import cells as run
from ..runner import local, session
from ..runner.plan import Group
from ..types import Array, Samples
from . import deploy, updates
from .updates import Finding, Log

COLUMNS = (
    "defense", "epsilon", "unit", "seed", "fold", "target", "over", "attacker", "measure", "value", "ci_low", "ci_high",
    "chance",
)  # fmt: skip
LOOK = 2.0  # seconds between two looks at a run
ATTACKERS = ("lda", "linear", "knn")
NOT_ATTRIBUTES = ("split",)


@dataclass(frozen=True)
class Line:
    """One finding, and whose."""

    defense: str
    epsilon: float
    unit: str
    seed: int
    fold: int
    found: Finding


def examine(request: session.Request) -> tuple[Path, list[Line], list[str]]:
    """(folder, findings, notes) of every federated defense of the plan, from the run's encoders where there are some.

    Raises:
        InputError: if no defense of the plan is federated.
    """
    ready = session.prepare(request)
    store, _ = session.work(ready)
    plan = ready.plan
    local.settle(plan)
    lines, notes = [], []
    for group in _groups(ready):
        encoder: Any = run.encoder(
            group, ready.samples, cache=None if plan.cache == "none" else store.cache.resolve()
        )
        lines += [
            Line(group.spec, encoder.log.epsilon, encoder.log.unit, group.seed, group.fold, f)
            for f in _found(group, encoder, ready)
        ]
        notes += [f"{group.spec}, fold {group.fold}: lost {why}" for why in encoder.log.lost]
    return store.folder, lines, notes


def _groups(ready: session.Session) -> list[Group]:
    groups = [g for g in ready.plan.groups() if getattr(g.defense, "federated", False)]
    if not groups:
        able = [
            n
            for n in registry.names("defenses")
            if getattr(registry.build("defenses", n), "federated", False)
        ]
        raise InputError(
            "--defense", ", ".join(ready.plan.defenses), "one that is federated: " + ", ".join(able)
        )
    return groups


def _found(group: Group, encoder: Any, ready: session.Session) -> Iterator[Finding]:
    plan, samples, log = group.plan, ready.samples, encoder.log
    seed = seeds.stream(group.seed, plan.dataset, group.fold, "updates")
    for spec in [a for a in plan.attackers if a != "majority"] or ATTACKERS:
        attacker = registry.build("attackers", spec)
        if attacker.skip(log.updates[:8], np.arange(8) % 2) or getattr(
            attacker, "sequences", False
        ):
            continue
        about = {"seed": seed, "device": plan.device}
        yield from updates.sender(log, attacker, **about)
        for name, of in _attributes(samples, plan.private, log):
            yield from updates.attribute(log, name, of, attacker, **about)
    first = updates.first_message(log, *_elsewhere(group, samples, log), seed=seed)
    if first is not None:
        yield first
    yield from updates.membership(log, encoder.losses, *_candidates(group, samples, log), seed=seed)


def _attributes(samples: Samples, private: str, log: Log) -> Iterator[tuple[str, Array]]:
    """(label, (people,) classes) of every label that each participant has one class of, and not all the same."""
    who = samples.labels[private]
    for name, y in samples.labels.items():
        own = [np.unique(y[who == p]) for p in log.people]
        if name in (private, *NOT_ATTRIBUTES) or any(len(classes) != 1 for classes in own):
            continue
        of = np.array([classes[0] for classes in own])
        if 1 < len(np.unique(of)) < len(of):
            yield name, of


def _candidates(group: Group, samples: Samples, log: Log) -> tuple[Samples, Array, Array]:
    """(rows of participants that were learnt from or tested on, their people, whether they were learnt from)."""
    fold = run.fold_of(group, samples)
    rows = np.union1d(fold.train, fold.test)
    rows = rows[np.isin(samples.labels[group.plan.private][rows], log.people)]
    return samples.take(rows), samples.labels[group.plan.private][rows], np.isin(rows, fold.train)


def federate(request: session.Request, *, wait: float, told: Callable[[str], None]) -> Path:
    """Train the first fold's participants as a deployment: processes on loopback, with TLS; the encoder's folder.

    wait: seconds for participants to come, and for each round's answers. told: is given a line now
    and then.

    Raises:
        InputError: if no defense is federated. RuntimeError: if Flower's run did not end with an
        encoder.
    """
    ready = session.prepare(replace(request, attacker=request.attacker or ("majority",)))
    local.settle(ready.plan)
    group = next(iter(_groups(ready)))
    folder = ready.folder.resolve() / "deployment"
    out = folder / "encoder"
    shutil.rmtree(out, ignore_errors=True)  # that of an earlier run would pass for this one's
    train = ready.samples.take(run.fold_of(group, ready.samples).train)
    with deploy.site(folder) as site:
        app, config, files = group.defense.deployment(
            train, ready.plan.task, folder, seed=seeds.stream(group.seed, "deployment")
        )
        for path in files:
            deploy.node(site, path.stem, path)
        number = deploy.submit(site, app, {**config, "out": str(out), "wait": wait})
        told(f"run {number}: {len(files)} participants, logs in {folder}")
        last = ""
        while not (now := deploy.status(site, number)).startswith("finished"):
            if now != last:
                told(last := now)
            threading.Event().wait(LOOK)
        if not (out / "updates.npz").exists():
            raise RuntimeError(
                f"the run ended as {now}, without an encoder: {site.log('superlink')[-800:]}"
            )
    return out


def _elsewhere(group: Group, samples: Samples, log: Log) -> tuple[Array, Array]:
    """(mean and deviation of the frames, whose) of each participant's recordings that were not learnt from."""
    rows = run.fold_of(group, samples).test
    who, found, people = samples.labels[group.plan.private][rows], [], []
    for person in log.people:
        if (own := rows[who == person]).size:
            x = samples.x[own].reshape(-1, samples.x.shape[2])
            found.append(np.concatenate([np.nanmean(x, 0), np.nanstd(x, 0)]))
            people.append(person)
    return np.array(found), np.array(people)


def to_csv(lines: Sequence[Line]) -> str:
    """One line a finding, with full floats."""
    return sheet.to_csv(COLUMNS, [_row(line) for line in lines])


def _row(line: Line) -> dict[str, Any]:
    f = line.found
    return {
        "defense": line.defense,
        "epsilon": line.epsilon or "",
        "unit": line.unit,
        "seed": line.seed,
        "fold": line.fold,
        "target": f.target,
        "over": f.over,
        "attacker": f.attacker,
        "measure": f.measure,
        "value": f.value,
        "ci_low": f.low,
        "ci_high": f.high,
        "chance": f.chance,
    }


def to_markdown(lines: Sequence[Line], notes: Sequence[str]) -> str:
    """For each defense and target the attacker that found most in the mean over folds; limits are means over folds."""
    head = ["defense", "epsilon", "target", "from", "found [95%]", "chance", "attacker", "folds"]
    text = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    about = lambda line: (line.defense, line.found.target, line.found.over)
    for defense, target, over in dict.fromkeys(map(about, lines)):
        own = [line for line in lines if about(line) == (defense, target, over)]
        by = {
            a: [x for x in own if x.found.attacker == a]
            for a in dict.fromkeys(x.found.attacker for x in own)
        }
        name, best = max(by.items(), key=lambda pair: np.mean([x.found.value for x in pair[1]]))
        mean = lambda what, best=best: 100 * float(np.mean([getattr(x.found, what) for x in best]))
        found = f"{mean('value'):.1f}"
        if not np.isnan(mean("low")):
            found += f" [{mean('low'):.1f}, {mean('high'):.1f}]"
        unit = " (AUC)" if best[0].found.measure == "auc" else ""
        epsilon = (
            f"{float(f'{best[0].epsilon:.3g}'):g} a {best[0].unit}" if best[0].unit else "none"
        )
        cells = (
            defense,
            epsilon,
            target + unit,
            over,
            found,
            f"{mean('chance'):.1f}",
            name,
            str(len(best)),
        )
        text.append("| " + " | ".join(cells) + " |")
    summed = sorted(
        {line.defense for line in lines} - {x.defense for x in lines if x.found.target == "sender"}
    )
    text += [
        "",
        "- Percent; intervals over participants drawn again, for each attacker by itself; from three.",
    ]
    if any("model" in line.unit for line in lines):
        text.append(
            "- A guarantee against whoever sees the model covers nothing of what its trusted server sees."
        )
    if summed:
        text.append(
            "- No sender to ask for (the server saw sums only, or one round): "
            + "; ".join(summed)
            + "."
        )
    return "\n".join([*text, *(f"- {note}" for note in notes)]) + "\n"
