"""Flags: each where it must be raised, with its evidence, and nowhere else."""

import numpy as np
import pytest
from factories import attack, runs, sound_controls, table
from privbench.bench.reasons import Reason
from privbench.bench.verdicts import flags
from privbench.bench.verdicts.attempts import Case, attempts
from situations import SITUATIONS


def raised(situation):
    """{code: evidence} of the flags of a situation, less those of the limits of its verdict."""
    records = situation.table.privacy
    case = Case(records, situation.runs, attempts(records, situation.runs))
    return {flag.code: flag.text for flag in flags.flags(case)}


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        ("no attack gets going", "underfit", "mlp in 3 of 3 folds"),
        ("an attack runs out of its budget", "budget-short", "mlp in 1 of 3 folds"),
        ("planted covariances are missed", "misses-planted-covariances", "mlp"),
        ("many people are unseen", "unseen-people", "50.0% of the test rows"),
        ("inputs are on both sides", "duplicates", "20.0% of the test rows"),
        ("a plain attacker is above the capable", "strong-below-weak", "lda 59.2%, mlp 28.5%"),
        ("half of the pictures tell less", "still-rising", "from half of each person's pictures"),
    ],
)
def test_a_flag_has_its_evidence(name, code, text):
    assert text in raised(SITUATIONS[name])[code]


def test_a_budget_that_was_spent_is_known_by_its_code_alone():
    assert "budget-short" in raised(SITUATIONS["an attack runs out of its budget"])
    assert "budget-short" not in raised(SITUATIONS["an attack has another note"])
    assert "budget-short" not in raised(SITUATIONS["a leak"])


def test_flags_of_codes_are_told_once_and_in_order():
    first = (Reason("rank-deficient", "rank 2"), Reason("badly-scaled", "from 1 to 2"))
    second = (Reason("rank-deficient", "rank 3"),)
    records = [*attack("mlp", 0.4, fold=0, flags=first), *attack("mlp", 0.4, fold=1, flags=second)]
    case = Case(table(records), runs(2), attempts(table(records), runs(2)))
    assert flags.flags(case) == [first[1], second[0]]


def test_an_attacker_that_misses_most_of_a_planted_leak_is_named():
    missed = attack("lda", 0.12, control="planted-covariances", fold=1, knowable=0.95)
    found = attack("knn", 0.9, control="planted-covariances", fold=1, knowable=0.95)
    records = table([*attack("mlp", 0.4), *sound_controls(), *missed, *found])
    case = Case(records, runs(), attempts(records, runs()))
    assert flags.flags(case) == [Reason("misses-planted-covariances", "lda")]


def test_rows_are_too_few_where_a_tenth_of_the_scale_could_not_have_been_seen():
    assert flags.limits(0.1, 0.18, explained=False) == []
    (flag,) = flags.limits(0.1, 0.2, explained=False)
    assert (flag.code, flag.text) == ("too-few-rows", "no leak below 20.0% could have been seen")
    (flag,) = flags.limits(0.1, float("inf"), explained=False)
    assert flag.text == "no leak of any size could have been seen"


def test_leakage_that_the_task_label_explains_is_flagged():
    (flag,) = flags.limits(0.4, 0.45, explained=True)
    assert flag.code == "told-by-the-task"
    assert flag.text.endswith("tells 40.0%")


def test_larger_is_a_paired_test_over_sources():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=400)
    source = np.arange(400)
    assert flags.larger(noise + 0.3, source) < 1e-4
    assert flags.larger(noise, source) > 0.01
    assert flags.larger(np.zeros(10), np.arange(10)) == 1
    assert flags.larger(np.ones(10), np.arange(10)) == 0
    assert flags.larger(np.ones(10), np.zeros(10)) == 1
    values = rng.normal(size=20)
    copies = np.repeat(values, 50)  # many rows, few pictures
    of_copies = flags.larger(copies, np.arange(20).repeat(50))
    assert of_copies == pytest.approx(flags.larger(values, np.arange(20)), rel=1e-6)
