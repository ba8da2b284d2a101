"""What the server of a federated training sees, and what that gives away: who sent it, and what they learnt from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import registry, seeds
from ..metrics import classification, intervals, verification
from ..types import Array, Samples

DIMENSIONS = (
    512  # that updates are projected to at random: distances stay, and every attacker has time
)
DRAWS = 1000  # of people, for an interval
LATE = 5  # last rounds that membership is read from
ONE, ALL = (
    "one round",
    "all rounds",
)  # what an attacker has of somebody: a single message, or those of many rounds


@dataclass(frozen=True)
class Log:
    """m updates of p numbers each. rounds: (m,) from 1. who: (m,) class numbers of participants; -1 for a sum of all.

    weights: (rounds + 1, p) what the server sent out, and what it ended with. people: class numbers
    of those who took part. first: (people, 2 d) mean and deviation of each one's frames, as told
    before round 1; of no rows where nobody
    told. epsilon: of the guarantee, 0 for none. unit: what it holds for, a `participant` or each
    `row` of one. lost: what did not arrive, and why.
    """

    rounds: Array
    who: Array
    updates: Array
    weights: Array
    people: Array
    first: Array
    epsilon: float
    unit: str = ""
    lost: tuple[str, ...] = ()

    @property
    def summed(self) -> bool:
        """Whether the server saw sums only."""
        return bool((self.who < 0).all())

    def write(self, path: Path) -> None:
        """As plain arrays, with no pickle."""
        np.savez(
            path,
            rounds=self.rounds,
            who=self.who,
            updates=self.updates,
            weights=self.weights,
            people=self.people,
            first=self.first,
            epsilon=np.array(self.epsilon),
            unit=np.array(self.unit),
            lost=np.array(self.lost, "U"),
        )

    @classmethod
    def read(cls, path: Path) -> Log:
        with np.load(path, allow_pickle=False) as file:
            names = ("rounds", "who", "updates", "weights", "people", "first")
            rounds, who, updates, weights, people, first = (file[name] for name in names)
            epsilon, unit, lost = (
                float(file["epsilon"]),
                str(file["unit"]),
                tuple(file["lost"].tolist()),
            )
            return cls(rounds, who, updates, weights, people, first, epsilon, unit, lost)


@dataclass(frozen=True)
class Finding:
    """What an attack on updates found: a share of updates, or an area under the curve, with its 95% interval.

    The interval is of the participants: they are drawn again, with all that they sent. over: ONE or
    ALL.
    """

    target: str
    over: str
    attacker: str
    measure: str
    value: float
    low: float
    high: float
    chance: float


def sender(log: Log, attacker: Any, *, seed: int, device: str) -> list[Finding]:
    """Who sent one update of the later rounds, or all of them, for a server that knows who sent the earlier ones.

    Nothing for sums.
    """
    early = log.rounds <= log.rounds.max() // 2
    if log.summed or early.all() or len(np.unique(log.who[early])) < 2:
        return []
    y, source = np.searchsorted(log.people, log.who), np.arange(len(log.who))
    return _asked(log, "sender", attacker, y, early, source, seed=seed, device=device)


def attribute(
    log: Log, name: str, of: Array, attacker: Any, *, seed: int, device: str
) -> list[Finding]:
    """A property of people who are unknown, for a server that knows it of the others. of: (people,) classes.

    From one update, and from all that somebody sent. Nothing for sums.
    """
    y = of[np.searchsorted(log.people, log.who)]
    if log.summed:
        return []
    order, known = np.random.default_rng(seeds.stream(seed, name)), []
    sent = np.isin(log.people, log.who)
    for c in np.unique(of[sent]):
        own = order.permutation(log.people[sent & (of == c)])
        known += own[: -(-len(own) // 2)].tolist()
    shown = np.isin(log.who, known)
    if shown.all() or len(np.unique(y[shown])) < 2:
        return []
    return _asked(log, name, attacker, y, shown, log.who, seed=seed, device=device)


def first_message(log: Log, others: Array, people: Array, *, seed: int) -> Finding | None:
    """Who told the sums of his frames before the training, for a server that has other recordings of everybody.

    others: (m, 2 d) mean and deviation of the frames of recordings that nobody sent; people: (m,)
    whose. The nearest, each number in its deviation over people. None where nobody told sums of his
    own.
    """
    if not len(log.first) or not len(others):
        return None
    scale = np.maximum(others.std(0), 1e-9)
    apart = np.linalg.norm((log.first[:, None] - others[None]) / scale, axis=2)
    hit = (people[apart.argmin(1)] == log.people).astype(float)
    low, high = _interval(lambda at: float(hit[at].mean()), log.people, seed)
    return Finding(
        "first message",
        ONE,
        "nearest",
        "accuracy",
        float(hit.mean()),
        low,
        high,
        1 / len(log.people),
    )


def membership(
    log: Log,
    losses: Callable[[Array, Samples], Array],
    rows: Samples,
    who: Array,
    member: Array,
    *,
    seed: int,
) -> list[Finding]:
    """Whether a recording was learnt from: how much better the last update, or the last LATE, make the network on it.

    losses: of weights (p,) on each row. rows: candidates; who: (n,) their people; member: (n,)
    bool. A server that has a recording of somebody compares the network that it sent with the one
    that came back (Yeom et al. 2018, arXiv 1709.01604, with two models); of a sum it has the mean
    of all. Nothing where all or none are members.
    """
    last = int(log.rounds.max())
    gains = [
        _gain(log, losses, rows, who, number) for number in range(last, max(0, last - LATE), -1)
    ]
    spans = {
        ONE: gains[0],
        ALL: np.nansum(gains, 0) + np.where(np.isnan(gains).all(0), np.nan, 0.0),
    }
    found = [
        _membership(over, gain, rows.source, who, member, seed) for over, gain in spans.items()
    ]
    return [f for f in found if f is not None]


def _gain(
    log: Log, losses: Callable[[Array, Samples], Array], rows: Samples, who: Array, number: int
) -> Array:
    """(n,) by how much the loss of each row fell in a round; NaN of whom nothing came."""
    gain, before = np.full(len(rows), np.nan), log.weights[number - 1]
    base = losses(before, rows)
    for m in np.flatnonzero(log.rounds == number):
        own = np.ones(len(rows), bool) if log.who[m] < 0 else who == log.who[m]
        after = log.weights[number] if log.who[m] < 0 else before + log.updates[m]
        if own.any():
            gain[own] = base[own] - losses(after, rows.take(own))
    return gain


def _membership(
    over: str, gain: Array, source: Array, who: Array, member: Array, seed: int
) -> Finding | None:
    told = ~np.isnan(gain)
    sources, first = np.unique(source[told], return_index=True)
    score = np.array([gain[told & (source == s)].mean() for s in sources])
    inside, person = member[told][first], who[told][first]
    if inside.all() or not inside.any():
        return None
    area = lambda at: verification.auc(score[at], inside[at])
    low, high = _interval(area, person, seed, usable=lambda at: 0 < inside[at].sum() < len(at))
    return Finding(
        "membership of a recording",
        over,
        "loss",
        "auc",
        area(np.arange(len(score))),
        low,
        high,
        0.5,
    )


def projected(updates: Array, *, seed: int) -> Array:
    """(m, at most DIMENSIONS): a random rotation of what m updates differ in."""
    if updates.shape[1] <= DIMENSIONS:
        return updates
    maker, total = np.random.default_rng(seed), np.zeros((len(updates), DIMENSIONS), np.float32)
    for start in range(0, updates.shape[1], 4096):
        part = updates[:, start : start + 4096]
        total += part @ maker.standard_normal((part.shape[1], DIMENSIONS), np.float32)
    return total / np.sqrt(DIMENSIONS)


def _asked(
    log: Log,
    target: str,
    attacker: Any,
    y: Array,
    shown: Array,
    source: Array,
    *,
    seed: int,
    device: str,
) -> list[Finding]:
    """What an attacker who has learnt from the updates that are shown makes of the others, and of sums of its scores
    over all that somebody sent. source: (m,) what it may not hold out a part of.

    Chance: the better of a guess among the classes that were shown, and of the most frequent one
    among those asked.
    """
    z = projected(log.updates, seed=seeds.stream(seed, "projection"))
    present, known = np.unique(y[shown], return_inverse=True)
    fitted = attacker.fit(
        z[shown], known, source=source[shown], seed=seeds.stream(seed, "updates"), device=device
    )
    truth = np.where(np.isin(y[~shown], present), np.searchsorted(present, y[~shown]), -1)
    scores, (people, own) = (
        np.asarray(fitted(z[~shown])),
        np.unique(log.who[~shown], return_inverse=True),
    )
    total = np.array([scores[own == k].sum(0) for k in range(len(people))])
    first = np.unique(own, return_index=True)[1]
    named = registry.canonical(type(attacker).__name__.lower(), attacker)
    asked = {ONE: (truth, scores, log.who[~shown]), ALL: (truth[first], total, people)}
    found = []
    for over, (y_of, scored, person) in asked.items():
        hit = classification.credit(y_of, scored)
        low, high = _interval(lambda at, hit=hit: float(hit[at].mean()), person, seed)
        chance = max(
            1 / len(present), float(np.bincount(y_of[y_of >= 0], minlength=1).max() / len(y_of))
        )
        found.append(Finding(target, over, named, "accuracy", float(hit.mean()), low, high, chance))
    return found


def _interval(
    of: Callable[[Array], float],
    person: Array,
    seed: int,
    usable: Callable[[Array], bool] = lambda at: True,
) -> tuple[float, float]:
    """95% of `of(rows)` over draws of people with all of their rows; NaN for less than three."""
    rng, people = np.random.default_rng(seeds.stream(seed, "people")), np.unique(person)
    if len(people) < 3:
        return np.nan, np.nan
    rows = {p: np.flatnonzero(person == p) for p in people}
    draws = (
        np.concatenate([rows[p] for p in rng.choice(people, len(people))]) for _ in range(DRAWS)
    )
    found = [of(at) for at in draws if usable(at)]
    if np.ptp(found) == 0 and found[0] in (0.0, 1.0):  # that all agree proves no certainty
        return intervals.wilson(found[0] * len(people), len(people))
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)
