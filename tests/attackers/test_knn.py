"""Nearest neighbours; `tests/bench/toolkit/test_train.py` compares them with scikit-learn's."""

import numpy as np
import pytest
from attacks import fitted
from privbench.bench.checks import InputError
from privbench.bench.registry import build


def test_knn_with_more_neighbours_than_rows_is_skipped():
    attacker = build("attackers", "knn:k=50")
    assert "fewer than" in attacker.skip(np.zeros((10, 2)), np.zeros(10))
    with pytest.raises(InputError, match="at least 1"):
        build("attackers", "knn:k=0")


def test_rows_that_are_all_the_same_have_no_neighbours():
    adversary = fitted("knn", np.ones((20, 3), np.float32), np.arange(20) % 2)
    assert adversary.note.code == "nothing-to-compare"
    assert not adversary.sound
