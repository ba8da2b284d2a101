"""One attacker is fitted on what it may know, asked about the test rows, and measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from .. import reasons
from ..capabilities import can, offers
from ..metrics import classification, regression
from ..reasons import Reason
from ..toolkit import memoise, memory, sequences
from ..types import Array, Samples
from . import row_text
from .controls import Look

Numbers = dict[str, tuple[float, float]]  # metric -> (value, chance)


@dataclass(frozen=True)
class Question:
    """What an attacker is asked on one fold, and what it may use.

    look: the codes and labels. samples: all n rows. test: (m,) rows it is asked about. people: (n,)
    class numbers of the private label, whatever the label of the look.
    """

    look: Look
    samples: Samples
    test: Array
    people: Array
    seed: int
    device: str

    @property
    def is_continuous(self) -> bool:
        """Whether the label is a number and no class."""
        return self.look.labels.dtype.kind == "f"

    @property
    def probe_labels(self) -> Array:
        """Labels of the rows to learn from."""
        return self.look.labels[self.look.probe]

    @property
    def test_labels(self) -> Array:
        """Labels of the rows asked about."""
        return self.look.labels[self.test]

    @property
    def budget(self) -> dict[str, Any]:
        """Keyword arguments that every fit takes.

        Sources of the rows to learn from, seed, device.
        """
        source = self.samples.source[self.look.probe]
        return {"source": source, "seed": self.seed, "device": self.device}


@dataclass(frozen=True)
class Measurement:
    """What an attack came to.

    numbers: metric -> (value, chance). note: what the attack says of itself. status: ok or weak.
    row_texts: `hits` and `answers` of each test row, where the label is a class. errors: metric ->
    standard error over people. people: how many.
    """

    numbers: Numbers
    note: Reason | None
    status: str
    row_texts: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, float] = field(default_factory=dict)
    people: int = 0


def ask(attacker: Any, question: Question) -> Measurement | Reason:
    """What the attacker finds on the test rows, or why it cannot be asked.

    It may raise anything.
    """
    known, asked = _codes(attacker, question)
    if can(attacker, "needs_inputs") and question.samples.x.ndim != 4:
        refusal = attacker.skip(known, np.zeros(len(known), int))
        return _not_applicable(refusal or "the data are no pictures")
    if question.is_continuous:
        return _regress(attacker, question, known, asked)
    return _classify(attacker, question, known, asked)


def _not_applicable(text: Any) -> Reason:
    reason = reasons.of(text, "not-applicable")
    assert reason is not None
    return reason


def _codes(attacker: Any, question: Question) -> tuple[Array, Array]:
    """(codes to learn from, codes asked about).

    Attackers of vectors get statistics of sequences.
    """
    look = question.look
    as_they_are = can(attacker, "sequences") or question.is_continuous

    def view(z: Array) -> Array:
        if z.ndim != 3 or as_they_are:
            return z
        return memoise.once(partial(sequences.statistics, z), "statistics", z)

    learnt = look.z if look.learnt is None else look.learnt
    known = memory.take(view(learnt), look.probe)
    return known, view(look.z)[question.test]


def _classify(
    attacker: Any, question: Question, known: Array, asked: Array
) -> Measurement | Reason:
    look, samples = question.look, question.samples
    # Classes are renumbered to those in the probe rows; a class that is unseen there (-1) can only
    # be missed.
    present = np.unique(question.probe_labels)
    y = np.searchsorted(present, question.probe_labels)
    place = np.searchsorted(present, question.test_labels)
    target = np.where(np.isin(question.test_labels, present), place, -1)
    refusal = attacker.skip(known, y)
    if refusal:
        return _not_applicable(refusal)
    inputs = {}
    if can(attacker, "needs_inputs"):
        inputs = {"inputs": memory.take(samples.x, look.probe)}
    adversary = attacker.fit(known, y, **question.budget, **inputs)
    scores = np.asarray(adversary(asked))
    numbers = _numbers(y, target, scores, len(present))
    if inputs:
        numbers |= adversary.likeness(asked, samples.x[question.test])
    if look.knowable is not None:
        numbers["knowable"] = look.knowable, numbers["accuracy"][1]
    prediction = present[scores.argmax(1)]
    row_texts = {
        "hits": row_text.write(classification.credit(target, scores)),
        "answers": row_text.write_classes(prediction),
    }
    return Measurement(numbers, _note(adversary), _status(adversary), row_texts)


def _regress(attacker: Any, question: Question, known: Array, asked: Array) -> Measurement | Reason:
    refusal = _why_not_regress(attacker, question, known)
    if refusal:
        return _not_applicable(refusal)
    target, truth = question.probe_labels, question.test_labels
    adversary = attacker.regress(known, target, **question.budget)
    prediction = np.asarray(adversary(asked))
    source = question.samples.source[question.test]
    numbers = regression.measured(truth, prediction, source, float(np.nanmean(target)))
    people = question.people[question.test]
    errors, count = regression.errors(truth, prediction, source, people)
    note, status = _note(adversary), _status(adversary)
    return Measurement(numbers, note, status, errors=errors, people=count)


def _why_not_regress(attacker: Any, question: Question, known: Array) -> str:
    if not offers(attacker, "regress"):
        return "tells classes apart; the label is continuous"
    if known.ndim != 3 and can(attacker, "sequences"):
        return f"takes sequences (t, d), not a release of shape {known.shape[1:]}"
    if np.isnan(question.probe_labels).all():
        return "nobody rated a frame of the rows to learn from"
    if np.isnan(question.test_labels).all():
        return "no frame to ask is rated"
    return ""


def _note(adversary: Any) -> Reason | None:
    return reasons.of(getattr(adversary, "note", None))


def _status(adversary: Any) -> str:
    return "ok" if getattr(adversary, "sound", True) else "weak"


def _numbers(y: Array, target: Array, scores: Array, n_classes: int) -> Numbers:
    """Every metric, less those that these rows cannot have: five of a person need one with five."""
    numbers: Numbers = {}
    for name, metric in classification.METRICS.items():
        value = metric(target, scores)
        if np.isfinite(value):
            numbers[name] = value, classification.chance(name, y, target, n_classes)
    return numbers
