"""Membership inference by a federated server: which recordings were learnt from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..metrics import verification
from ..toolkit.federated_log import Log
from ..types import Array, Samples
from .findings import ALL, ONE, Finding, interval

LATE = 5  # last rounds that are read

Losses = Callable[[Array, Samples], Array]  # weights (p,), n rows -> (n,) the loss on each


def membership(
    log: Log, losses: Losses, rows: Samples, who: Array, member: Array, *, seed: int
) -> list[Finding]:
    """Whether a recording was learnt from: by how much an update improves the network on it.

    losses: of weights (p,) on each row. rows: n candidates; who: (n,) their people; member: (n,)
    bool. A server that has a recording of a person compares the network that it sent with the one
    that came back (Yeom et al. 2018, arXiv 1709.01604, with two models); of a sum it has the mean
    of all. Two findings: of the last update, and of the last LATE. None where all or none are
    members.
    """
    last = int(log.rounds.max())
    before = max(0, last - LATE)
    numbers = range(last, before, -1)
    gains = [_gain(log, losses, rows, who, number) for number in numbers]
    never = np.isnan(gains).all(0)
    absent = np.where(never, np.nan, 0.0)
    total = np.nansum(gains, 0) + absent
    findings = []
    for over, gain in ((ONE, gains[0]), (ALL, total)):
        finding = _membership(over, gain, rows.source, who, member, seed)
        if finding is not None:
            findings.append(finding)
    return findings


def _gain(log: Log, losses: Losses, rows: Samples, who: Array, number: int) -> Array:
    """(n,) by how much the loss on each row fell in a round; NaN where no update came."""
    gain = np.full(len(rows), np.nan)
    before = log.weights[number - 1]
    base = losses(before, rows)
    for m in np.flatnonzero(log.rounds == number):
        if log.who[m] < 0:
            learnt = np.ones(len(rows), bool)
            after = log.weights[number]
        else:
            learnt = who == log.who[m]
            after = before + log.updates[m]
        if learnt.any():
            loss = losses(after, rows.take(learnt))
            gain[learnt] = base[learnt] - loss
    return gain


def _membership(
    over: str, gain: Array, source: Array, who: Array, member: Array, seed: int
) -> Finding | None:
    """The finding of gains (n,); rows of one source are one recording, and count by their mean."""
    scored = ~np.isnan(gain)
    gain = gain[scored]
    source = source[scored]
    recordings, first = np.unique(source, return_index=True)
    score = np.array([gain[source == recording].mean() for recording in recordings])
    inside = member[scored][first]
    person = who[scored][first]
    if inside.all() or not inside.any():
        return None

    def area(at: Array) -> float:
        return verification.auc(score[at], inside[at])

    def has_both(at: Array) -> bool:
        members = inside[at].sum()
        return 0 < members < len(at)

    value = area(np.arange(len(score)))
    low, high = interval(area, person, seed, usable=has_both)
    return Finding("membership of a recording", over, "loss", "auc", value, low, high, 0.5)
