"""Known answers, SciPy, and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from privbench.bench.checks import InputError
from privbench.bench.metrics import intervals
from scipy import stats
from scipy.stats import binomtest, t, ttest_1samp


@pytest.mark.parametrize(
    ("k", "n", "level", "centre", "half"),
    [
        (850, 1000, 0.95, 0.8486606, 0.0221293),
        (23, 100, 0.95, 0.2399882, 0.0815556),
        (11, 100, 0.95, 0.1244275, 0.0618855),
        (100, 100, 0.68, 0.9951037, 0.0048963),
    ],
)
def test_wilson_known_answers(k, n, level, centre, half):
    low, high = intervals.wilson(k, n, level)
    assert (low, high) == (
        pytest.approx(centre - half, abs=2e-6),
        pytest.approx(centre + half, abs=2e-6),
    )


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 500), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.99]))
def test_intervals_agree_with_scipy(n, share, level):
    k = round(share * n)
    for ours, method in ((intervals.wilson, "wilson"), (intervals.clopper_pearson, "exact")):
        theirs = binomtest(k, n).proportion_ci(level, method)
        assert ours(k, n, level) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_clopper_pearson_known_answers():
    assert intervals.clopper_pearson(23, 100) == pytest.approx((0.151732, 0.324859), abs=1e-6)
    assert intervals.clopper_pearson(20, 200) == pytest.approx((0.062159, 0.150213), abs=1e-6)
    assert intervals.clopper_pearson(30, 200, side="lower")[0] == pytest.approx(0.110081, abs=1e-6)


@pytest.mark.parametrize(
    ("k", "n", "smallest"),
    [
        (10, 100, 0.16),
        (10, 200, 0.14),
        (10, 500, 0.124),
        (10, 1000, 0.117),
        (10, 5000, 0.1072),
        (50, 500, 0.032),
        (50, 1000, 0.029),
    ],
)
def test_smallest_accuracy_that_shows_leakage(k, n, smallest):
    assert intervals.smallest_visible(1 / k, n) == pytest.approx(smallest, abs=1e-9)


def test_nadeau_bengio_is_wider_than_the_naive_interval_by_the_known_factor():
    values = np.array([0.5, 0.6, 0.55, 0.65, 0.45])
    mean, low, high = intervals.nadeau_bengio(values, 80, 20)
    naive = ttest_1samp(values, 0).confidence_interval(0.95)
    assert mean == pytest.approx(0.55)
    assert (high - low) / (naive.high - naive.low) == pytest.approx(
        np.sqrt((1 / 5 + 20 / 80) / (1 / 5))
    )


def test_one_fold_says_nothing_of_the_spread():
    mean, low, high = intervals.nadeau_bengio([0.5], 80, 20)
    assert mean == 0.5
    assert np.isnan([low, high]).all()


def test_paired_test_sees_what_is_paired_and_nothing_in_noise():
    rng = np.random.default_rng(0)
    base = rng.uniform(0.3, 0.7, 10)
    assert (
        intervals.corrected_paired(base + 0.1 + 0.001 * rng.normal(size=10), base, 90, 10)[3] < 1e-4
    )
    assert intervals.corrected_paired(base + 0.1 * rng.normal(size=10), base, 90, 10)[3] > 0.05
    with pytest.raises(InputError, match="same folds"):
        intervals.corrected_paired(base, base[:5], 90, 10)


def test_multiplicity():
    assert intervals.bonferroni(0.95, 5) == pytest.approx(0.99)
    assert intervals.holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])


@pytest.mark.parametrize(
    "call",
    [
        lambda: intervals.wilson(3, 2),
        lambda: intervals.wilson(1, 2, 95),
        lambda: intervals.holm([2.0]),
    ],
)
def test_bad_input(call):
    with pytest.raises(InputError):
        call()


def test_repeats_narrow_the_interval_by_what_they_add_and_no_more():
    """Five folds, then their values from twenty repeats: the rows in common remain."""
    values = np.array([0.5, 0.6, 0.55, 0.65, 0.45])
    once = intervals.fold_interval(values, 80, 20, rows=100)
    often = intervals.fold_interval(np.tile(values, 20), 80, 20, rows=100)
    assert often[2] - often[1] < once[2] - once[1]
    s, j = np.tile(values, 20).std(ddof=1), 100
    assert often[2] - often[0] == pytest.approx(t.isf(0.025, j - 1) * s * np.sqrt(1 / j + 20 / 80))


def test_values_that_agree_are_as_sure_as_their_pictures():
    assert intervals.fold_interval([1.0, 1.0], 90, 10, rows=20)[1:] == intervals.wilson(20, 20)
    assert intervals.fold_interval([0.5], 90, 10, rows=10)[1:] == intervals.wilson(5, 10)


def test_folds_that_differ_by_nearly_one_amount_are_no_surer_than_their_pictures():
    """Five folds of 125, one picture apart in each, are chance; fifty pictures apart are not."""
    few, many = np.array([125, 123, 127, 125, 124]), np.full(5, 0.9)
    for step, told in ((1, False), (50, True)):
        sizes = many, many - step / few, 500, few
        assert intervals.corrected_paired(*sizes)[3] < 1e-4  # which is not to be believed
        mean, low, high, p = intervals.corrected_paired(*sizes, rows=624)
        assert (p < 0.001, low > 0) == (told, told)
        assert low < mean < high
    assert intervals.corrected_paired([0.5, 0.7], [0.5, 0.7], 10, 10, rows=20)[3] == 1
    assert intervals.corrected_paired([1.0, 1.0], [0.0, 0.0], 10, 10, rows=20)[1] < 1
    spread = [0.5, 0.6, 0.8], [0.4, 0.6, 0.5], 20, 10
    assert intervals.corrected_paired(*spread, rows=30) == intervals.corrected_paired(*spread)


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_paired_shares_vary_by_as_much_as_the_bound_and_more(share):
    """The bound is met where only one of the two ever errs, and is far below where both do."""
    rng, folds, n = np.random.default_rng(0), 20000, 50
    one = rng.binomial(n, share, folds) / n
    assert one.var() == pytest.approx(share * (1 - share) / n, rel=0.05)
    both = rng.binomial(n, share + 0.2, folds) / n - rng.binomial(n, 0.2, folds) / n
    assert both.var() > 1.5 * share * (1 - share) / n


def test_shares_of_nothing_and_of_all_touch_the_ends():
    assert intervals.wilson(0, 1000) == (0, pytest.approx(0.004, abs=1e-3))
    assert intervals.wilson(7, 7)[1] == 1
    assert intervals.clopper_pearson(0, 20)[0] == 0
    assert intervals.clopper_pearson(20, 20)[1] == 1
    assert intervals.clopper_pearson(5, 20, side="lower")[1] == 1
    assert intervals.clopper_pearson(5, 20, side="upper")[0] == 0
    upper = intervals.clopper_pearson(30, 200, side="upper")[1]
    assert upper == pytest.approx(stats.beta.ppf(0.95, 31, 170), abs=1e-9)


def test_no_accuracy_on_few_rows_shows_a_leak_of_a_coin():
    assert intervals.smallest_visible(0.5, 4) == np.inf
    assert intervals.smallest_visible(0.5, 5) == 1
    assert intervals.smallest_visible(0.1, 1, level=0.8) == 1


def test_nadeau_bengio_by_hand_and_clipped():
    """Two folds of 0.2 and 0.4: t with one degree of freedom, s^2 = 0.02."""
    half = t.isf(0.05, 1) * np.sqrt((1 / 2 + (10 / 90 + 20 / 80) / 2) * 0.02)
    values, train, test = [0.2, 0.4], [90, 80], [10, 20]
    free = intervals.nadeau_bengio(values, train, test, 0.9, bounds=(-9, 9))
    assert free == pytest.approx((0.3, 0.3 - half, 0.3 + half))
    assert intervals.nadeau_bengio(values, train, test, 0.9) == (pytest.approx(0.3), 0, 1)
    assert intervals.nadeau_bengio([0.5, 0.5], 80, 20)[1:] == (0.5, 0.5)


def test_student_by_hand_and_clipped():
    half = 0.1 * t.isf(0.025, 4)
    assert intervals.student(0.4, 0.1, 5) == pytest.approx((0.4, 0.4 - half, 0.4 + half))
    assert intervals.student(0.4, 9.0, 5, bounds=(-1, 2)) == (0.4, -1, 2)
    assert intervals.student(0.4, 9.0, 5) == (0.4, 0, 1)
    assert np.isnan(intervals.student(0.4, 0.1, 1)[1])


def test_a_paired_test_by_hand():
    a, b = np.array([0.5, 0.7, 0.6]), np.array([0.4, 0.4, 0.4])
    error = np.sqrt((1 / 3 + 10 / 90) * np.var(a - b, ddof=1))
    mean, low, high, p = intervals.corrected_paired(a, b, 90, 10)
    half = error * t.isf(0.025, 2)
    assert (mean, low, high) == pytest.approx((0.2, 0.2 - half, 0.2 + half))
    assert p == pytest.approx(2 * t.sf(0.2 / error, 2))
    assert intervals.corrected_paired(a, a, 90, 10) == (0, 0, 0, 1)
    assert intervals.corrected_paired([0.5, 0.75], [0.25, 0.5], 90, 10) == (0.25, 0.25, 0.25, 0)


def test_the_least_variance_of_a_pair_is_that_of_the_pictures_they_disagree_on():
    """Folds that agree: s^2 is d (1 - d) / n_test, of one picture of all at the least."""
    for d, apart in ((0.25, 0.25), (0.0, 1 / 40), (1.0, 1 - 1 / 40)):
        mean, low, high, p = intervals.corrected_paired([d, d], [0, 0], 20, [18, 22], rows=40)
        ratio = (18 / 20 + 22 / 20) / 2
        error = np.sqrt((1 / 2 + ratio) * apart * (1 - apart) / 20)
        assert mean == d
        assert high - mean == pytest.approx(error * t.isf(0.025, 1))
        assert mean - low == pytest.approx(error * t.isf(0.025, 1))
        assert p == pytest.approx(2 * t.sf(d / error, 1))


def test_values_that_differ_in_their_last_digit_agree():
    values = [1 / 3, 1 / 3 + 1e-12]
    assert intervals.fold_interval(values, 90, 10, rows=30)[1:] == intervals.wilson(10, 30)
    apart = intervals.fold_interval([0.3, 0.4], 90, 10, rows=30)
    assert apart == intervals.nadeau_bengio([0.3, 0.4], 90, 10)


def test_holm_keeps_the_order_and_stops_at_1():
    assert intervals.holm([0.9, 0.01, 0.8]).tolist() == pytest.approx([1, 0.03, 1])
    assert intervals.holm([0.0, 1.0]).tolist() == [0, 1]
    assert intervals.holm([]).tolist() == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: intervals.wilson(-1, 2), "k"),
        (lambda: intervals.wilson(0, 0), "n"),
        (lambda: intervals.wilson(1, 2, 0), "level"),
        (lambda: intervals.clopper_pearson(1, 2, 1), "level"),
        (lambda: intervals.clopper_pearson(1, 2, side="left"), "side"),
        (lambda: intervals.smallest_visible(1.1, 5), "chance"),
        (lambda: intervals.smallest_visible(0.1, 0), "n"),
        (lambda: intervals.smallest_visible(0.1, 5, 2), "level"),
        (lambda: intervals.student(0.1, 0.1, 5, 1), "level"),
        (lambda: intervals.bonferroni(0.95, 0), "looks"),
        (lambda: intervals.bonferroni(1, 2), "level"),
        (lambda: intervals.holm([-0.1]), "p"),
        (lambda: intervals.holm([[0.1]]), "p"),
        (lambda: intervals.nadeau_bengio([], 8, 2), "one finite number a fold"),
        (lambda: intervals.nadeau_bengio([[0.1]], 8, 2), "one finite number a fold"),
        (lambda: intervals.nadeau_bengio([np.nan, 1], 8, 2), "a failed fold has no number"),
        (lambda: intervals.nadeau_bengio([0.1, 0.2], [8, 0], 2), "at least one row each"),
        (lambda: intervals.nadeau_bengio([0.1, 0.2], 8, 0), "at least one row each"),
        (lambda: intervals.corrected_paired([0.1], [0.2], 8, 2), "at least two"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(InputError, match=message):
        call()
