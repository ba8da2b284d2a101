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
