import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from privbench.bench.checks import InputError
from privbench.bench.runner import folds
from privbench.bench.types import Task, samples

TASK = Task()


def faces(people=6, expressions=3, each=4, copies=0):
    who, what, source, original = [], [], [], []
    for p in range(people):
        for e in range(expressions):
            for _ in range(each):
                new = max(source, default=-1) + 1
                for copy in range(1 + copies):
                    who.append(p), what.append(e), source.append(new), original.append(copy == 0)
    x = np.zeros((len(who), 1, 4, 4))
    return samples(
        x,
        {"identity": who, "expression": what},
        source=np.array(source),
        original=np.array(original),
    )


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(sorted({*folds.PROTOCOLS} - {"given"})),
    st.integers(2, 3),
    st.integers(0, 2),
    st.integers(0, 5),
)
def test_no_source_lies_on_both_sides(protocol, k, copies, seed):
    s = faces(copies=copies)
    made = folds.make(s, TASK, protocol, k, seed=seed)
    for fold in made:
        for side in (fold.train, fold.probe, fold.utility_probe):
            assert not set(s.source[side]) & set(s.source[fold.test])
        assert s.original[fold.test].all()
    if protocol != "open-set":
        assert sorted(np.concatenate([f.test for f in made])) == list(np.flatnonzero(s.original))


def test_closed_set_trains_on_everybody_it_tests():
    """Two photographs a person, an even number of folds: what a cell-wise split gets wrong."""
    s = faces(people=51, expressions=2, each=1)
    for k in (2, 5, 10):
        for fold in folds.make(s, TASK, "closed-set", k, seed=0):
            who = s.labels["identity"]
            assert set(who[fold.test]) <= set(who[fold.train])
            tested = np.bincount(s.labels["expression"][fold.test], minlength=2)
            assert abs(tested[0] - tested[1]) <= 4  # a fold of one expression only would be useless


def test_held_out_probes_rows_that_the_encoder_never_saw():
    s = faces(copies=2)
    held, closed = (folds.make(s, TASK, p, 2, seed=0)[0] for p in ("held-out", "closed-set"))
    assert not set(s.source[held.train]) & set(s.source[held.probe])
    assert set(closed.train) == set(closed.probe)
    assert set(s.labels["identity"][held.train]) == set(s.labels["identity"][held.probe])


def test_open_set_tests_people_that_the_encoder_never_saw():
    s = faces()
    who = s.labels["identity"]
    for fold in folds.make(s, TASK, "open-set", 3, seed=0):
        assert not set(who[fold.train]) & set(who[fold.test])
        assert set(who[fold.probe]) == set(who[fold.test])
        assert set(fold.utility_probe) == set(fold.train)


def test_the_same_seed_gives_the_same_folds():
    s = faces()
    a, b, c = (folds.make(s, TASK, "closed-set", 3, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(x.test, y.test) for x, y in zip(a, b, strict=True))
    assert not all(np.array_equal(x.test, y.test) for x, y in zip(a, c, strict=True))


@pytest.mark.parametrize(
    ("s", "protocol", "k", "message"),
    [
        (faces(), "closed-set", 25, "at most 24"),
        (faces(), "closed-set", 1, "at least 2"),
        (faces(), "closed", 2, "did you mean 'closed-set'"),
        (faces(expressions=1, each=1), "closed-set", 2, "one image"),
        (faces(people=8, expressions=3, each=1), "held-out", 2, "four"),
        (faces(), "open-set", 4, "at most 3"),
    ],
)
def test_impossible_folds_are_refused(s, protocol, k, message):
    with pytest.raises(InputError, match=message):
        folds.make(s, TASK, protocol, k, seed=0)


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 4), st.integers(2, 3), st.integers(0, 9))
def test_held_out_probes_know_everybody_that_is_tested(each, k, seed):
    """Few pictures a person: halves dealt over all rows would lose people here."""
    s = faces(people=7, expressions=2, each=each)
    who = s.labels["identity"]
    for fold in folds.make(s, TASK, "held-out", k, seed=seed):
        assert set(who[fold.test]) <= set(who[fold.probe])
        assert set(who[fold.test]) <= set(who[fold.train])


def test_open_set_refuses_a_source_that_shows_two_people():
    s = faces()
    source = s.source.copy()
    source[s.labels["identity"] == 1] = source[s.labels["identity"] == 0]
    shared = dataclasses.replace(s, source=source)
    with pytest.raises(InputError, match="two identity"):
        folds.make(shared, TASK, "open-set", 2, seed=0)


def divided(sides):
    """Twelve vectors of three people in four clips, with a label `split`."""
    who = np.arange(12) % 3
    x = np.random.default_rng(0).normal(size=(12, 2)).astype(np.float32)
    return samples(x, {"identity": who, "split": sides}, source=np.arange(12) // 3)


def test_a_given_division_is_kept_as_it_is():
    sides = np.where(np.arange(12) < 9, "train", "test")
    (fold,) = folds.make(divided(sides), Task("", "identity"), "given", 1, seed=0)
    assert fold.train.tolist() == fold.probe.tolist() == list(range(9))
    assert fold.test.tolist() == [9, 10, 11]


@pytest.mark.parametrize(
    ("sides", "k", "said"),
    [
        (np.where(np.arange(12) < 10, "train", "test"), 1, "1 sources on both sides"),
        (np.where(np.arange(12) < 9, "train", "held"), 1, "train and test"),
        (np.where(np.arange(12) < 9, "train", "test"), 3, "1 for given"),
    ],
)
def test_a_division_that_leaks_or_is_none_is_refused(sides, k, said):
    with pytest.raises(InputError, match=said):
        folds.make(divided(sides), Task("", "identity"), "given", k, seed=0)
