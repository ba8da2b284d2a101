"""The test rows of each fold of a plan, and what may be known of them without any code."""

from types import SimpleNamespace

import numpy as np
import pytest
from privbench.bench.types import Fold, Samples
from privbench.bench.verdicts import evidence

PEOPLE = ("ann", "bob", "cay")


@pytest.fixture
def samples():
    """Six rows; the last has the input of the first, and cay is in one row alone."""
    x = np.array([[1.0], [2.0], [3.0], [4.0], [5.0], [1.0]], np.float32)
    labels = {"identity": np.array([0, 0, 1, 1, 2, 0]), "mood": np.array([0, 1, 0, 1, 1, 0])}
    classes = {"identity": PEOPLE, "mood": ("sad", "gay")}
    return Samples(x, labels, classes, np.arange(6) + 10, np.ones(6, bool))


@pytest.fixture
def plan(monkeypatch):
    """Two folds of every seed: the last three rows are tested, or the first two."""
    first, last = np.array([0, 1, 2]), np.array([3, 4, 5])
    folds = [Fold(first, first, last, first), Fold(last, last, first[:2], last)]
    monkeypatch.setattr(evidence, "folds_of", lambda plan, seed, samples: folds)
    return SimpleNamespace(private="identity", utility="mood")


def test_the_test_rows_of_a_fold_and_what_is_known_of_them(plan, samples):
    found = evidence.evidence(plan, samples, {(7, 0)})
    rows = found[7, 0]
    assert rows.rows.tolist() == [3, 4, 5]
    assert rows.source.tolist() == [13, 14, 15]
    assert rows.person.tolist() == [1, 2, 0]
    assert rows.served.tolist() == [1, 1, 0]
    assert rows.unseen == pytest.approx(1 / 3)
    assert rows.twins == pytest.approx(1 / 3)
    assert rows.people == PEOPLE
    assert rows.classes == ("sad", "gay")
    counts, presence = rows.by_label
    assert counts.tolist() == [[1, 1, 0], [1, 0, 0]]  # of the rows to learn from
    assert np.array_equal(presence, counts)


def test_without_a_task_label_all_rows_are_of_one_class(plan, samples):
    plan.utility = ""
    rows = evidence.evidence(plan, samples, {(0, 0)})[0, 0]
    assert rows.served is None
    assert rows.classes == ()
    assert rows.by_label[0].tolist() == [[2, 1, 0]]


def test_folds_come_in_order(plan, samples):
    found = evidence.evidence(plan, samples, {(1, 1), (0, 1), (1, 0)})
    assert list(found) == [(0, 1), (1, 0), (1, 1)]
    assert found[0, 1].rows.tolist() == [0, 1]
