"""What a verdict is decided by: names, pairs, and what they must exceed."""

import numpy as np
import pytest
from privbench.bench.metrics.certify import Certificate
from privbench.bench.metrics.intervals import smallest_visible
from privbench.bench.verdicts.attempts import Attempts
from privbench.bench.verdicts.decision import Decision
from privbench.bench.verdicts.recognition import Recognition

ROWS = 100


def decision(low=0.3, mean=0.4, *, floor=0.1, chance=0.1, auc_low=None):
    attempts = Attempts(("a",), np.full((1, ROWS), mean), np.arange(ROWS), chance)
    pairs = None if auc_low is None else Recognition("v", 0.6, auc_low, 0.9, {})
    return Decision(attempts, Certificate(0, mean, low, 0.9), pairs, floor)


def test_names_leak_where_the_certified_limit_exceeds_the_floor():
    assert decision().names_leak
    assert not decision(floor=0.3).names_leak
    assert not decision(floor=0.35, low=0.36, mean=0.34).names_leak  # certified on lucky rows


def test_pairs_leak_where_their_lower_limit_exceeds_a_guess():
    assert decision(auc_low=0.51).pairs_leak
    assert not decision(auc_low=0.5).pairs_leak
    assert not decision().pairs_leak


@pytest.mark.parametrize(
    ("floor", "auc_low", "leaks"),
    [(0.1, None, True), (0.5, None, False), (0.5, 0.6, True), (0.5, 0.4, False)],
)
def test_either_is_a_leak(floor, auc_low, leaks):
    assert decision(floor=floor, auc_low=auc_low).leaks == leaks


def test_leakage_is_explained_where_it_exceeds_chance_and_not_the_floor():
    assert decision(floor=0.5).explained
    assert not decision().explained
    assert not decision(low=0.05, floor=0.5).explained


def test_the_smallest_leakage_is_that_of_one_half_of_the_sources():
    assert decision(floor=0.2).smallest == smallest_visible(0.2, ROWS // 2, 0.975)
