"""Quadratic, kernel and tree attackers against data whose answer is known."""

import numpy as np
import pytest
from attacks import (
    accuracy,
    by_covariances,
    by_means,
    correct,
    fitted,
    highest_by_luck,
    in_order,
)
from privbench.attackers import qda, svm
from privbench.attackers._shared import vectors
from privbench.bench.checks import InputError
from privbench.bench.registry import build

# svm:rows=0 is the machine for many rows.
FAMILIES = ("qda", "svm", "svm:rows=0,landmarks=200", "boosting")


@pytest.fixture(scope="module")
def covariance_code():
    return by_covariances()


def test_who_looks_at_means_only_calls_a_covariance_code_private(covariance_code):
    z, y, bayes = covariance_code
    codes = in_order(z, y)
    seeing = ("knn", "mlp", *FAMILIES)
    accuracies = {name: accuracy(name, codes) for name in ("linear", "lda", *seeing)}
    assert max(accuracies["linear"], accuracies["lda"]) < 0.2, accuracies
    assert min(accuracies[name] for name in seeing) > 0.35, accuracies
    assert bayes - 0.05 < accuracies["qda"] <= bayes + 0.03, (accuracies, bayes)


@pytest.mark.parametrize("spec", FAMILIES)
def test_a_covariance_code_in_small_numbers_is_as_plain(covariance_code, spec):
    """The scale trap for second moments: 1e-4 times the leak, beside four columns of noise."""
    z, y, _ = covariance_code
    noise = np.random.default_rng(1).normal(size=(2000, 4))

    def at_scale(scale):
        beside = np.hstack([scale * z, noise])
        return accuracy(spec, in_order(beside.astype(np.float32), y))

    small = at_scale(1e-4)
    assert small == pytest.approx(at_scale(1), abs=0.02)
    assert small > 0.25


@pytest.mark.parametrize("spec", FAMILIES)
def test_singular_covariances_hide_nothing(spec):
    """Copied columns, constant columns, and many more columns than rows."""
    z, y = by_means()
    rng = np.random.default_rng(1)
    before = accuracy(spec, in_order(z, y))
    constant = np.ones((400, 6), np.float32)
    singular = np.hstack([z, z, 5 * z[:, :3], constant])
    assert accuracy(spec, in_order(singular, y)) > before - 0.05 > 0.8
    wide = z @ rng.normal(size=(12, 900)) + 0.1 * rng.normal(size=(400, 900))
    assert accuracy(spec, in_order(wide.astype(np.float32), y)) > before - 0.1


@pytest.mark.parametrize("spec", [*FAMILIES, "qda:pooled=0,spherical=0"])
def test_a_person_with_one_row_or_two_is_no_reason_to_stop(spec):
    z, y = by_means(n=203)
    y[-3:] = [4, 5, 5]
    scores = fitted(spec, z, y)(z)
    assert scores.shape == (203, 6)
    assert np.isfinite(scores).all()
    assert correct(scores[:200], y[:200]) > 0.8
    # Nothing to hold out but one row of one class.
    each = fitted(spec, z[:5], np.array([0, 0, 1, 2, 3]))(z)
    assert np.isfinite(each).all()
    assert each.shape == (203, 4)


@pytest.mark.parametrize("spec", FAMILIES)
def test_two_classes_have_two_columns_of_scores(spec):
    z, y = by_means(n=120, k=2)
    scores = fitted(spec, z[:60], y[:60])(z[60:])
    assert scores.shape == (60, 2)
    assert correct(scores, y[60:]) > 0.9


@pytest.mark.parametrize(
    "spec", ["qda:dims=5", "svm:rows=0,landmarks=20", "boosting:dims=5,rounds=10"]
)
def test_a_seed_repeats_cuts_and_landmarks(spec):
    z, y = by_means()
    first = fitted(spec, z[:200], y[:200], seed=3)
    again = fitted(spec, z[:200], y[:200], seed=3)
    assert np.array_equal(first(z[200:]), again(z[200:]))


@pytest.mark.parametrize("spec", FAMILIES)
def test_nothing_is_found_in_permuted_labels(covariance_code, spec):
    z, y, _ = covariance_code
    shuffled = np.random.default_rng(5).permutation(y)
    assert accuracy(spec, in_order(z, shuffled)) <= highest_by_luck(1000, 0.11)


@pytest.mark.parametrize("spec", ["qda", "svm", "svm:rows=0"])
def test_tuning_splits_no_source(monkeypatch, spec):
    """Four copies a source, which the first column names: rows to fit and to judge show theirs."""
    source = np.arange(240) // 4
    z, y = by_means(n=60)
    named = np.hstack([source[:, None], z[source]])
    seen = []

    def choose(candidates, accuracies, z, y, source, *, seed):
        def watched(known, y, held, y_held):
            seen.append((set(known[:, 0].tolist()), set(held[:, 0].tolist())))
            return accuracies(known, y, held, y_held)

        return vectors.choose(candidates, watched, z, y, source, seed=seed)

    monkeypatch.setattr(qda if spec == "qda" else svm, "choose", choose)
    fitted(spec, named.astype(np.float32), y[source], source)
    [(known, held)] = seen
    assert held
    assert not known & held
    assert len(known | held) == 60


@pytest.mark.parametrize(
    "spec",
    [
        "qda:pooled=1.1",
        "qda:spherical=-1",
        "qda:dims=0",
        "svm:c=0",
        "svm:gamma=-1",
        "svm:landmarks=0",
        "boosting:lr=0",
        "boosting:leaves=1",
        "boosting:dims=0",
    ],
)
def test_settings_without_a_meaning_are_refused(spec):
    with pytest.raises(InputError, match=spec.partition("=")[0]):
        build("attackers", spec)
