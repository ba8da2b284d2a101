"""Attacks on the updates that the server of a federated training sees.

Which participant sent an update (linkability), which attribute its sender has (attribute
inference), and whose frames the sums of a first message are of.

p numbers of the weights    m updates
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import registry, seeds
from ..metrics import classification
from ..toolkit.federated_log import Log
from ..types import Array
from .findings import ALL, ONE, Finding, interval_of_mean

# Updates are projected to so many at random: distances stay, and every attacker has time.
DIMENSIONS = 512
BLOCK = 4096  # numbers of an update that are projected at a time


@dataclass(frozen=True)
class _Question:
    """What an attacker learns from some updates, and is asked of the others.

    y: (m,) classes. shown: (m,) bool, the updates to learn from. source: (m,) updates of one source
    lie on one side of an attacker's hold-out.
    """

    target: str
    y: Array
    shown: Array
    source: Array


@dataclass(frozen=True)
class _Predictions:
    """label: (k,) places among the K classes shown, -1 for another. scores: (k, K). person: (k,)"""

    label: Array
    scores: Array
    person: Array


def sender(log: Log, attacker: Any, *, seed: int, device: str) -> list[Finding]:
    """Who sent one update, or all, of the later rounds, for a server that knows the earlier ones.

    Two findings, over ONE and over ALL. None for sums, nor for less than two senders.
    """
    early = log.rounds <= log.rounds.max() // 2
    senders = np.unique(log.who[early])
    if log.summed or early.all() or len(senders) < 2:
        return []
    y = np.searchsorted(log.people, log.who)
    question = _Question("sender", y, shown=early, source=np.arange(len(y)))
    return _attacked(log, question, attacker, seed=seed, device=device)


def attribute(
    log: Log, name: str, of: Array, attacker: Any, *, seed: int, device: str
) -> list[Finding]:
    """An attribute of people, for a server that knows it of others. of: (people,) classes.

    Two findings: from one update, and from all that a person sent. None for sums, nor where there
    is nothing to learn or to ask.
    """
    if log.summed:
        return []
    y = of[np.searchsorted(log.people, log.who)]
    shown = np.isin(log.who, _known_people(log, name, of, seed))
    if shown.all() or len(np.unique(y[shown])) < 2:
        return []
    question = _Question(name, y, shown=shown, source=log.who)
    return _attacked(log, question, attacker, seed=seed, device=device)


def _known_people(log: Log, name: str, of: Array, seed: int) -> list[int]:
    """Half of the people of each class who sent an update, rounded up, at random."""
    rng = np.random.default_rng(seeds.stream(seed, name))
    sent = np.isin(log.people, log.who)
    known: list[int] = []
    for c in np.unique(of[sent]):
        alike = rng.permutation(log.people[sent & (of == c)])
        half = -(-len(alike) // 2)
        known += alike[:half].tolist()
    return known


def first_message(log: Log, others: Array, people: Array, *, seed: int) -> Finding | None:
    """Whose frames the first message's sums are of, for a server with other recordings of all.

    others: (k, 2 d) mean and deviation of the frames of k recordings that were not sent; people:
    (k,) whose. The nearest is taken, each number in its deviation over the k. None where no sums of
    single people were sent.
    """
    if not len(log.first) or not len(others):
        return None
    scale = np.maximum(others.std(0), 1e-9)
    difference = (log.first[:, None] - others[None]) / scale
    distance = np.linalg.norm(difference, axis=2)
    closest = distance.argmin(1)
    hits = people[closest] == log.people
    correct = hits.astype(float)
    value = float(correct.mean())
    low, high = interval_of_mean(correct, log.people, seed)
    chance = 1 / len(log.people)
    return Finding("first message", ONE, "nearest", "accuracy", value, low, high, chance)


def projected(updates: Array, *, seed: int) -> Array:
    """(m, at most DIMENSIONS): m updates (m, p) in random directions, the same for all of them."""
    m, p = updates.shape
    if p <= DIMENSIONS:
        return updates
    rng = np.random.default_rng(seed)
    total = np.zeros((m, DIMENSIONS), np.float32)
    for start in range(0, p, BLOCK):
        part = updates[:, start : start + BLOCK]
        directions = rng.standard_normal((part.shape[1], DIMENSIONS), np.float32)
        total += part @ directions
    return total / np.sqrt(DIMENSIONS)


def _attacked(
    log: Log, question: _Question, attacker: Any, *, seed: int, device: str
) -> list[Finding]:
    """What an attacker that has learnt from the updates shown predicts of the others.

    Over ONE, and over ALL: of the sums of its scores over all that a person sent.
    """
    z = projected(log.updates, seed=seeds.stream(seed, "projection"))
    shown = question.shown
    asked = ~shown
    classes, y = np.unique(question.y[shown], return_inverse=True)
    adversary = attacker.fit(
        z[shown],
        y,
        source=question.source[shown],
        seed=seeds.stream(seed, "updates"),
        device=device,
    )
    scores = np.asarray(adversary(z[asked]))
    label = _places(question.y[asked], classes)
    predictions = _Predictions(label, scores, log.who[asked])
    spec = registry.spec_of("attackers", attacker)
    findings = []
    for over, made in ((ONE, predictions), (ALL, _summed(predictions))):
        correct = classification.credit(made.label, made.scores)
        value = float(correct.mean())
        low, high = interval_of_mean(correct, made.person, seed)
        chance = _chance(made.label, len(classes))
        findings.append(Finding(question.target, over, spec, "accuracy", value, low, high, chance))
    return findings


def _places(y: Array, classes: Array) -> Array:
    """(k,) where each of y stands among sorted classes; -1 for one that is not among them."""
    known = np.isin(y, classes)
    return np.where(known, np.searchsorted(classes, y), -1)


def _summed(predictions: _Predictions) -> _Predictions:
    """A prediction for each person: the sums of the scores of all that came from there."""
    people, first, person = np.unique(predictions.person, return_index=True, return_inverse=True)
    total = [predictions.scores[person == k].sum(0) for k in range(len(people))]
    return _Predictions(predictions.label[first], np.array(total), people)


def _chance(label: Array, classes: int) -> float:
    """The better of a guess among the classes shown, and of the most frequent one asked."""
    asked = np.bincount(label[label >= 0], minlength=1)
    most_frequent = float(asked.max() / len(label))
    return max(1 / classes, most_frequent)
