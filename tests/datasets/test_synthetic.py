"""The embedded sets: drawn faces, and Gaussian people whose answer is known."""

import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.bench.registry import build
from sklearn.neighbors import NearestCentroid


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


def test_synthfaces_is_deterministic_and_follows_its_settings():
    a, b, c = (
        build("datasets", f"synthfaces:people=3,renderings=2,size=24{more}").load(None)
        for more in ("", "", ",seed=1")
    )
    assert np.array_equal(a.x, b.x)
    assert not np.array_equal(a.x, c.x)
    assert len(a) == 3 * 7 * 2
    assert build("datasets", "synthfaces").card.synthetic
    for bad in ("people=1", "size=4", "strength=0", "noise=-1"):
        with pytest.raises(InputError, match=bad.split("=")[0]):
            build("datasets", f"synthfaces:{bad}")
