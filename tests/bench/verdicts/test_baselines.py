"""What is earned without an attack on the codes."""

import dataclasses

import numpy as np
import pytest
from factories import EACH, FOLDS, answer, record, rows, runs, table, task_attack
from privbench.bench.verdicts import baselines


def test_one_person_for_all_is_right_as_often_as_that_person_is_there():
    assert baselines.constant(runs()) == pytest.approx(0.1)
    uneven = runs(person=np.where(np.arange(EACH) < 180, 0, 1))
    assert baselines.constant(uneven) == 0.9


def test_the_task_label_is_worth_one_person_of_each_class():
    assert baselines.label_only(runs(teams=4)) == pytest.approx(0.4)
    assert baselines.label_only(runs()) == pytest.approx(0.1)
    none = {run: dataclasses.replace(r, served=None) for run, r in runs().items()}
    assert baselines.label_only(none) == pytest.approx(0.1)


def test_an_even_prediction_counts_where_the_folds_make_the_frequent_rare():
    """Two people a team; who is frequent on one side is rare on the other."""
    person = np.array([0, 0, 1, 2, 3, 3])
    served = np.array([0, 0, 0, 1, 1, 1])
    test = np.array([2, 3])
    probe = np.array([0, 1, 4, 5, 2, 3])
    scores = baselines.label_scores(person, served, probe)
    one = dataclasses.replace(rows(), person=person[test], served=served[test], by_label=scores)
    assert baselines.label_only({(0, 0): one}) == 0.5


def test_a_label_that_is_carried_is_worth_what_it_tells():
    teams = runs(teams=4)
    assert baselines.label_carried(table(task_attack(4, 1.0)), teams) == pytest.approx(0.4)
    assert baselines.label_carried(table(task_attack(4, 0.25)), teams) < 0.2


def test_the_label_of_the_strongest_utility_attacker_counts():
    weak = [dataclasses.replace(r, attacker="weak") for r in task_attack(4, 0.25)]
    both = table(weak, task_attack(4, 1.0))
    assert baselines.label_carried(both, runs(teams=4)) == pytest.approx(0.4)


def test_a_label_that_no_attacker_read_in_every_fold_excuses_all_that_it_could_tell():
    teams = runs(teams=4)
    assert baselines.label_carried(table(), teams) == 1
    assert baselines.label_carried(table(task_attack(4, 1.0)[1:]), teams) == 1
    majority = [dataclasses.replace(r, attacker="majority") for r in task_attack(4, 1.0)]
    assert baselines.label_carried(table(majority), teams) == 1
    ignorant = [dataclasses.replace(r, threat="ignorant") for r in task_attack(4, 1.0)]
    assert baselines.label_carried(table(ignorant), teams) == 1
    failed = [record(role="utility", value=None, status="failed", fold=k) for k in range(FOLDS)]
    assert baselines.label_carried(table(failed), teams) == 1


def test_even_predictions_about_uneven_rows_are_not_below_chance():
    most = np.where(np.arange(EACH) < 180, 0, 1)
    prediction = np.arange(EACH) % 2
    assert baselines.unrelated([prediction], [most]) == pytest.approx(0.5)


def test_unrelated_predictions_are_a_mean_over_the_rows_of_all_folds():
    ones = np.ones(30, int)
    zeros = np.zeros(10, int)
    assert baselines.unrelated([ones, ones[:10]], [ones, zeros]) == 0.75


def test_a_constant_prediction_earns_the_constant_baseline():
    person = np.where(np.arange(EACH) < 180, 0, 1)
    constant = answer(np.zeros(EACH, int), person)
    assert constant.value == baselines.constant(runs(1, person=person))
