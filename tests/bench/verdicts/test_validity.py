"""Objections: why nothing may be concluded from finding nothing."""

from dataclasses import replace

import pytest
from factories import attack, failures, runs, sound_controls, table
from privbench.bench import reasons
from privbench.bench.verdicts import validity
from privbench.bench.verdicts.attempts import Case, attempts
from situations import SITUATIONS


def objections(records, **about):
    """{code: text} of all objections, whether anything leaks or not."""
    known = table(records)
    case = Case(known, runs(**about), attempts(known, runs(**about)))
    return {objection.code: objection.text for objection in validity.objections(case)}


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        ("planted means are missed", "control-missed", "control planted-means missed: "),
        ("controls can test no attacker", "control-untestable", "could test nobody: 10.0%"),
        ("a control lacks an attacker", "control-incomplete", "has no number of lda"),
        ("nothing without controls", "control-absent", "its fold was not run"),
        ("the negative control leaks", "negative-control", "negative control: mlp finds "),
        ("an attack fails", "attack-failed", "failed: lda: boom"),
        ("an attack was not run in every fold", "attack-absent", "not in every fold: lda"),
        ("an attack is below chance", "below-chance", "mlp is significantly below chance: "),
        ("many people are unseen", "people-unseen", "50% of the test rows are of people"),
    ],
)
def test_an_objection_says_what_it_is_about(name, code, text):
    situation = SITUATIONS[name]
    assert text in objections(situation.records, **situation.about)[code]


def test_the_first_failure_is_told_and_the_others_counted():
    failed = [*failures("lda", reason="boom"), *failures("knn", reason="bang")]
    found = objections([*attack("mlp", 0.1), *failed, *sound_controls()])
    assert found == {"attack-failed": "failed: knn: bang, and 1 more"}


def test_a_leak_leaves_only_objections_that_are_always_fatal():
    found = objections([*attack("mlp", 0.5), *sound_controls(permuted=0.5)])
    assert set(found) == set(reasons.ALWAYS_FATAL)
    assert set(reasons.OBJECTIONS) >= reasons.ALWAYS_FATAL


def test_a_seed_without_its_controls_is_told():
    again = {(1, k): rows for (_, k), rows in runs().items()}
    both = runs() | again
    failed = validity.failed_controls(table(sound_controls()), both, ["mlp"])
    assert [reason.code for reason in failed] == ["control-absent"] * 3
    assert validity.failed_controls(table(sound_controls()), runs(), ["mlp"]) == []


@pytest.mark.parametrize(("knowable", "testable"), [(0.27, False), (0.29, True)])
def test_a_control_must_offer_a_fifth_of_what_is_above_chance(knowable, testable):
    controls = sound_controls()
    weak = [replace(r, value=knowable) if r.metric == "knowable" else r for r in controls]
    found = objections([*attack("mlp", 0.1), *weak])
    assert ("control-untestable" in found) != testable


def test_what_was_recovered_of_a_planted_leak_is_told():
    means, covariances = validity.recovered(table(sound_controls()), runs())
    assert means == "planted-means: 88.5% by mlp, 95.0% could be known"
    assert covariances.startswith("planted-covariances: ")
