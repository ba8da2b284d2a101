"""One attacker is fitted on what it may know, asked about the test rows, and measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from ..metrics import classification, regression
from ..toolkit import memoise, memory, sequences
from ..types import Array, Samples
from . import row_text
from .controls import Look

Numbers = dict[str, tuple[float, float]]  # metric -> (value, chance)


@dataclass(frozen=True)
class Found:
    """What an attacker was worth.

    text: what happened on each test row, where that is a hit or a miss. errors: metric -> standard
    error over people, and how many.
    """

    numbers: Numbers
    note: str
    status: str
    text: dict[str, str] = field(default_factory=dict)
    errors: tuple[dict[str, float], int] = field(default_factory=lambda: ({}, 0))


def ask(
    attacker: Any,
    look: Look,
    samples: Samples,
    test: Array,
    *,
    people: Array,
    seed: int,
    device: str,
) -> Found | str:
    """What the attacker finds on the test rows (m,), or why it cannot be asked. It may raise whatever it likes.

    people: (n,) whose each row of `samples` is.
    """
    known, asked = _read(attacker, look, test)
    if needs_inputs(attacker) and samples.x.ndim != 4:
        return attacker.skip(known, np.zeros(len(known), int)) or "the data are no pictures"
    if look.labels.dtype.kind == "f":
        return _numbers(
            attacker, look, samples, known, asked, test, people[test], seed=seed, device=device
        )
    return _classes(attacker, look, samples, known, asked, test, seed=seed, device=device)


def needs_inputs(attacker: Any) -> bool:
    """Whether the attacker rebuilds inputs: it is shown those of its training rows, and judged by the others."""
    return bool(getattr(attacker, "needs_inputs", False))


def _read(attacker: Any, look: Look, test: Array) -> tuple[Array, Array]:
    """(codes to learn from, codes to be asked about): of sequences, those who do not take them get statistics."""

    def seen(z: Array) -> Array:
        if z.ndim != 3 or getattr(attacker, "sequences", False) or look.labels.dtype.kind == "f":
            return z
        return memoise.once(partial(sequences.statistics, z), "statistics", z)

    learnt = look.z if look.learnt is None else look.learnt
    return memory.take(seen(learnt), look.probe), seen(look.z)[test]


def _classes(
    attacker: Any,
    look: Look,
    samples: Samples,
    known: Array,
    asked: Array,
    test: Array,
    *,
    seed: int,
    device: str,
) -> Found | str:
    # Classes are renumbered to those in the probe rows; whoever is unseen there (-1) can only be
    # missed.
    present = np.unique(look.labels[look.probe])
    y = np.searchsorted(present, look.labels[look.probe])
    truth = np.where(
        np.isin(look.labels[test], present), np.searchsorted(present, look.labels[test]), -1
    )
    if why := attacker.skip(known, y):
        return why
    given = {"inputs": memory.take(samples.x, look.probe)} if needs_inputs(attacker) else {}
    adversary = attacker.fit(
        known, y, source=samples.source[look.probe], seed=seed, device=device, **given
    )
    scores = np.asarray(adversary(asked))
    found = _measured(y, truth, scores, len(present))
    if given:
        found |= adversary.likeness(asked, samples.x[test])
    if look.knowable is not None:
        found["knowable"] = look.knowable, found["accuracy"][1]
    text = {"hits": row_text.write(classification.credit(truth, scores))}
    text["answers"] = row_text.write_classes(present[scores.argmax(1)])
    return Found(found, *_said(adversary), text)


def _numbers(
    attacker: Any,
    look: Look,
    samples: Samples,
    known: Array,
    asked: Array,
    test: Array,
    who: Array,
    *,
    seed: int,
    device: str,
) -> Found | str:
    if not hasattr(attacker, "regress"):
        return "tells classes apart; the label is continuous"
    if known.ndim != 3 and getattr(attacker, "sequences", False):
        return f"takes sequences (t, d), not a release of shape {known.shape[1:]}"
    told, truth = look.labels[look.probe], look.labels[test]
    if np.isnan(told).all() or np.isnan(truth).all():
        return (
            "nobody rated a frame of the rows to learn from"
            if np.isnan(told).all()
            else "no frame to ask is rated"
        )
    adversary = attacker.regress(
        known, told, source=samples.source[look.probe], seed=seed, device=device
    )
    said, source = np.asarray(adversary(asked)), samples.source[test]
    found = regression.measured(truth, said, source, float(np.nanmean(told)))
    return Found(found, *_said(adversary), errors=regression.errors(truth, said, source, who))


def _said(adversary: Any) -> tuple[str, str]:
    return getattr(adversary, "note", ""), "ok" if getattr(adversary, "sound", True) else "weak"


def _measured(y: Array, truth: Array, scores: Array, K: int) -> Numbers:
    """Every metric, less those that these rows cannot have: five of a person need a person with five."""
    values = {name: metric(truth, scores) for name, metric in classification.METRICS.items()}
    return {
        name: (v, classification.chance(name, y, truth, K))
        for name, v in values.items()
        if np.isfinite(v)
    }
