"""Fit of continuous labels: known answers, missing ratings, and errors over people."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from privbench.bench.checks import InputError
from privbench.bench.metrics import regression


def test_concordance_has_its_known_values():
    x = np.array([[1.0, 2, 3, 4]])
    assert regression.ccc(x, x) == 1
    assert regression.ccc(x, 5 - x) == -1
    assert regression.ccc(x, x + 1) == pytest.approx(2 * 1.25 / (1.25 + 1.25 + 1))  # by hand
    assert regression.ccc(x, 2 * x) == pytest.approx(2 * 2.5 / (1.25 + 5 + 2.5**2))
    assert regression.ccc(x, np.full((1, 4), 2.5)) == 0
    assert regression.ccc(np.ones((1, 4)), np.ones((1, 4))) == 0


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_concordance_is_at_most_the_correlation_and_does_not_care_for_order(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, 5, 8))
    correlation = np.corrcoef(x.ravel(), y.ravel())[0, 1]
    assert abs(regression.ccc(x, y)) <= abs(correlation) + 1e-9
    order = rng.permutation(40)
    again = regression.ccc(x.reshape(1, -1)[:, order], y.reshape(1, -1)[:, order])
    assert again == pytest.approx(regression.ccc(x, y))
    assert regression.ccc(x, y) == pytest.approx(regression.ccc(y, x))


def test_measures_have_their_known_values():
    """One recording is rated in full, of another one frame: all by hand."""
    target = np.array([[0.0, 2, 4], [1, np.nan, np.nan], [np.nan] * 3])
    prediction = np.array([[1.0, 2, 6], [3, 99, 99], [7] * 3])
    values = regression.measured(target, prediction, np.array([0, 1, 2]), baseline=1.0)
    assert values["mse"] == (pytest.approx((1 + 0 + 4 + 4) / 4), pytest.approx((1 + 1 + 9 + 0) / 4))
    assert values["mae"] == (pytest.approx((1 + 0 + 2 + 2) / 4), pytest.approx((1 + 1 + 3 + 0) / 4))
    within = 2 * (10 / 3) / (8 / 3 + 14 / 3 + 1)
    assert values["ccc_sources"] == (pytest.approx(within / 2), 0.0)  # one frame has no concordance
    assert values["ccc"] == (pytest.approx(2 * 2.5 / (2.1875 + 3.5 + 1.25**2)), 0.0)
    assert set(values) == set(regression.MEASURES)
    within, errors = (-1, 1), (0, np.inf)
    bounds = {"ccc": within, "ccc_sources": within, "mse": errors, "mae": errors}
    assert bounds == regression.BOUNDS


def test_frames_without_a_rating_count_nowhere():
    target = np.array([[1.0, np.nan, 3], [np.nan] * 3])
    prediction = np.array([[1.0, 99, 3], [7.0] * 3])
    values = regression.measured(target, prediction, np.array([0, 1]), baseline=2.0)
    assert values["ccc"] == (1.0, 0.0)
    assert values["ccc_sources"] == (1.0, 0.0)
    assert values["mse"] == (0.0, 1.0)
    assert np.isnan(regression.ccc_sources(target[1:], prediction[1:], np.array([1])))


def test_what_cannot_be_measured_is_refused():
    rows = np.array([0])
    with pytest.raises(InputError, match="no rated frame"):
        regression.measured(np.full((1, 2), np.nan), np.ones((1, 2)), rows, 0.0)
    with pytest.raises(InputError, match="NaN or infinity"):
        regression.measured(np.ones((1, 2)), np.array([[1, np.nan]]), rows, 0.0)
    with pytest.raises(InputError, match=r"shape \(1, 3\); expected \(1, 2\)"):
        regression.measured(np.ones((1, 2)), np.ones((1, 3)), rows, 0.0)


def test_the_mean_over_recordings_is_not_that_over_frames():
    """Each recording's mean alone has concordance over all frames, and none within any."""
    level = np.repeat([[-1.0], [1.0]], 50, 1)
    target = level + np.random.default_rng(0).normal(size=(2, 50))
    values = regression.measured(target, level, np.array([0, 1]), 0.0)
    assert values["ccc"][0] > 0.5
    assert values["ccc_sources"][0] == 0


def test_a_scale_goes_there_and_back():
    target = np.array([[1.0, 3, np.nan]])
    scale = regression.Scale.of(target)
    assert (scale.mean, scale.sd) == (2, 1)
    assert np.array_equal(scale.towards(target), [[-1, 1, np.nan]], equal_nan=True)
    assert scale.towards(target).dtype == np.float32
    assert regression.Scale(2.0, 3.0).back(np.array([-1.0, 2])).tolist() == [-1, 8]
    assert regression.Scale.of(np.full((1, 4), 5.0)).sd == 1e-6  # what never changes


def test_the_error_of_a_mean_is_the_textbook_one():
    """Of a mean over people with a frame each the jackknife is sd / sqrt(P)."""
    off = np.array([1.0, 2, 4, 7, 3])
    target, prediction = np.arange(5.0)[:, None], (np.arange(5.0) + off)[:, None]
    people = np.array(["a", "b", "c", "d", "e"])
    found, count = regression.errors(target, prediction, np.arange(5), people)
    assert count == 5
    assert found["mse"] == pytest.approx(np.std(off**2, ddof=1) / np.sqrt(5))
    assert found["mae"] == pytest.approx(np.std(off, ddof=1) / np.sqrt(5))
    assert "ccc_sources" not in found  # a frame by itself has none, whoever is left out


def test_errors_need_three_people_with_a_rating():
    target = np.array([[0.0, 1], [1, 3], [2, 2], [np.nan, np.nan]])
    prediction, rows = target[::-1][[1, 1, 2, 2]], np.arange(4)
    prediction = np.nan_to_num(prediction)
    assert regression.errors(target, prediction, rows, np.array([0, 1, 1, 2])) == ({}, 2)
    found, count = regression.errors(target, prediction, rows, np.array([0, 1, 2, 3]))
    assert count == 3
    assert found["mse"] > 0


def test_the_error_of_a_concordance_is_what_other_people_would_change_it_by():
    """Rows of a person share an offset: as many independent parts as people, not rows."""
    people, values, claimed = np.repeat(np.arange(25), 8), [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        target = rng.normal(size=(200, 5))
        offset = 0.7 * rng.normal(size=25)[people, None]
        prediction = 0.8 * target + offset + 0.3 * rng.normal(size=target.shape)
        measured = regression.measured(target, prediction, people, 0.0)
        values.append([value for value, _ in measured.values()])
        errors, _ = regression.errors(target, prediction, people, people)
        claimed.append(list(errors.values()))
    assert np.allclose(np.mean(claimed, 0), np.std(values, 0), rtol=0.25)
    rows, _ = regression.errors(target, prediction, people, np.arange(200))
    assert rows["ccc"] < 0.7 * np.mean(claimed, 0)[0]
    assert regression.errors(target, prediction, people, people > 3) == ({}, 2)
