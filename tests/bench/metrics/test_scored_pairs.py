"""Pairs are sorted, weighed and pooled as by hand."""

import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.bench.metrics.scored_pairs import Scored

SCORES = [3.0, 1, 2, 2, 5]
MATED = np.array([True, False, True, False, True])


def test_pairs_are_sorted_and_those_of_no_weight_are_gone():
    pairs = Scored.of(SCORES, MATED, [1, 2, 3, 4, 0])
    assert pairs.scores.tolist() == [1, 2, 2, 3]
    assert pairs.mated.tolist() == [False, True, False, True]
    assert pairs.weight.tolist() == [2, 3, 4, 1]
    assert Scored.of(SCORES, MATED, None).weight.tolist() == [1] * 5


def test_ranks_and_masses_count_ties_together():
    pairs = Scored.of(SCORES, MATED, [1, 2, 3, 4, 5])
    assert pairs.rank().tolist() == [0, 1, 1, 2, 3]
    mated, others = pairs.mass()
    assert mated.tolist() == [0, 3, 1, 5]
    assert others.tolist() == [2, 4, 0, 0]


def test_the_hull_pools_scores_whose_ratios_do_not_rise():
    """A mated pair below another one: both share a pool with those between."""
    p, q = Scored.of([1, 2, 3, 4], np.array([False, True, False, True]), None).hull()
    assert p.tolist() == [0, 0.5, 0.5]
    assert q.tolist() == [0.5, 0.5, 0]


def test_one_class_is_refused():
    with pytest.raises(InputError, match="0 mated of 2 pairs"):
        Scored.of([1, 2], np.zeros(2, bool), None)
    with pytest.raises(InputError, match="2 mated of 2 pairs"):
        Scored.of([1, 2, 3], np.array([True, True, False]), [1, 1, 0])
