"""The Bayes accuracy against the known table, and a classifier that attains it."""

import numpy as np
import pytest
from privbench.bench import checks
from privbench.bench.checks import InputError
from privbench.bench.registry import build
from privbench.datasets.gaussian import Gaussian
from sklearn.neighbors import NearestCentroid

TABLE = {
    2: [0.5, 0.76025, 0.92135, 0.98305, 0.99766, 0.99980],
    10: [0.1, 0.34094, 0.67365, 0.90249, 0.98322, 0.99834],
    20: [0.05, 0.22840, 0.55799, 0.84678, 0.97018, 0.99679],
    50: [0.02, 0.12955, 0.41598, 0.75586, 0.94343, 0.99302],
    100: [0.01, 0.08246, 0.32322, 0.67786, 0.91464, 0.98817],
}


@pytest.mark.parametrize("k", TABLE)
def test_bayes_is_the_known_table(k):
    for delta, known in enumerate(TABLE[k]):
        assert Gaussian(people=k, delta=delta).bayes() == pytest.approx(known, abs=6e-6)
        other = Gaussian(expressions=k, rows=k, utility_delta=delta)
        assert other.bayes("expression") == pytest.approx(known, abs=6e-6)


def test_the_nearest_mean_attains_bayes_and_noise_alone_is_at_chance():
    g = Gaussian(people=20, delta=2, expressions=5, utility_delta=1, rows=2000, nuisance=3)
    s = g.load()
    who, what, rest = np.split(s.x, [20, 25], axis=1)
    error = 4 * 0.5 / np.sqrt(len(s))
    assert (who.argmax(1) == s.labels["identity"]).mean() == pytest.approx(g.bayes(), abs=error)
    assert (what.argmax(1) == s.labels["expression"]).mean() == pytest.approx(
        g.bayes("expression"), abs=error
    )
    assert rest.shape == (40_000, 3)
    assert (what.argmax(1) == s.labels["identity"] % 5).mean() == pytest.approx(0.2, abs=error)


def test_the_expression_is_independent_of_the_person():
    s = checks.dataset(Gaussian().load(None), Gaussian.task)
    assert s.x.shape == (1000, 27)
    assert s.x.dtype == np.float32
    counts = np.zeros((10, 7), int)
    np.add.at(counts, (s.labels["identity"], s.labels["expression"]), 1)
    assert (counts == counts[0]).all()
    assert set(counts[0]) == {14, 15}
    assert s.classes["identity"] == tuple(map(str, range(10)))


def test_the_seed_decides():
    np.testing.assert_array_equal(Gaussian().load().x, Gaussian().load().x)
    assert not np.array_equal(Gaussian().load().x, Gaussian(seed=1).load().x)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"people": 1}, "people: got 1"),
        ({"delta": float("nan")}, "delta: got nan"),
        ({"delta": -1}, "delta: got -1"),
        ({"rows": 6}, "rows: got 6; expected a number of at least 7"),
        ({"nuisance": -1}, "nuisance: got -1"),
        ({"utility_delta": float("inf")}, "utility_delta: got inf"),
        ({"seed": -1}, "seed: got -1"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(InputError, match=message):
        Gaussian(**settings)


def test_bayes_of_an_unknown_label():
    with pytest.raises(InputError, match="one of identity, expression"):
        Gaussian().bayes("age")


@pytest.mark.parametrize(
    ("k", "delta", "bayes"),
    [
        (2, 1, 0.76025),
        (2, 4, 0.99766),
        (10, 3, 0.90249),
        (20, 3, 0.84678),
        (50, 2, 0.41598),
        (100, 5, 0.98817),
        (20, 0, 0.05),
    ],
)
def test_gaussian_knows_its_bayes_accuracy(k, delta, bayes):
    assert build("datasets", f"gaussian:people={k},delta={delta}").bayes() == pytest.approx(
        bayes, abs=6e-5
    )


def test_gaussian_bayes_is_what_the_best_classifier_gets():
    dataset = build("datasets", "gaussian:rows=800,nuisance=0,expressions=2")
    s = dataset.load(None)
    y = s.labels["identity"]
    means = NearestCentroid().fit(s.x[::2], y[::2])
    assert means.score(s.x[1::2], y[1::2]) == pytest.approx(dataset.bayes(), abs=0.02)
