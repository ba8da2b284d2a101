"""Quadratic discriminant analysis against scikit-learn, closed forms and linear discriminants."""

import numpy as np
import pytest
from attacks import by_means, correct, fitted
from privbench.attackers import qda
from privbench.bench.registry import build
from scipy.stats import multivariate_normal


def test_qda_needs_some_class_with_two_rows():
    attacker = build("attackers", "qda")
    assert "more rows" in attacker.skip(np.zeros((4, 2)), np.arange(4))
    assert attacker.skip(np.zeros((5, 2)), np.array([0, 0, 1, 2, 3])) is None


def test_qda_without_shrinkage_is_that_of_scikit_learn():
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

    z, y = by_means(n=1000, delta=1.0)
    deviations = np.exp(0.3 * np.random.default_rng(1).normal(size=(4, 12)))
    z *= deviations.astype(np.float32)[y]
    ours = fitted("qda:pooled=0,spherical=0", z[:499], y[:499])
    ready = ours.prepare(z[:499])
    test = ours.prepare(z[499:])
    theirs = QuadraticDiscriminantAnalysis(reg_param=0).fit(ready, y[:499])
    scores = ours(z[499:])
    # Older versions divide their covariances by n - 1, not n: that moves a row or two on the
    # border.
    assert correct(scores, theirs.predict(test)) > 0.98
    assert correct(scores, y[499:]) > 0.6
    members = [ready[y[:499] == c] for c in range(4)]
    exact = np.stack([_log_posterior(rows, test, len(ready)) for rows in members], axis=1)
    assert np.allclose(scores - scores[:, :1], exact - exact[:, :1], atol=1e-3)


def _log_posterior(rows, at, n):
    density = multivariate_normal(rows.mean(0), np.cov(rows.T, bias=True))
    return density.logpdf(at) + np.log(len(rows) / n)


@pytest.mark.parametrize("shrinkage", [0.01, 0.5, 1.0])
def test_qda_with_one_covariance_for_all_is_lda(shrinkage):
    z, y = by_means(n=301)  # classes of unequal size
    quadratic = fitted(f"qda:pooled=1,spherical={shrinkage}", z, y)(z)
    linear = fitted(f"lda:shrinkage={shrinkage}", z, y)(z)
    difference = quadratic - linear
    assert np.allclose(difference, difference[:, :1], atol=1e-3)


def test_small_classes_lean_on_what_all_have_in_common():
    z, y = by_means(n=303, k=3)
    y[-3:] = 3
    z[-3:] += 9
    moments = qda.Moments.of(z.astype(np.float64), y)
    half = moments.shrunken(0.5)
    common = moments.shrunken(1.0)
    # Three rows of their own span two of 12 dimensions.
    assert half.values[3].min() > 0.5 * common.values[3].min()
    alone = np.cov(z[y == 0].T, bias=True)
    weight = 0.5 * 303 / 4 / (0.5 * 100 + 0.5 * 303 / 4)
    expected = (1 - weight) * alone + weight * _covariance(common, 0)
    assert np.allclose(_covariance(half, 0), expected, atol=1e-4)


def _covariance(ellipsoids, c):
    vectors = ellipsoids.vectors[c]
    return (vectors * ellipsoids.values[c]) @ vectors.T
