"""Known answers (N(mu, 1) mated against N(0, 1) non-mated), scikit-learn, and properties."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from privbench.bench.checks import InputError
from privbench.bench.metrics import verification as v
from scipy.integrate import quad
from scipy.stats import mannwhitneyu, norm
from sklearn import metrics as sk

COLUMNS = ("eer", "auc", "d_sys", "tpr@1%", "tpr@0.1%", "zebra")
TABLE = {  # N(mu, 1) against N(0, 1), by the closed forms below
    0.5: (0.401294, 0.638163, 0.128179, 0.033899, 0.004796, 0.029322),
    1: (0.308538, 0.760250, 0.293490, 0.092362, 0.018298, 0.109225),
    2: (0.158655, 0.921350, 0.616545, 0.372081, 0.137805, 0.339406),
    3: (0.066807, 0.983053, 0.834572, 0.749734, 0.464051, 0.540341),
    4: (0.022750, 0.997661, 0.942951, 0.952901, 0.818527, 0.654914),
}
CLASSES = st.tuples(
    st.lists(st.integers(-9, 9), min_size=1), st.lists(st.integers(-9, 9), min_size=1)
)


def normal(mu, n, seed, n_others=None):
    rng, n_others = np.random.default_rng(seed), n_others or n
    scores = np.concatenate([rng.normal(mu, 1, n), rng.normal(0, 1, n_others)])
    return scores, np.arange(n + n_others) < n


def columns(classes):
    mated, others = classes
    return np.array(mated + others, float), np.arange(len(mated) + len(others)) < len(mated)


def integral(f, mu):
    return quad(f, -12, 16, points=[mu / 2], limit=500, epsabs=1e-12)[0]


@pytest.mark.parametrize("mu", TABLE)
def test_closed_forms_give_the_table(mu):
    def ratio(s):
        return np.exp(mu * s - mu**2 / 2)

    d_sys = integral(lambda s: norm.pdf(s, mu) * max(0, 2 * ratio(s) / (1 + ratio(s)) - 1), mu)
    cost = integral(lambda s: norm.pdf(s, mu) * v._prior_cost(1 / np.array([ratio(s)]))[0], mu)
    cost += integral(lambda s: norm.pdf(s) * v._prior_cost(np.array([ratio(s)]))[0], mu)
    tpr = (norm.sf(norm.isf(fpr) - mu) for fpr in (0.01, 0.001))
    expected = (norm.sf(mu / 2), norm.cdf(mu / 2**0.5), d_sys, *tpr, (0.5 - cost) / np.log(2))
    assert expected == pytest.approx(TABLE[mu], abs=1e-5)


def test_zebra_is_the_uncertainty_removed_over_all_priors():
    """The definition, with neither `_prior_cost` nor the exchange of the integrals, for mu = 1."""

    def removed(prior):
        odds = prior / (1 - prior)
        entropy = -prior * np.log2(prior) - (1 - prior) * np.log2(1 - prior)
        mated = integral(lambda s: norm.pdf(s, 1) * np.log2(1 + 1 / (odds * np.exp(s - 0.5))), 1)
        return (
            entropy
            - prior * mated
            - (1 - prior) * integral(lambda s: norm.pdf(s) * np.log2(1 + odds * np.exp(s - 0.5)), 1)
        )

    assert quad(removed, 1e-9, 1 - 1e-9, epsabs=1e-7)[0] == pytest.approx(TABLE[1][-1], abs=1e-5)


@pytest.mark.parametrize("x", [0, 1e-12, 0.3, 0.98999, 0.99001, 1, 1.00999, 1.01001, 7, 1e9])
def test_prior_cost_is_its_integral(x):
    cost = quad(
        lambda pi: pi * np.log1p(x * (1 - pi) / pi),
        0,
        1,
        points=[min(x / (1 + x), 0.1)],
        epsabs=1e-13,
    )[0]
    assert v._prior_cost(np.array([x]))[0] == pytest.approx(cost, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("mu", TABLE)
def test_known_answers_on_evenly_spread_scores(mu):
    """Quantiles in place of draws: a sample without luck shows the estimators themselves."""
    n = 100_000
    q = norm.ppf((np.arange(n) + 0.5) / n)
    scores, mated = np.concatenate([q + mu, q]), np.arange(2 * n) < n
    coarse = {
        "d_sys": 3e-3,
        "tpr@0.1%": 1e-3,
    }  # the width of a bin; half a score of the hundred above the threshold
    for name, expected in zip(COLUMNS, TABLE[mu], strict=True):
        assert v.MEASURES[name](scores, mated) == pytest.approx(
            expected, abs=coarse.get(name, 3e-4)
        ), name
    assert v.d_sys_held_out(scores, mated) == pytest.approx(TABLE[mu][2], abs=3e-3)


@pytest.mark.parametrize("mu", TABLE)
def test_known_answers_on_draws(mu):
    scores, mated = normal(mu, 100_000, seed=1)
    accepted_too_many = 4 / np.sqrt(
        100_000 * np.array([0.01, 0.001])
    )  # relative, 4 standard errors of the FPR
    for name, expected in zip(COLUMNS, TABLE[mu], strict=True):
        # At rate f the slope of the ROC is the likelihood ratio, so TPR moves by LR f times the
        # relative error.
        fpr = {"tpr@1%": 0, "tpr@0.1%": 1}.get(name)
        slope = (
            0
            if fpr is None
            else np.exp(mu * norm.isf([0.01, 0.001][fpr]) - mu**2 / 2) * [0.01, 0.001][fpr]
        )
        error = 0.006 + (0 if fpr is None else slope * accepted_too_many[fpr])
        assert v.MEASURES[name](scores, mated) == pytest.approx(expected, abs=error), name
    assert v.d_sys_held_out(scores, mated) == pytest.approx(TABLE[mu][2], abs=0.012)


def test_unequal_classes_change_no_answer():
    scores, mated = normal(1, 2_000, seed=0, n_others=198_000)
    for name, expected in zip(COLUMNS, TABLE[1], strict=True):
        assert v.MEASURES[name](scores, mated) == pytest.approx(expected, abs=0.03), name
    assert v.d_sys_held_out(scores, mated) == pytest.approx(TABLE[1][2], abs=0.03)


# Ties


@settings(deadline=None, max_examples=100)
@given(CLASSES)
def test_auc_is_scikit_learn_and_mann_whitney(classes):
    scores, mated = columns(classes)
    assert v.auc(scores, mated) == pytest.approx(sk.roc_auc_score(mated, scores))
    u = mannwhitneyu(scores[mated], scores[~mated]).statistic
    assert v.auc(scores, mated) == pytest.approx(u / mated.sum() / (~mated).sum())


@settings(deadline=None, max_examples=100)
@given(CLASSES, st.floats(0.05, 1))
def test_tpr_lies_on_the_roc_of_scikit_learn(classes, fpr):
    scores, mated = columns(classes)
    assume((~mated).sum() * fpr >= 1)
    x, y, _ = sk.roc_curve(mated, scores, drop_intermediate=False)
    assert v.tpr(scores, mated, fpr=fpr) >= y[x <= fpr].max() - 1e-12
    assert (
        v.tpr(scores, mated, fpr=fpr) <= np.interp(fpr, np.append(x, 2), np.append(y, 1)) + 1e-12
        or (x == fpr).any()
    )


def test_tpr_is_a_step_between_scores_and_a_line_through_ties():
    others = np.arange(100.0)
    distinct = np.concatenate([[98.5, 97.5, 96.5, -1], others])
    assert (
        v.tpr(distinct, np.arange(104) < 4, fpr=0.01) == 0.25
    )  # above 98: one of 100, and one of 4
    assert v.tpr(distinct, np.arange(104) < 4, fpr=0.015) == 0.25  # no threshold accepts 1.5 of 100
    assert v.tpr(distinct, np.arange(104) < 4, fpr=0.02) == 0.5
    assert v.tpr(np.zeros(104), np.arange(104) < 4, fpr=0.01) == pytest.approx(
        0.01
    )  # a blind choice


@settings(deadline=None, max_examples=200)
@given(CLASSES)
@example(([0], [0]))
@example(([0], [1, 2]))
def test_eer_is_where_the_convex_hull_of_the_roc_meets_the_diagonal(classes):
    scores, mated = columns(classes)
    fpr, tpr, _ = sk.roc_curve(mated, scores, drop_intermediate=False)
    best = 0.5
    for i in range(len(fpr)):  # every mixture of two thresholds that errs equally on both classes
        for j in range(i):
            g = np.array([tpr[i] + fpr[i] - 1, tpr[j] + fpr[j] - 1])
            if g[0] * g[1] <= 0 and g[0] != g[1]:
                part = g[0] / (g[0] - g[1])
                best = min(best, fpr[i] + part * (fpr[j] - fpr[i]))
    assert v.eer(scores, mated) == pytest.approx(best, abs=1e-9)
    assert 0 <= v.eer(scores, mated) <= 0.5


@pytest.mark.parametrize("name", v.MEASURES)
def test_useless_scores(name):
    blind = {"eer": 0.5, "auc": 0.5, "tpr@1%": 0.01, "tpr@0.1%": 0.001}.get(name, 0)
    assert v.BLIND[name] == blind
    assert v.MEASURES[name](np.full(2100, 0.3), np.arange(2100) < 100) == pytest.approx(
        blind, abs=1e-9
    )


@pytest.mark.parametrize("name", v.MEASURES)
@pytest.mark.parametrize("n", [1, 7, 100, 2001])
def test_perfect_scores(name, n):
    if name in ("d_sys", "d_sys_held_out") and n == 1:
        pytest.skip("one pair makes no histogram")
    scores = np.concatenate([np.linspace(2, 3, n), np.linspace(0, 1, 1500)])
    best = {"eer": 0, "zebra": v.ZEBRA_MAX}.get(name, 1)
    assert v.MEASURES[name](scores, np.arange(n + 1500) < n) == pytest.approx(best, abs=1e-9)


def test_scores_upside_down_are_no_better_than_blind_but_the_auc_tells():
    scores, mated = normal(-2, 2000, seed=0)
    assert v.eer(scores, mated) == pytest.approx(0.5, abs=0.01)
    assert v.zebra(scores, mated) == pytest.approx(0, abs=0.01)
    assert v.auc(scores, mated) == pytest.approx(1 - TABLE[2][1], abs=0.02)
    assert v.d_sys_held_out(scores, mated) > 0.5  # linkability asks for no direction


# Properties


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 10**6), st.sampled_from([np.arctan, np.exp, lambda s: 5 * s - 3, lambda s: s**3])
)
def test_monotone_transforms_change_nothing(seed, transform):
    scores, mated = normal(1, 150, seed, n_others=1000)
    scores = scores.round(2)  # with ties
    for name in set(v.MEASURES) - {"d_sys"}:
        f = v.MEASURES[name]
        assert f(transform(scores), mated) == pytest.approx(f(scores, mated), abs=1e-12), name
    assert v.d_sys(5 * scores - 3, mated) == pytest.approx(
        v.d_sys(scores, mated), abs=0.05
    )  # edges may round


@settings(deadline=None, max_examples=30)
@given(CLASSES, st.integers(0, 10**6))
def test_order_of_the_pairs_and_ranges(classes, seed):
    scores, mated = columns(classes)
    order = np.random.default_rng(seed).permutation(len(scores))
    for name in set(v.MEASURES) - {"tpr@1%", "tpr@0.1%"}:
        value = v.MEASURES[name](scores, mated)
        low, high = (-2, 1) if name == "d_sys_held_out" else v.RANGES.get(name, (0, 1))
        assert low <= value <= high + 1e-12, name
        assert v.MEASURES[name](scores[order], mated[order]) == pytest.approx(value, abs=1e-12), (
            name
        )


@settings(deadline=None, max_examples=30)
@given(CLASSES, st.integers(0, 10**6))
def test_a_weight_counts_a_pair_as_often(classes, seed):
    scores, mated = columns(classes)
    weight = np.random.default_rng(seed).integers(0, 3, len(scores))
    assume(weight[mated].any() and weight[~mated].any())
    for name in ("eer", "auc", "zebra", "d_sys"):
        f = v.MEASURES[name]
        repeated = f(scores.repeat(weight), mated.repeat(weight))
        assert f(scores, mated, weight) == pytest.approx(repeated, abs=1e-12), name


# Refusals


@pytest.mark.parametrize("name", v.MEASURES)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_that_are_not_finite_are_no_number(name, bad):
    scores, mated = normal(1, 1000, seed=0)
    scores[3] = bad
    with pytest.raises(
        InputError, match="scores: got NaN or infinity in 1 of 2000 rows, first row 3"
    ):
        v.MEASURES[name](scores, mated)


@pytest.mark.parametrize("name", v.MEASURES)
def test_refusals(name):
    f, (scores, mated) = v.MEASURES[name], normal(1, 1000, seed=0)
    with pytest.raises(InputError, match="at least one pair of both"):
        f(scores[mated], mated[mated])
    with pytest.raises(InputError, match="at least one pair of both"):
        f(np.zeros(0), np.zeros(0, bool))
    with pytest.raises(InputError, match="at least one pair of both"):
        f(scores, mated, mated)
    with pytest.raises(InputError, match="swapped"):
        f(scores, mated.astype(int))
    with pytest.raises(InputError, match="shapes"):
        f(scores[:-1], mated)
    with pytest.raises(InputError, match="shapes"):
        f(scores[:, None], mated[:, None])
    with pytest.raises(InputError, match="weight"):
        f(scores, mated, np.where(mated, -1, 1))


def test_too_few_scores_for_a_small_fpr():
    scores, mated = normal(1, 999, seed=0)
    with pytest.raises(InputError, match="999 non-mated pairs; expected at least 1000"):
        v.MEASURES["tpr@0.1%"](scores, mated)
    assert 0 <= v.MEASURES["tpr@0.1%"](*normal(1, 1000, seed=0)) <= 1


def test_extreme_scores_are_numbers_too():
    scores, mated = np.array([-1e308, 1e308, 5e-324, 0.0]), np.array([False, True, True, False])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert v.auc(scores, mated) == 1
        assert 0 <= v.d_sys(scores, mated) <= 1
