"""Releases that were attacked in known ways, each with the verdict that must come of it.

Every flag that an attack can raise, and every objection, is raised by one of these at least.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from factories import (
    PERSON,
    attack,
    failures,
    pairs,
    record,
    runs,
    sound_controls,
    table,
    task_attack,
)
from privbench.bench.reasons import Reason
from privbench.bench.records import Record
from privbench.bench.runner import controls


@dataclass(frozen=True)
class Situation:
    """Records of one release, and the codes that its verdict must have, in any order.

    about: changes of the test rows (see `factories.runs`).
    """

    records: list[Record]
    code: str
    flags: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def table(self):
        return table(self.records)

    @property
    def runs(self):
        return runs(**self.about)


def flagged(records, *codes):
    """The records with flags of their release."""
    return [replace(r, flags=tuple(Reason(code) for code in codes)) for r in records]


def reasoned(records, code, text, folds):
    """The records with a reason in these folds."""
    return [r.because(Reason(code, text)) if r.fold in folds else r for r in records]


def uninformative(records):
    """Controls of which nothing can be known."""
    return [replace(r, value=0.1) if r.metric == "knowable" else r for r in records]


def ignorant(records):
    return [replace(r, threat="ignorant") for r in records]


LEAK = attack("mlp", 0.4)
BLIND = attack("mlp", 0.1)
CONTROLS = sound_controls()
TEAMS = {"teams": 4}  # their label alone is worth 40%
FEW = PERSON[:30]

SITUATIONS = {
    "a leak": Situation([*LEAK, *CONTROLS], "leaks"),
    "nothing is found": Situation([*BLIND, *CONTROLS], "no-leak-found"),
    "a leak without controls": Situation(LEAK, "leaks"),
    "nothing without controls": Situation(BLIND, "invalid", (), ("control-absent",) * 3),
    "planted means are missed": Situation(
        [*BLIND, *sound_controls(**{"planted-means": 0.1})],
        "invalid",
        ("misses-planted-means",),
        ("control-missed",),
    ),
    "planted covariances are missed": Situation(
        [*BLIND, *sound_controls(**{"planted-covariances": 0.1})],
        "invalid",
        ("misses-planted-covariances",),
        ("control-missed",),
    ),
    "controls can test no attacker": Situation(
        [*BLIND, *uninformative(CONTROLS)], "invalid", (), ("control-untestable",) * 2
    ),
    "a control lacks an attacker": Situation(
        [*BLIND, *attack("lda", 0.1), *CONTROLS], "invalid", (), ("control-incomplete",) * 3
    ),
    "the negative control leaks": Situation(
        [*BLIND, *sound_controls(permuted=0.5)], "invalid", (), ("negative-control",)
    ),
    "a leak, and the negative control leaks": Situation(
        [*LEAK, *sound_controls(permuted=0.5)], "invalid", (), ("negative-control",)
    ),
    "an attack fails": Situation(
        [*BLIND, *failures("lda", reason="boom"), *CONTROLS], "invalid", (), ("attack-failed",)
    ),
    "an attack was not run in every fold": Situation(
        [*BLIND, *attack("lda", 0.1, fold=1), *CONTROLS], "invalid", (), ("attack-absent",)
    ),
    "an attacker is skipped": Situation(
        [*BLIND, *failures("cnn", status="skipped", reason="no picture"), *CONTROLS],
        "no-leak-found",
    ),
    "every attack fails": Situation(
        failures("lda", reason="boom"), "invalid", (), ("attack-failed", "no-complete-attack")
    ),
    "no attack gets going": Situation(
        [*attack("mlp", 0.1, status="weak"), *CONTROLS],
        "invalid",
        ("underfit",),
        ("no-sound-attack",),
    ),
    "a leak, and an attack does not get going": Situation(
        [*LEAK, *attack("lda", 0.1, status="weak"), *CONTROLS], "leaks", ("underfit",)
    ),
    "an attack runs out of its budget": Situation(
        [*reasoned(LEAK, "budget-short", "still improving", (1,)), *CONTROLS],
        "leaks",
        ("budget-short",),
    ),
    "an attack has another note": Situation(
        [*reasoned(LEAK, "note", "still improving", (1,)), *CONTROLS], "leaks"
    ),
    "an attack is below chance": Situation(
        [*attack("mlp", 0.02), *CONTROLS], "invalid", (), ("below-chance",)
    ),
    "the release is constant": Situation(
        [*flagged(BLIND, "constant"), *CONTROLS], "invalid", ("constant",), ("constant-codes",)
    ),
    "codes repeat on one side": Situation(
        [*flagged(BLIND, "repeated-codes"), *CONTROLS],
        "invalid",
        ("repeated-codes",),
        ("lookup-untried",),
    ),
    "codes repeat on both sides": Situation(
        [*flagged(BLIND, "repeated-codes", "same-codes-in-test"), *CONTROLS],
        "no-leak-found",
        ("repeated-codes", "same-codes-in-test"),
    ),
    "many people are unseen": Situation(
        [*BLIND, *CONTROLS],
        "invalid",
        ("unseen-people",),
        ("people-unseen",),
        {"unseen": 0.5},
    ),
    "a few people are unseen": Situation(
        [*BLIND, *CONTROLS], "no-leak-found", ("unseen-people",), (), {"unseen": 0.01}
    ),
    "inputs are on both sides": Situation(
        [*BLIND, *CONTROLS], "no-leak-found", ("duplicates",), (), {"twins": 0.2}
    ),
    "a plain attacker is above the capable": Situation(
        [*attack("lda", 0.6), *attack("mlp", 0.3), *CONTROLS], "leaks", ("strong-below-weak",)
    ),
    "a plain attacker is level with the capable": Situation(
        [*attack("lda", 0.3), *attack("mlp", 0.3), *CONTROLS], "leaks"
    ),
    "half of the pictures tell less": Situation(
        [*attack("mlp", 0.6), *CONTROLS, *attack("mlp", 0.3, control=controls.HALF, fold=0)],
        "leaks",
        ("still-rising",),
    ),
    "half of the pictures tell as much": Situation(
        [*attack("mlp", 0.6), *CONTROLS, *attack("mlp", 0.6, control=controls.HALF, fold=0)],
        "leaks",
    ),
    "there are few rows": Situation(
        [*attack("mlp", 0.4, person=FEW), *sound_controls(person=FEW)],
        "leaks",
        ("too-few-rows",),
        (),
        {"person": FEW},
    ),
    "the task label tells what leaks": Situation(
        [*attack("mlp", 0.3), *task_attack(4, 1.0), *CONTROLS],
        "no-leak-found",
        ("told-by-the-task",),
        (),
        TEAMS,
    ),
    "the release does not carry the task label": Situation(
        [*attack("mlp", 0.3), *task_attack(4, 0.25), *CONTROLS], "leaks", (), (), TEAMS
    ),
    "no attacker read the task label": Situation(
        [*attack("mlp", 0.3), *CONTROLS], "no-leak-found", ("told-by-the-task",), (), TEAMS
    ),
    "only ignorant attackers were complete": Situation(
        [*ignorant(BLIND), *CONTROLS], "invalid", (), ("no-complete-attack",)
    ),
    "an ignorant attacker finds the leak": Situation(
        [*BLIND, *ignorant(attack("lda", 0.4)), *CONTROLS], "leaks"
    ),
    "an ignorant attacker is weak": Situation(
        [*BLIND, *ignorant(attack("lda", 0.1, status="weak")), *CONTROLS], "no-leak-found"
    ),
    "pairs leak": Situation([*BLIND, *pairs(0.8), *CONTROLS], "leaks"),
    "pairs leak, and nothing else is sound": Situation([*failures("lda"), *pairs(0.8)], "leaks"),
    "pairs do not leak": Situation([*BLIND, *pairs(0.5), *CONTROLS], "no-leak-found"),
    "pairs leak, and the negative control leaks": Situation(
        [*BLIND, *pairs(0.8), *sound_controls(permuted=0.5)], "invalid", (), ("negative-control",)
    ),
    "names and pairs leak": Situation([*LEAK, *pairs(0.8), *CONTROLS], "leaks"),
    "only the majority class was asked": Situation(
        [record(attacker="majority", fold=k) for k in range(3)],
        "invalid",
        (),
        ("no-complete-attack",),
    ),
}
