"""A run's federated encoders, and what attacks on the updates that their server saw achieve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import registry, seeds
from ..capabilities import can
from ..checks import InputError
from ..runner import cells, session, worker
from ..runner.plan import Group, Plan
from ..toolkit.federated_log import Log
from ..types import Array, Samples
from . import membership, updates
from .findings import Finding

ATTACKERS = (
    "lda",
    "linear",
    "knn",
)  # where none but `majority`, which every plan has, is asked for
NOT_ATTRIBUTES = ("split",)
FEW = 8  # updates that an attacker is shown to say whether it can take such


@dataclass(frozen=True)
class FoldFinding:
    """A finding, and the defense and the fold that it is of. epsilon, unit: of the guarantee."""

    defense: str
    epsilon: float
    unit: str
    seed: int
    fold: int
    finding: Finding


@dataclass(frozen=True)
class Examined:
    """The folder of a run, what attacks on updates achieved, and what a reader must know."""

    folder: Path
    findings: list[FoldFinding]
    notes: list[str]


def examine(request: session.Request) -> Examined:
    """The findings of every federated defense of the plan, from the run's encoders if it has some.

    Raises:
        InputError: if no defense of the plan is federated.
    """
    ready = session.prepare(request)
    store, _ = session.work(ready)
    plan = ready.plan
    worker.settle(plan)
    cache = None if plan.cache == "none" else store.cache.resolve()
    findings: list[FoldFinding] = []
    notes: list[str] = []
    for group in federated_groups(plan):
        encoder: Any = cells.encoder(group, ready.samples, cache=cache)
        log = encoder.log
        for finding in _findings(group, encoder, ready.samples):
            findings.append(
                FoldFinding(group.spec, log.epsilon, log.unit, group.seed, group.fold, finding)
            )
        notes += [f"{group.spec}, fold {group.fold}: lost {reason}" for reason in log.lost]
    return Examined(store.folder, findings, notes)


def federated_groups(plan: Plan) -> list[Group]:
    """The groups of the plan whose defense is federated.

    Raises:
        InputError: if there are none.
    """
    groups = [group for group in plan.groups() if can(group.defense, "federated")]
    if groups:
        return groups
    able = []
    for name in registry.names("defenses"):
        if can(registry.build("defenses", name), "federated"):
            able.append(name)
    given = ", ".join(plan.defenses)
    raise InputError("--defense", given, "one that is federated: " + ", ".join(able))


def _findings(group: Group, encoder: Any, samples: Samples) -> Iterator[Finding]:
    """The findings of every attack on one encoder's log."""
    log = encoder.log
    seed = seeds.stream(group.seed, group.plan.dataset, group.fold, "updates")
    for attacker in _attackers(group.plan, log):
        yield from _of_updates(group.plan, attacker, samples, log, seed)
    first = updates.first_message(log, *_not_sent(group, samples, log), seed=seed)
    if first is not None:
        yield first
    rows, who, member = _candidates(group, samples, log)
    yield from membership.membership(log, encoder.losses, rows, who, member, seed=seed)


def _attackers(plan: Plan, log: Log) -> Iterator[Any]:
    """The attackers of the plan that can take vectors such as updates."""
    planned = [registry.build("attackers", spec) for spec in plan.attackers]
    asked = [attacker for attacker in planned if can(attacker, "looks")]
    for attacker in asked or [registry.build("attackers", spec) for spec in ATTACKERS]:
        reason = attacker.skip(log.updates[:FEW], np.arange(FEW) % 2)
        if not reason and not can(attacker, "sequences"):
            yield attacker


def _of_updates(
    plan: Plan, attacker: Any, samples: Samples, log: Log, seed: int
) -> Iterator[Finding]:
    """What one attacker learns from updates: their sender, and each attribute of the senders."""
    yield from updates.sender(log, attacker, seed=seed, device=plan.device)
    for name, classes in _attributes(samples, plan.private, log):
        yield from updates.attribute(log, name, classes, attacker, seed=seed, device=plan.device)


def _attributes(samples: Samples, private: str, log: Log) -> Iterator[tuple[str, Array]]:
    """(label, (people,) classes) of every label that is an attribute of the participants.

    Each participant has one class of it, more than one class occurs, and not all differ.
    """
    who = samples.labels[private]
    for name, y in samples.labels.items():
        if name == private or name in NOT_ATTRIBUTES:
            continue
        classes = [np.unique(y[who == person]) for person in log.people]
        if any(len(c) != 1 for c in classes):
            continue
        of = np.array([c[0] for c in classes])
        if 1 < len(np.unique(of)) < len(of):
            yield name, of


def _candidates(group: Group, samples: Samples, log: Log) -> tuple[Samples, Array, Array]:
    """(rows, their people, whether they were learnt from) of participants, of train and test."""
    fold = cells.fold_of(group, samples)
    who = samples.labels[group.plan.private]
    both = np.union1d(fold.train, fold.test)
    rows = both[np.isin(who[both], log.people)]
    return samples.take(rows), who[rows], np.isin(rows, fold.train)


def _not_sent(group: Group, samples: Samples, log: Log) -> tuple[Array, Array]:
    """(mean and deviation of frames (k, 2 d), whose (k,)) of each participant's test recordings."""
    test = cells.fold_of(group, samples).test
    who = samples.labels[group.plan.private][test]
    statistics = []
    people = []
    for person in log.people:
        rows = test[who == person]
        if not rows.size:
            continue
        frames = samples.x[rows].reshape(-1, samples.x.shape[2])
        mean = np.nanmean(frames, 0)
        deviation = np.nanstd(frames, 0)
        statistics.append(np.concatenate([mean, deviation]))
        people.append(person)
    return np.array(statistics), np.array(people)
