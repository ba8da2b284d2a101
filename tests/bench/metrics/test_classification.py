import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from privbench.bench.checks import InputError
from privbench.bench.metrics import classification
from sklearn import metrics as sk


def draw(seed, n=60, k=5):
    rng = np.random.default_rng(seed)
    return rng.permutation(np.arange(n) % k), rng.normal(size=(n, k))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(2, 8))
def test_agrees_with_scikit_learn(seed, k):
    y, scores = draw(seed, k=k)
    guess = scores.argmax(1)
    assert classification.accuracy(y, scores) == pytest.approx(sk.accuracy_score(y, guess))
    assert classification.balanced_accuracy(y, scores) == pytest.approx(
        sk.balanced_accuracy_score(y, guess)
    )
    assert classification.macro_f1(y, scores) == pytest.approx(
        sk.f1_score(y, guess, average="macro")
    )
    if k > 3:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert classification.top3(y, scores) == pytest.approx(
                sk.top_k_accuracy_score(y, scores, k=3)
            )


@pytest.mark.parametrize("name", classification.METRICS)
def test_perfect_is_one_and_never_more_than_one(name):
    y, scores = draw(0)
    assert classification.METRICS[name](y, np.eye(5)[y]) == 1
    assert 0 <= classification.METRICS[name](y, scores) <= 1


def test_constant_scores_earn_chance_whatever_the_class_numbers():
    y, _ = draw(0)
    assert classification.accuracy(y, np.zeros((60, 5))) == pytest.approx(0.2)
    assert classification.top3(y, np.zeros((60, 5))) == pytest.approx(0.6)
    assert classification.accuracy((y + 1) % 5, np.zeros((60, 5))) == pytest.approx(0.2)


def test_a_class_unseen_in_training_can_only_be_missed():
    assert classification.accuracy(np.array([-1, 0]), np.array([[1.0, 0], [1, 0]])) == 0.5


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_that_are_not_finite_are_no_number(bad):
    y, scores = draw(0)
    scores[3, 1] = bad
    for metric in classification.METRICS.values():
        with pytest.raises(InputError, match="first row 3"):
            metric(y, scores)


def test_chance_is_the_better_of_majority_and_guessing():
    train, test = np.repeat([0, 1], [90, 10]), np.repeat([0, 1], [8, 2])
    assert classification.chance("accuracy", train, test, 2) == pytest.approx(0.8)
    # The majority of training is the rarest in test: answering with it is worse than guessing.
    assert classification.chance(
        "accuracy", np.repeat([0, 1], [51, 49]), np.repeat([0, 1], [4, 6]), 2
    ) == pytest.approx(0.5)


def test_advantage():
    assert classification.advantage(1.0, 0.1) == 1
    assert classification.advantage(0.1, 0.1) == 0
    assert classification.advantage(0.0, 0.5) == -1


def test_ties_share_the_places_that_are_left():
    """Four classes, one above the true one, which is tied with another: by hand for each k."""
    y, scores = np.array([1, 0]), np.array([[3.0, 2, 2, 1], [5, 5, 5, 5]])
    assert classification.credit(y, scores).tolist() == [0, 0.25]
    assert classification.accuracy(y, scores) == 0.125
    assert classification.top3(y, scores) == (1 + 0.75) / 2
    tied = np.array([[3.0, 3, 1, 3, 3]])
    assert classification.top3(np.array([0]), tied) == 0.75  # three places for four
    assert classification.top3(np.array([2]), tied) == 0


def test_unseen_classes_together_are_one_that_is_missed():
    y, scores = np.array([-1, -1, 0, 1]), np.eye(2)[[0, 1, 0, 1]]
    assert classification.balanced_accuracy(y, scores) == pytest.approx((0 + 1 + 1) / 3)
    # F1 of 0 and of 1: 2 / (2 predicted + 1 true); the unseen ones have 0.
    assert classification.macro_f1(y, scores) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert classification.credit(y, scores).tolist() == [0, 0, 1, 1]
    assert classification.top3(y, scores) == 0.5


def test_a_tied_row_predicts_each_of_its_classes_in_part():
    y, scores = np.array([0, 1]), np.array([[1.0, 1, 0, 0], [0, 1, 0, 0]])
    f1 = [2 * 0.5 / (0.5 + 1), 2 * 1 / (1.5 + 1)]
    assert classification.macro_f1(y, scores) == pytest.approx(np.mean(f1))


@pytest.mark.parametrize(("metric", "size"), [("pooled2", 2), ("pooled5", 5)])
def test_rows_of_a_person_are_added_up_in_their_order(metric, size):
    """Two groups of class 0, of which one errs, and a row too few for a group of class 1."""
    y = np.append(np.zeros(2 * size, int), np.ones(size - 1, int))
    scores = np.tile([0.0, 1.0], (len(y), 1))
    scores[0] = [size, 0]  # outweighs the other rows of its group
    pooled = classification.METRICS[metric]
    assert pooled(y, scores) == 0.5
    assert np.isnan(pooled(y[-size + 1 :], scores[-size + 1 :]))
    assert pooled(y[1 : size + 1], scores[1 : size + 1]) == 0


def test_chance_of_each_metric_where_all_classes_are_as_frequent():
    y = np.arange(40) % 4
    chances = {name: classification.chance(name, y, y, 4) for name in classification.METRICS}
    assert chances == {
        "accuracy": 0.25,
        "balanced_accuracy": 0.25,
        "macro_f1": 0.25,
        "top3": 0.75,
        "pooled2": 0.25,
        "pooled5": 0.25,
    }
    with pytest.raises(InputError, match="did you mean 'accuracy'"):
        classification.chance("acuracy", y, y, 4)


def test_people_that_are_unseen_lower_chance():
    assert classification.chance("accuracy", np.array([-1, 0, 1]), np.array([-1, 0]), 2) == 0.25


def test_nothing_can_be_learned_where_chance_is_1():
    assert np.isnan(classification.advantage(1.0, 1.0))
    assert classification.advantage(0.7, 0.4) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("y", "scores", "message"),
    [
        (np.zeros(3, int), np.zeros((2, 4)), r"shape \(2, 4\) for y of shape \(3,\)"),
        (np.zeros(3, int), np.zeros(3), "scores"),
        (np.zeros(0, int), np.zeros((0, 4)), "at least one row"),
        (np.zeros(2), np.zeros((2, 4)), "float64"),
        (np.array([0, 4]), np.zeros((2, 4)), r"from 0 to 4; expected class numbers -1\.\.3"),
        (np.array([0, -2]), np.zeros((2, 4)), "from -2 to 0"),
    ],
)
def test_refusals(y, scores, message):
    for metric in (*classification.METRICS.values(), classification.credit):
        with pytest.raises(InputError, match=message):
            metric(y, scores)
