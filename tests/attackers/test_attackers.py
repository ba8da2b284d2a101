"""Attackers that learn from vectors, against data whose answer is known."""

import dataclasses

import numpy as np
import pytest
from attacks import accuracy, dealt, fitted, highest_by_luck, in_order, learners
from privbench.bench.registry import build

LEARNERS = learners()


@pytest.fixture(scope="module")
def gaussian():
    """100 training rows a person, K = 10, delta = 3: Bayes .902."""
    samples = build("datasets", "gaussian:rows=200").load(None)
    return dealt(samples.x, samples.labels["identity"])


def scaled(codes, factors):
    """The codes with each row multiplied by a factor (n,)."""
    z = codes.z * factors[:, None]
    return dataclasses.replace(codes, z=z.astype(np.float32))


def test_nobody_beats_the_bayes_accuracy_and_the_best_comes_near_it(gaussian):
    bayes = build("datasets", "gaussian:rows=200").bayes()
    accuracies = {name: accuracy(name, gaussian) for name in LEARNERS}
    limit = highest_by_luck(len(gaussian.test), bayes, risk=0.001)
    assert max(accuracies.values()) <= limit, accuracies
    assert max(accuracies.values()) >= bayes - 0.03, accuracies
    # A weak one among them would be badly trained.
    assert min(accuracies.values()) > 0.6, accuracies


@pytest.mark.parametrize("name", LEARNERS)
def test_nothing_is_found_where_nothing_is(name):
    z = np.random.default_rng(0).normal(size=(600, 20))
    codes = dealt(z.astype(np.float32), np.arange(600) % 10)
    assert accuracy(name, codes) <= highest_by_luck(300, 0.1)


@pytest.mark.parametrize("name", LEARNERS)
def test_a_leak_in_small_numbers_is_a_leak(name):
    """The scale trap: the leaking dimensions are multiplied by 1e-4 and hidden among large ones."""
    rng = np.random.default_rng(0)
    y = np.arange(600) % 10
    leak = 6 * np.eye(10)[y] + rng.normal(size=(600, 10))
    noise = rng.normal(size=(600, 10))
    z = np.concatenate([1e-4 * leak, noise], axis=1)
    assert accuracy(name, dealt(z.astype(np.float32), y)) > 0.9


@pytest.mark.parametrize("name", LEARNERS)
def test_a_few_loud_rows_blind_nobody(gaussian, name):
    """One row in fifty a million times as large: the others give away as much as before."""
    loud = np.arange(len(gaussian.z)) % 50 == 7
    quiet = dataclasses.replace(gaussian, test=gaussian.test[~loud[gaussian.test]])
    factors = np.where(loud, 1e6, 1).astype(np.float32)
    assert accuracy(name, scaled(quiet, factors)) > accuracy(name, quiet) - 0.1


@pytest.mark.parametrize("name", LEARNERS)
def test_loud_rows_of_other_kinds(gaussian, name):
    """One in ten times 1e9; and one-hot codes, mostly zero, with one row of 1e12."""
    loud = np.arange(len(gaussian.z)) % 10 == 7
    quiet = dataclasses.replace(gaussian, test=gaussian.test[~loud[gaussian.test]])
    factors = np.where(loud, 1e9, 1)
    assert accuracy(name, scaled(quiet, factors)) > accuracy(name, quiet) - 0.15
    person = np.arange(900) % 30
    hot = np.eye(30, dtype=np.float32)[person]
    hot[17] = 1e12
    assert accuracy(name, in_order(hot, person, known=600)) > 0.9


def test_constant_codes_leave_every_attacker_standing():
    z = np.ones((60, 100), np.float32)
    for name in LEARNERS:
        adversary = fitted(name, z, np.arange(60) % 4)
        assert np.isfinite(adversary(z)).all()
        assert not adversary.sound
        assert adversary.note


@pytest.mark.parametrize("d", [1, 3])
def test_attackers_leave_their_codes_as_they_are(d):
    """One column is its own transpose: a sort of the one would shuffle the other."""
    falling = np.arange(120, 0, -1, dtype=np.float32)
    z = falling[:, None] * np.ones(d, np.float32)
    kept = z.copy()
    for name in LEARNERS:
        fitted(name, z, np.arange(120) // 30)
        assert np.array_equal(z, kept), name


@pytest.mark.parametrize("name", ["lda", "knn"])
def test_a_leak_without_any_spread_is_found(name):
    y = np.arange(200) % 10
    hot = np.eye(10)[y]
    for z in (hot, hot.repeat(30, 1), y[:, None] * np.ones(4)):
        codes = in_order(z.astype(np.float32), y, known=120)
        assert accuracy(name, codes) == 1
