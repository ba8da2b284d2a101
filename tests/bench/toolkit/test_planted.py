"""Planted leaks are as large as they say, and only attackers that can find them do."""

import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.bench.registry import build
from privbench.bench.toolkit import planted

Y = np.arange(1000) % 10


def found(name, z, y=Y):
    """Accuracy of an attacker on the second half of the rows."""
    half = len(y) // 2
    adversary = build("attackers", name).fit(
        z[:half], y[:half], source=np.arange(half), seed=0, device="cpu"
    )
    return float((adversary(z[half:]).argmax(1) == y[half:]).mean())


@pytest.mark.parametrize(
    ("k", "delta", "bayes"), [(10, 3, 0.90249), (2, 1, 0.76025), (20, 2, 0.55799), (10, 0, 0.1)]
)
def test_means_have_the_known_bayes_accuracy(k, delta, bayes):
    assert planted.means(np.arange(k), 30, seed=0, delta=delta).bayes == pytest.approx(
        bayes, abs=0.011
    )


def test_covariances_are_seen_by_those_who_look_at_covariances():
    p = planted.covariances(Y, 20, seed=0)
    assert p.bayes > 0.8
    assert found("linear", p.z) < 0.2
    assert found("lda", p.z) < 0.2
    assert found("qda", p.z) > 0.6


def test_a_scale_hides_nothing_from_whoever_standardises():
    small, plain = planted.scale_trap(Y, 20, seed=0), planted.means(Y, 20, seed=0)
    assert small.z[:, :10].std() < 1e-3
    assert small.bayes == plain.bayes
    assert found("lda", small.z) == pytest.approx(found("lda", plain.z), abs=0.02)
    assert found("knn:metric=plain", small.z) < 0.2  # the control: who does not standardise


def test_a_keyed_channel_is_certain_with_the_key_and_invisible_without():
    y = np.arange(1600) % 16
    p = planted.parity(y, 64, seed=0)
    odd = np.stack([(p.z[:, own] > 0).sum(1) % 2 for own in planted.key(64, 4, 8, seed=0)])
    assert ((odd * 2 ** np.arange(4)[:, None]).sum(0) == y).all()
    assert not p.open
    for name in ("lda", "qda", "knn", "boosting:rounds=20"):
        assert found(name, p.z, y) < 0.11  # chance .0625, 800 rows


@pytest.mark.parametrize("name", sorted(planted.MAKERS))
def test_codes_have_the_asked_form_and_depend_on_the_seed_alone(name):
    make = planted.MAKERS[name]
    a, b, c = (make(Y, 40, seed=seed) for seed in (1, 1, 2))
    assert a.z.shape == (1000, 40)
    assert a.z.dtype == np.float32
    assert np.array_equal(a.z, b.z)
    assert not np.array_equal(a.z, c.z)


def test_more_people_than_dimensions():
    p = planted.means(np.arange(200) % 20, 4, seed=0)
    assert p.z.shape == (200, 4)
    assert 0.1 < p.bayes < 0.9


@pytest.mark.parametrize(("y", "d"), [(np.zeros(5, int), 4), (np.zeros(0, int), 4), (Y, 0)])
def test_bad_input(y, d):
    with pytest.raises(InputError):
        planted.means(y, d, seed=0)
    with pytest.raises(InputError, match="coordinates for each"):
        planted.parity(Y, 20, seed=0)
