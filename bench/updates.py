"""What the server of a federated training sees, and what that gives away: who sent it, and what they learnt from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import metrics, seeds, stats, verification
from .types import Array, Samples

DIMENSIONS = 512  # that updates are projected to at random: distances stay, and every attacker has time
DRAWS = 1000  # of people, for an interval
LATE = 5  # last rounds that membership is read from


@dataclass(frozen=True)
class Log:
    """m updates of p numbers each. rounds: (m,) from 1. who: (m,) class numbers of participants; -1 for a sum of all.

    weights: (rounds + 1, p) what the server sent out, and what it ended with. people: class numbers of those who took
    part. first: (people, 2 d) mean and deviation of each one's frames, as told before round 1; of no rows where nobody
    told. epsilon: of the guarantee, 0 for none. unit: what it holds for, a `participant` or each `row` of one. lost:
    what did not arrive, and why.
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
            path, rounds=self.rounds, who=self.who, updates=self.updates, weights=self.weights, people=self.people,
            first=self.first, epsilon=np.array(self.epsilon), unit=np.array(self.unit), lost=np.array(self.lost, "U"),
        )  # fmt: skip

    @classmethod
    def read(cls, path: Path) -> Log:
        with np.load(path, allow_pickle=False) as file:
            names = ("rounds", "who", "updates", "weights", "people", "first")
            rounds, who, updates, weights, people, first = (file[name] for name in names)
            epsilon, unit, lost = float(file["epsilon"]), str(file["unit"]), tuple(file["lost"].tolist())
            return cls(rounds, who, updates, weights, people, first, epsilon, unit, lost)


@dataclass(frozen=True)
class Finding:
    """What an attack on updates found: a share of updates, or an area under the curve, with its 95% interval.

    The interval is of the participants: they are drawn again, with all that they sent.
    """

    target: str
    attacker: str
    measure: str
    value: float
    low: float
    high: float
    chance: float


def sender(log: Log, attacker: Any, *, seed: int, device: str) -> Finding | None:
    """Who sent an update of the later rounds, for a server that knows who sent the earlier ones. None for sums."""
    early = log.rounds <= log.rounds.max() // 2
    if log.summed or not early.any():
        return None
    y = np.searchsorted(log.people, log.who)
    hit = _asked(log, attacker, y, early, seed=seed, device=device)
    return _finding("sender", attacker, hit, y[~early], 1 / len(log.people), seed)


def attribute(log: Log, name: str, of: Array, attacker: Any, *, seed: int, device: str) -> Finding | None:
    """A property of people who are unknown, for a server that knows it of the others. of: (people,) classes."""
    y = of[np.searchsorted(log.people, log.who)]
    if log.summed:
        return None
    order, known = np.random.default_rng(seeds.stream(seed, name)), []
    for c in np.unique(of):
        own = order.permutation(log.people[of == c])
        known += own[: -(-len(own) // 2)].tolist()
    shown = np.isin(log.who, known)
    if shown.all() or len(np.unique(y[shown])) < 2:
        return None
    hit = _asked(log, attacker, y, shown, seed=seed, device=device)
    chance = float(np.bincount(y[~shown]).max() / (~shown).sum())
    return _finding(name, attacker, hit, log.who[~shown], chance, seed)


def first_message(log: Log, others: Array, people: Array, *, seed: int) -> Finding | None:
    """Who told the sums of his frames before the training, for a server that has other recordings of everybody.

    others: (m, 2 d) mean and deviation of the frames of recordings that nobody sent; people: (m,) whose. The nearest,
    each number in its deviation over people. None where nobody told sums of his own.
    """
    if not len(log.first) or not len(others):
        return None
    scale = np.maximum(others.std(0), 1e-9)
    apart = np.linalg.norm((log.first[:, None] - others[None]) / scale, axis=2)
    hit = (people[apart.argmin(1)] == log.people).astype(float)
    low, high = _interval(lambda at: float(hit[at].mean()), log.people, seed)
    return Finding("first message", "nearest", "accuracy", float(hit.mean()), low, high, 1 / len(log.people))


def membership(
    log: Log, losses: Callable[[Array, Samples], Array], rows: Samples, who: Array, member: Array, *, seed: int
) -> Finding | None:
    """Whether a recording was learnt from: how much better an update makes the network on it.

    losses: of weights (p,) on each row. rows: candidates; who: (n,) their people; member: (n,) bool. A server that has
    a recording of somebody compares the network that it sent with the one that came back (Yeom et al. 2018, arXiv
    1709.01604, with two models); of a sum it has the mean of all. None where all or none are members.
    """
    gain = np.where(np.isin(who, log.who) | log.summed, 0.0, np.nan)  # of whom nothing came, nothing is known
    for number in range(max(1, int(log.rounds.max()) - LATE + 1), int(log.rounds.max()) + 1):
        before = log.weights[number - 1]
        base = losses(before, rows)
        for m in np.flatnonzero(log.rounds == number):
            own = np.ones(len(rows), bool) if log.who[m] < 0 else who == log.who[m]
            after = log.weights[number] if log.who[m] < 0 else before + log.updates[m]
            if own.any():
                gain[own] += base[own] - losses(after, rows.take(own))
    told = ~np.isnan(gain)
    if not told.any():
        return None
    sources = np.unique(rows.source[told])
    score = np.array([gain[told & (rows.source == s)].mean() for s in sources])
    first = np.array([np.flatnonzero(rows.source == s)[0] for s in sources])
    inside, person = member[first], who[first]
    if inside.all() or not inside.any():
        return None
    area = lambda at: verification.auc(score[at], inside[at])
    low, high = _interval(area, person, seed, usable=lambda at: 0 < inside[at].sum() < len(at))
    return Finding("membership of a recording", "loss", "auc", area(np.arange(len(score))), low, high, 0.5)


def projected(updates: Array, *, seed: int) -> Array:
    """(m, at most DIMENSIONS): a random rotation of what m updates differ in."""
    if updates.shape[1] <= DIMENSIONS:
        return updates
    maker, total = np.random.default_rng(seed), np.zeros((len(updates), DIMENSIONS), np.float32)
    for start in range(0, updates.shape[1], 4096):
        part = updates[:, start : start + 4096]
        total += part @ maker.standard_normal((part.shape[1], DIMENSIONS), np.float32)
    return total / np.sqrt(DIMENSIONS)


def _asked(log: Log, attacker: Any, y: Array, shown: Array, *, seed: int, device: str) -> Array:
    """What each update that is not shown earns an attacker who has learnt from those that are."""
    z = projected(log.updates, seed=seeds.stream(seed, "projection"))
    present, known = np.unique(y[shown], return_inverse=True)
    source = np.unique(np.stack([log.who, log.rounds]), axis=1, return_inverse=True)[1].reshape(-1)
    fitted = attacker.fit(z[shown], known, source=source[shown], seed=seeds.stream(seed, "updates"), device=device)
    truth = np.where(np.isin(y[~shown], present), np.searchsorted(present, y[~shown]), -1)
    return metrics.credit(truth, np.asarray(fitted(z[~shown])))


def _finding(target: str, attacker: Any, hit: Array, person: Array, chance: float, seed: int) -> Finding:
    low, high = _interval(lambda at: float(hit[at].mean()), person, seed)
    return Finding(target, type(attacker).__name__.lower(), "accuracy", float(hit.mean()), low, high, chance)


def _interval(
    of: Callable[[Array], float], person: Array, seed: int, usable: Callable[[Array], bool] = lambda at: True
) -> tuple[float, float]:
    """95% of `of(rows)` over draws of people with all of their rows."""
    rng, people = np.random.default_rng(seeds.stream(seed, "people")), np.unique(person)
    rows = {p: np.flatnonzero(person == p) for p in people}
    draws = (np.concatenate([rows[p] for p in rng.choice(people, len(people))]) for _ in range(DRAWS))
    found = [of(at) for at in draws if usable(at)]
    if np.ptp(found) == 0 and found[0] in (0.0, 1.0):  # that all agree proves no certainty
        return stats.wilson(found[0] * len(people), len(people))
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)
