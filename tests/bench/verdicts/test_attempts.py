"""Attempts of several attackers, side by side on the same test rows."""

import dataclasses

import numpy as np
import pytest
from factories import EACH, FOLDS, PERSON, answer, attack, record, runs, sound_controls, table
from privbench.bench.metrics.certify import share
from privbench.bench.verdicts.attempts import attempts, attempts_on_control


def test_attackers_that_are_complete_stand_side_by_side_sorted():
    majority = [record(attacker="majority", fold=k) for k in range(FOLDS)]
    partial = attack("svm", 0.3, fold=1)
    records = table(attack("mlp", 0.4), attack("lda", 0.2), partial, majority, sound_controls())
    found = attempts(records, runs())
    assert found.names == ("lda", "mlp")
    assert found.credits.shape == (2, FOLDS * EACH)
    assert found.strongest == "mlp"
    assert found.credits_of("mlp").mean() == pytest.approx(0.4, abs=0.05)
    assert found.source.tolist() == list(range(FOLDS * EACH))


def test_ignorant_attackers_are_asked_for_by_name():
    ignorant = [dataclasses.replace(r, threat="ignorant") for r in attack("lda", 0.2)]
    records = table(attack("lda", 0.4), ignorant)
    assert attempts(records, runs()).names == ("lda",)
    both = attempts(records, runs(), ignorant=True)
    assert both.names == ("lda", "lda (ignorant)")
    assert both.strongest == "lda"


def test_a_control_is_judged_in_the_folds_that_it_was_run_in():
    records = table(sound_controls())
    found = attempts_on_control(records.control("planted-covariances"), runs())
    assert found.credits.shape == (1, EACH)
    assert found.source[0] == EACH  # of the second fold
    none = attempts_on_control(records.control("another"), runs())
    assert none.names == ()
    assert none.certify() is None


def test_one_prediction_for_all_is_chance_where_the_test_rows_are_of_one():
    person = np.where(np.arange(EACH) < 180, 0, 1)
    constant = [answer(np.zeros(EACH, int), person, fold=k) for k in range(FOLDS)]
    assert attempts(table(constant), runs(person=person)).chance == 0.9
    assert attempts(table(attack("mlp", 0.4)), runs()).chance == pytest.approx(0.1)


def test_chance_is_a_mean_over_rows():
    short = PERSON[:100]
    long_and_short = runs(1) | {(0, 1): runs(2, person=short)[0, 1]}
    first = attack("mlp", 0.4, fold=0, chance=0.3)
    second = attack("mlp", 0.4, fold=1, person=short, chance=0.6)
    assert attempts(table(first, second), long_and_short).chance == pytest.approx(0.4)


def test_nothing_is_certified_of_no_attacker_or_of_one_source():
    assert not attempts(table(), runs()).certifiable
    one = {run: dataclasses.replace(rows, source=np.zeros(EACH)) for run, rows in runs().items()}
    assert attempts(table(attack("mlp", 0.4)), one).certify() is None


def test_one_source_with_most_rows_certifies_nothing():
    """A long clip and a few short ones: what holds of the long one tells nothing of the others."""
    credits = np.concatenate([np.ones(150), np.zeros(24)])
    source = np.concatenate([np.zeros(150), 1 + np.arange(24) // 4])
    assert share(credits, source, side="lower")[0] < 0.5
    even = np.arange(174)  # the control: as many hits of as many pictures
    assert share(credits, even, side="lower")[0] > 0.75
