"""Pairs of releases, and ranks with ties."""

import numpy as np
import pytest
from privbench.bench.analysis.crossfit import Series
from privbench.bench.analysis.standings import Difference, differences, standings


def flat(value, folds=2, rows=2):
    return Series(np.full(folds, value), np.zeros(folds), np.ones(folds), np.ones(folds), rows)


def test_ranks_count_what_is_better_and_ties_need_not_be_transitive():
    series = {"c": flat(0.7), "a": flat(0.5), "b": flat(0.6)}
    apart = {("a", "c"): 0.01, ("a", "b"): 0.5, ("b", "c"): 0.5}
    tested = [
        Difference("privacy", "identity", *pair, -0.1, -0.2, 0.0, p, p) for pair, p in apart.items()
    ]
    ranks = standings("privacy", "identity", series, tested)
    assert [(s.name, s.rank) for s in ranks] == [("a", 1), ("b", 1), ("c", 2)]


def test_the_worse_leaks_more_or_serves_less():
    numbers = (0.1, 0.05, 0.15, 0.001, 0.001)
    assert Difference("privacy", "identity", "a", "b", *numbers).worse == "a"
    assert Difference("utility", "expression", "a", "b", *numbers).worse == "b"


@pytest.mark.parametrize(("rows", "most"), [(40, 1.0), (None, 2.0)])
def test_limits_stay_in_the_range_of_the_metric(rows, most):
    a = Series(np.array([0.9, -0.9]), np.zeros(2), np.ones(2), np.ones(2), rows)
    (pair,) = differences("utility", "valence", {"a": a, "b": flat(0.0, rows=rows)})
    assert (pair.ci_low, pair.ci_high) == (-most, most)
    assert not pair.told_apart
