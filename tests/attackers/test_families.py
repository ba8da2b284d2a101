"""Quadratic, kernel and tree attackers against data whose answer is known."""

import numpy as np
import pytest
from privbench.attackers import qda, sparse_lda, svm
from privbench.attackers._shared import vectors
from privbench.attackers._shared.leading import leading
from privbench.bench.checks import InputError
from privbench.bench.registry import build
from scipy.stats import binom, multivariate_normal

NEW = ("qda", "svm", "svm:rows=0,landmarks=200", "boosting")  # rows=0: the machine for many rows


def fitted(spec, z, y, source=None, seed=0):
    source = np.arange(len(y)) if source is None else source
    return build("attackers", spec).fit(z, y, source=source, seed=seed, device="cpu")


def accuracy(spec, z, y, train, test, source=None):
    source = np.arange(len(y)) if source is None else source
    return float(
        (fitted(spec, z[train], y[train], source[train])(z[test]).argmax(1) == y[test]).mean()
    )


def halves(n):
    return np.arange(n // 2), np.arange(n // 2, n)


def by_means(n=400, k=4, d=12, delta=3.0, seed=0):
    """Class i has the mean delta * e_i; the classes take turns."""
    y = np.arange(n) % k
    return (np.random.default_rng(seed).normal(size=(n, d)) + delta * np.eye(d)[y]).astype(
        np.float32
    ), y


@pytest.fixture(scope="module")
def covariance_code():
    """(z, y, Bayes accuracy on the second half): 10 people, all of mean 0 and total variance 8, 100 rows a half."""
    rng = np.random.default_rng(0)
    roots = rng.normal(size=(10, 8, 8))
    roots *= np.sqrt(8 / np.square(roots).sum((1, 2), keepdims=True))
    y = np.arange(2000) % 10
    z = np.einsum("nij,nj->ni", roots[y], rng.normal(size=(2000, 8))).astype(np.float32)
    likely = np.stack(
        [multivariate_normal(cov=root @ root.T).logpdf(z[1000:]) for root in roots], axis=1
    )
    return z, y, float((likely.argmax(1) == y[1000:]).mean())


def test_who_looks_at_means_only_calls_a_covariance_code_private(covariance_code):
    z, y, bayes = covariance_code
    found = {
        name: accuracy(name, z, y, *halves(2000)) for name in ("linear", "lda", "knn", "mlp", *NEW)
    }
    assert max(found["linear"], found["lda"]) < 0.2, found
    assert min(found[name] for name in ("knn", "mlp", *NEW)) > 0.35, found
    assert bayes - 0.05 < found["qda"] <= bayes + 0.03, (found, bayes)


@pytest.mark.parametrize("spec", NEW)
def test_a_covariance_code_in_small_numbers_is_as_plain(covariance_code, spec):
    """The scale trap for second moments: 1e-4 times the leaking dimensions, beside four of plain noise."""
    z, y, _ = covariance_code
    beside = lambda scale: np.hstack(
        [scale * z, np.random.default_rng(1).normal(size=(2000, 4))]
    ).astype(np.float32)
    large, small = (accuracy(spec, beside(scale), y, *halves(2000)) for scale in (1, 1e-4))
    assert small == pytest.approx(large, abs=0.02)
    assert small > 0.25


@pytest.mark.parametrize("spec", NEW)
def test_singular_covariances_hide_nothing(spec):
    """Copied columns, constant columns, and many more columns than rows."""
    z, y = by_means()
    rng = np.random.default_rng(1)
    before = accuracy(spec, z, y, *halves(400))
    singular = np.hstack([z, z, 5 * z[:, :3], np.ones((400, 6), np.float32)])
    assert accuracy(spec, singular, y, *halves(400)) > before - 0.05 > 0.8
    wide = (z @ rng.normal(size=(12, 900)) + 0.1 * rng.normal(size=(400, 900))).astype(np.float32)
    assert accuracy(spec, wide, y, *halves(400)) > before - 0.1


@pytest.mark.parametrize("spec", [*NEW, "qda:pooled=0,spherical=0"])
def test_a_person_with_one_row_or_two_is_no_reason_to_stop(spec):
    z, y = by_means(n=203)
    y[-3:] = [4, 5, 5]
    scores = fitted(spec, z, y)(z)
    assert scores.shape == (203, 6)
    assert np.isfinite(scores).all()
    assert (scores.argmax(1) == y)[:200].mean() > 0.8
    each = fitted(spec, z[:5], np.array([0, 0, 1, 2, 3]))(
        z
    )  # nothing to hold out but one row of one class
    assert np.isfinite(each).all()
    assert each.shape == (203, 4)


def test_qda_needs_some_class_with_two_rows():
    assert "more rows" in build("attackers", "qda").skip(np.zeros((4, 2)), np.arange(4))
    assert build("attackers", "qda").skip(np.zeros((5, 2)), np.array([0, 0, 1, 2, 3])) is None


@pytest.mark.parametrize("spec", NEW)
def test_two_classes_have_two_columns_of_scores(spec):
    z, y = by_means(n=120, k=2)
    scores = fitted(spec, z[:60], y[:60])(z[60:])
    assert scores.shape == (60, 2)
    assert (scores.argmax(1) == y[60:]).mean() > 0.9


@pytest.mark.parametrize(
    "spec", ["qda:dims=5", "svm:rows=0,landmarks=20", "boosting:dims=5,rounds=10"]
)
def test_a_seed_repeats_cuts_and_landmarks(spec):
    z, y = by_means()
    first, again = (fitted(spec, z[:200], y[:200], seed=3)(z[200:]) for _ in range(2))
    assert np.array_equal(first, again)


@pytest.mark.parametrize("spec", NEW)
def test_nothing_is_found_in_permuted_labels(covariance_code, spec):
    z, y, _ = covariance_code
    shuffled = np.random.default_rng(5).permutation(y)
    assert accuracy(spec, z, shuffled, *halves(2000)) <= binom.isf(0.0005, 1000, 0.11) / 1000


@pytest.mark.parametrize("spec", ["qda", "svm", "svm:rows=0"])
def test_tuning_splits_no_source(monkeypatch, spec):
    """Four copies a source; the first column names it, so that the rows given to fit and to judge show theirs."""
    source = np.arange(240) // 4
    z, y = by_means(n=60)
    z, y = np.hstack([source[:, None], z[source]]).astype(np.float32), y[source]
    seen = []

    def choose(candidates, accuracies, z, y, source, *, seed):
        def watched(known, y, held, y_held):
            seen.append((set(known[:, 0].tolist()), set(held[:, 0].tolist())))
            return accuracies(known, y, held, y_held)

        return vectors.choose(candidates, watched, z, y, source, seed=seed)

    monkeypatch.setattr(qda if spec == "qda" else svm, "choose", choose)
    fitted(spec, z, y, source)
    [(known, held)] = seen
    assert held
    assert not known & held
    assert len(known | held) == 60


def in_few_columns(turned, d=3000, n=600, k=4):
    """Four people whose means differ in 8 of 3000 columns, or in 8 random directions of all."""
    rng, y = np.random.default_rng(0), np.arange(n) % k
    z = rng.normal(size=(n, d))
    own = rng.normal(size=(k, 8))
    z[:, 100:108] += 3 * (own / np.linalg.norm(own, axis=1, keepdims=True))[y]
    return (z @ np.linalg.qr(rng.normal(size=(d, d)))[0] if turned else z).astype(np.float32), y


def test_a_leak_in_few_columns_is_found_by_who_chooses_columns():
    """And by nobody else; turned into all columns it is lost on everybody."""
    z, y = in_few_columns(turned=False)
    sides = halves(len(y))
    assert accuracy("sparse-lda", z, y, *sides) > 0.85
    assert max(accuracy(name, z, y, *sides) for name in ("lda", "linear", "knn")) < 0.6
    z, y = in_few_columns(turned=True)
    assert accuracy("sparse-lda", z, y, *sides) < 0.6


def test_columns_are_chosen_without_the_test_side():
    """Where there is nothing, the columns that look best on the training rows are no better than guessing on others."""
    z, y = in_few_columns(turned=False)
    y = np.random.default_rng(1).permutation(y)
    train, test = halves(len(y))
    assert accuracy("sparse-lda", z, y, train, train) > 0.5
    assert accuracy("sparse-lda", z, y, train, test) < 0.25 + 3 * np.sqrt(0.25 * 0.75 / len(test))


def test_constant_columns_come_last():
    z, y = by_means(d=6)
    z[:, 2] = 7
    order = sparse_lda.strongest(z, y)
    assert set(order[:3].tolist()) == {0, 1, 3}
    assert order[-1] == 2
    assert np.isfinite(fitted("sparse-lda", z, y)(z)).all()


def test_boosting_holds_nothing_out():
    """Whatever it is told of sources, it trains on all rows for its whole budget."""
    z, y = by_means()
    one = fitted("boosting:rounds=20", z, y, source=np.arange(400))(z)
    assert np.array_equal(one, fitted("boosting:rounds=20", z, y, source=np.arange(400) // 8)(z))
    assert (one.argmax(1) == y).mean() > 0.9


def test_qda_without_shrinkage_is_that_of_scikit_learn():
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

    z, y = by_means(n=1000, delta=1.0)
    z *= np.exp(0.3 * np.random.default_rng(1).normal(size=(4, 12))).astype(np.float32)[y]
    ours = fitted("qda:pooled=0,spherical=0", z[:499], y[:499])
    ready, test = ours.prepare(z[:499]), ours.prepare(z[499:])
    theirs = QuadraticDiscriminantAnalysis(reg_param=0).fit(ready, y[:499])
    found = ours(z[499:])
    # Older versions divide their covariances by n - 1, not n: that moves a row or two on the
    # border.
    assert (found.argmax(1) == theirs.predict(test)).mean() > 0.98
    assert (found.argmax(1) == y[499:]).mean() > 0.6
    members = [ready[y[:499] == c] for c in range(4)]
    exact = np.stack(
        [_log_density(rows, test) + np.log(len(rows) / 499) for rows in members], axis=1
    )
    assert np.allclose(found - found[:, :1], exact - exact[:, :1], atol=1e-3)


def _log_density(rows, at):
    return multivariate_normal(rows.mean(0), np.cov(rows.T, bias=True)).logpdf(at)


@pytest.mark.parametrize("shrinkage", [0.01, 0.5, 1.0])
def test_qda_with_one_covariance_for_all_is_lda(shrinkage):
    z, y = by_means(n=301)  # classes of unequal size
    whole = fitted(f"qda:pooled=1,spherical={shrinkage}", z, y)(z)
    difference = whole - fitted(f"lda:shrinkage={shrinkage}", z, y)(z)
    assert np.allclose(difference, difference[:, :1], atol=1e-3)


def test_small_classes_lean_on_what_all_have_in_common():
    z, y = by_means(n=303, k=3)
    y[-3:] = 3
    z[-3:] += 9
    found = qda.Moments.of(z.astype(np.float64), y).shrunken(0.5)
    common = qda.Moments.of(z.astype(np.float64), y).shrunken(1.0)
    assert (
        found.values[3].min() > 0.5 * common.values[3].min()
    )  # three rows of their own span two of 12 dimensions
    covariance = np.einsum("kij,kj,klj->kil", found.vectors, found.values, found.vectors)
    own = np.cov(z[y == 0].T, bias=True)
    shared = np.einsum("ij,j,lj->il", common.vectors[0], common.values[0], common.vectors[0])
    weight = 0.5 * 303 / 4 / (0.5 * 100 + 0.5 * 303 / 4)
    assert np.allclose(covariance[0], (1 - weight) * own + weight * shared, atol=1e-4)


def test_the_exact_machine_is_that_of_scikit_learn():
    from sklearn.svm import SVC

    z, y = by_means()
    ours = fitted("svm:c=10,gamma=1", z[:200], y[:200])
    ready = ours.prepare(z)
    gamma = 1 / np.square(ready[:200]).sum(1).mean()
    theirs = SVC(C=10, gamma=gamma).fit(ready[:200], y[:200])
    assert np.allclose(ours(z[200:]), theirs.decision_function(ready[200:]), atol=1e-2)


def test_landmarks_at_every_row_lose_nothing_of_the_kernel():
    z, y = by_means(n=80)
    z[60:] = z[:20]  # copies: a singular kernel
    machine = svm.Svm()._sketched(0.05, 10.0, z, y, seed=0)
    features = machine.features(z)
    assert np.allclose(features @ features.T, svm.gaussian(z, z, 0.05), atol=1e-5)


def test_both_machines_find_much_the_same():
    z, y = by_means(n=1200, k=10, d=30)
    few, many = (
        accuracy(spec, z, y, *halves(1200)) for spec in ("svm", "svm:rows=599,landmarks=300")
    )
    assert abs(few - many) < 0.05
    assert isinstance(
        fitted("svm", z[:600], y[:600]).rule.model,
        type(fitted("svm:rows=600", z[:600], y[:600]).rule.model),
    )


def test_a_machine_that_was_stopped_says_so():
    z, y = by_means()
    assert "did not converge in 2 " in fitted("svm:iterations=2", z, y).note
    assert fitted("svm", z, y).note == ""


@pytest.mark.parametrize("shape", [(300, 40), (30, 200)])
def test_leading_directions_are_those_of_the_singular_values(shape):
    rng = np.random.default_rng(0)
    z = (
        rng.normal(size=(shape[0], 3)) @ rng.normal(size=(3, shape[1]))
        + 0.3 * rng.normal(size=shape)
    ).astype(np.float32)
    flat, cut = vectors.Standardise.of(z)(z), leading(z, 3)(z)
    u, s, _ = np.linalg.svd(flat, full_matrices=False)
    assert cut.shape == (shape[0], 3)
    assert np.allclose(cut @ cut.T, (u[:, :3] * s[:3] ** 2) @ u[:, :3].T, atol=2e-2)
    assert np.array_equal(leading(z, 200)(z), vectors.RowSpace.of(z)(z))


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
