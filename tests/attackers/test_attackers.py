"""Attackers against data whose answer is known."""

import numpy as np
import pytest
from privbench.attackers._shared import vectors
from privbench.bench.checks import InputError
from privbench.bench.registry import build, names
from scipy.stats import binom


def learns_from_vectors(name):
    attacker = build("attackers", name)
    blind = name == "majority" or getattr(attacker, "needs_inputs", False)
    return not blind and attacker.skip(np.zeros((4, 8)), np.arange(4) % 2) is None


WEAK = {"vgan-mlp"}  # kept as it was published: 40 plain gradient steps on codes as they are
LEARNERS = [name for name in names("attackers") if learns_from_vectors(name) and name not in WEAK]


def accuracy(name, z, y, train, test, source=None, seed=0):
    source = np.arange(len(y)) if source is None else source
    adversary = build("attackers", name).fit(
        z[train], y[train], source=source[train], seed=seed, device="cpu"
    )
    return float((adversary(z[test]).argmax(1) == y[test]).mean())


def halves(n, seed=0):
    order = np.random.default_rng(seed).permutation(n)
    return order[: n // 2], order[n // 2 :]


@pytest.fixture(scope="module")
def gaussian():
    dataset = build("datasets", "gaussian:rows=200")
    samples = dataset.load(None)
    return samples.x, samples.labels["identity"], dataset.bayes(), halves(len(samples))


def test_nobody_beats_the_bayes_accuracy_and_the_best_comes_near_it(gaussian):
    """100 training rows a person, K = 10, delta = 3: Bayes .902."""
    z, y, bayes, (train, test) = gaussian
    found = {name: accuracy(name, z, y, train, test) for name in LEARNERS}
    limit = binom.isf(0.001, len(test), bayes) / len(test)
    assert max(found.values()) <= limit, found
    assert max(found.values()) >= bayes - 0.03, found
    assert min(found.values()) > 0.6, found  # a weak one among them would be badly trained


@pytest.mark.parametrize("name", LEARNERS)
def test_nothing_is_found_where_nothing_is(name):
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(600, 20)).astype(np.float32), np.arange(600) % 10
    train, test = halves(600)
    assert accuracy(name, z, y, train, test) <= binom.isf(0.0005, 300, 0.1) / 300


@pytest.mark.parametrize("name", LEARNERS)
def test_a_leak_in_small_numbers_is_a_leak(name):
    """The scale trap: the leaking dimensions are multiplied by 1e-4 and hidden among large ones."""
    rng = np.random.default_rng(0)
    y = np.arange(600) % 10
    z = np.concatenate(
        [1e-4 * (6 * np.eye(10)[y] + rng.normal(size=(600, 10))), rng.normal(size=(600, 10))], 1
    )
    train, test = halves(600)
    assert accuracy(name, z.astype(np.float32), y, train, test) > 0.9


def test_row_space_keeps_what_a_linear_model_can_do():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(40, 300)).astype(np.float32)
    prepare, plain = vectors.RowSpace.of(z), vectors.Standardise.of(z)
    assert prepare(z).shape[1] <= 40
    assert np.allclose(prepare(z) @ prepare(z).T, plain(z) @ plain(z).T, atol=1e-2)


@pytest.mark.parametrize("name", LEARNERS)
def test_a_few_loud_rows_blind_nobody(gaussian, name):
    """One row in fifty a million times as large: the others give away as much as before."""
    z, y, _, (train, test) = gaussian
    loud = z * np.where(np.arange(len(z)) % 50 == 7, 1e6, 1).astype(np.float32)[:, None]
    quiet = test[test % 50 != 7]
    assert accuracy(name, loud, y, train, quiet) > accuracy(name, z, y, train, quiet) - 0.1


def test_a_leak_in_the_last_digit_is_a_leak():
    rng = np.random.default_rng(0)
    y = np.arange(400) % 4
    last = (1e6 + 0.0625 * y[:, None]).astype(np.float32)  # one unit in the last place
    z = np.hstack([rng.normal(size=(400, 5)).astype(np.float32), last])
    assert accuracy("fc3", z, y, np.arange(300), np.arange(300, 400)) > 0.9


def test_constant_codes_leave_every_attacker_standing():
    z, y = np.ones((60, 100), np.float32), np.arange(60) % 4
    for name in LEARNERS:
        adversary = build("attackers", name).fit(z, y, source=np.arange(60), seed=0, device="cpu")
        assert np.isfinite(adversary(z)).all()
        assert not adversary.sound
        assert adversary.note


def test_constant_columns_are_dropped_and_nan_is_refused():
    z = np.ones((10, 3), np.float32)
    z[:, 1] = np.arange(10)
    ready = vectors.Standardise.of(z)(z)
    assert np.array_equal(ready[:, [0, 2]], np.zeros((10, 2)))
    assert ready[:, 1].std() == pytest.approx(1)
    z[4, 1] = np.nan
    with pytest.raises(InputError, match="first row 4"):
        vectors.Standardise.of(z)


def test_validation_rows_are_whole_sources_and_leave_every_class_in_training():
    y = np.repeat(np.arange(5), 12)
    source = np.arange(60) // 3
    held = vectors.holdout(y, source, seed=0)
    assert not set(source[held]) & set(source[~held])
    assert set(y[~held]) == set(range(5))
    assert 0.1 < held.mean() < 0.4
    assert vectors.holdout(np.arange(5), np.arange(5), seed=0) is None


def test_an_attacker_that_did_not_converge_says_so():
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(200, 30)).astype(np.float32), np.arange(200) % 4
    stopped = build("attackers", "linear:iterations=1").fit(
        z, y, source=np.arange(200), seed=0, device="cpu"
    )
    assert "did not converge" in stopped.note
    whole = build("attackers", "linear").fit(z, y, source=np.arange(200), seed=0, device="cpu")
    assert whole.note == ""
    found = {
        spec: build("attackers", spec).fit(z, y, source=np.arange(200), seed=0, device="cpu")
        for spec in ("fc3:epochs=1", "fc3:lr=1e-8", "fc3")
    }
    assert "still improving" in found["fc3:epochs=1"].note
    assert "did not converge" in found["fc3:lr=1e-8"].note
    assert found["fc3"].note == ""
    assert [a.sound for a in found.values()] == [True, False, True]


def test_cnn_takes_images_only():
    cnn = build("attackers", "cnn")
    assert "images" in cnn.skip(np.zeros((4, 8)), np.arange(4))
    assert "8x8" in cnn.skip(np.zeros((4, 1, 4, 4)), np.arange(4))
    assert cnn.skip(np.zeros((4, 1, 8, 8)), np.arange(4)) is None


def test_knn_with_more_neighbours_than_rows_is_skipped():
    assert "fewer than" in build("attackers", "knn:k=50").skip(np.zeros((10, 2)), np.zeros(10))
    with pytest.raises(InputError, match="at least 1"):
        build("attackers", "knn:k=0")


@pytest.mark.parametrize("d", [1, 3])
def test_attackers_leave_their_codes_as_they_are(d):
    """One column is its own transpose: a sort of the one would shuffle the other."""
    z = np.arange(120, 0, -1, dtype=np.float32)[:, None] * np.ones(d, np.float32)
    kept = z.copy()
    for name in LEARNERS:
        build("attackers", name).fit(
            z, np.arange(120) // 30, source=np.arange(120), seed=0, device="cpu"
        )
        assert np.array_equal(z, kept), name


def rotated(scale):
    """Identity in ten columns made small, under a fixed rotation: no column is small any more."""
    samples = build("datasets", "gaussian:people=10,rows=49,delta=12").load(None)
    d = samples.x.shape[1]
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(d, d)))[0]
    return samples.x * np.where(np.arange(d) < 10, scale, 1) @ turn, samples.labels["identity"]


def test_a_small_leak_under_a_rotation_is_found_by_whitening():
    z, y = rotated(0.01)
    train, test = halves(len(y))
    assert accuracy("lda", z.astype(np.float32), y, train, test) > 0.9


def test_a_leak_without_any_spread_is_found():
    y = np.arange(200) % 10
    for z in (np.eye(10)[y], np.eye(10)[y].repeat(30, 1), y[:, None] * np.ones(4)):
        found = {
            n: accuracy(n, z.astype(np.float32), y, np.arange(120), np.arange(120, 200))
            for n in ("lda", "knn")
        }
        assert min(found.values()) == 1, found


@pytest.mark.parametrize("name", LEARNERS)
def test_loud_rows_of_other_kinds(gaussian, name):
    """One in ten times 1e9; and one-hot codes, whose columns are mostly zero, with one row of 1e12."""
    z, y, _, (train, test) = gaussian
    loud = (z * np.where(np.arange(len(z)) % 10 == 7, 1e9, 1)[:, None]).astype(np.float32)
    quiet = test[test % 10 != 7]
    assert accuracy(name, loud, y, train, quiet) > accuracy(name, z, y, train, quiet) - 0.15
    who = np.arange(900) % 30
    hot = np.eye(30, dtype=np.float32)[who]
    hot[17] = 1e12
    assert accuracy(name, hot, who, np.arange(600), np.arange(600, 900)) > 0.9
