"""How well scores name the class of each row: `f(y, scores) -> float`.

y: (n,) class numbers 0..K-1; -1 is a class that the attacker never saw, and no score can be right
about it.
scores: (n, K) finite numbers, the largest wins.

Every metric lies in [0, 1], has no unit, and is larger for a better attacker (or a more useful
release). Ties are broken by the mean over all ways to break them, so that a row of equal scores
earns what a blind guess earns: taking the first maximum would pay an attacker for the order of the
classes, and `>=` in a top-k would call constant scores perfect.

Index: `accuracy`, `balanced_accuracy`, `macro_f1`, `top3`, and `pooled2` and `pooled5`, the
accuracy of an attacker with several rows of a person; by name in `METRICS`. `chance` and
`advantage` make a value readable, `credit` says what each row earned.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..checks import InputError, finite, one_of
from ..types import Array

Metric = Callable[[Array, Array], float]
RANGE = (0.0, 1.0)  # of every metric here; the larger, the better the attacker


def accuracy(y: Array, scores: Array) -> float:
    """Share of rows whose true class has the largest score; a t-fold tie at the top earns 1/t.

    mean_i 1[argmax_k s_ik = y_i]; range [0, 1], larger is better. Source: Sokolova and Lapalme
    2009, doi:10.1016/j.ipm.2009.03.002; the rule for ties is ours.

    Raises:
        InputError: if a score is not finite, or shapes and class numbers do not fit.
    """
    y, scores = _checked(y, scores)
    return float(_credit(y, scores, k=1).mean())


def top3(y: Array, scores: Array) -> float:
    """Share of rows whose true class is among the three largest scores; ties share the places left.

    mean_i 1[y_i among the 3 largest of s_i]; range [0, 1], larger is better. With K <= 3 every seen
    class is a hit, and chance is 1 as well. Source: Russakovsky et al. 2015,
    doi:10.1007/s11263-015-0816-y (with five); the rule for ties is ours.

    Raises:
        InputError: if a score is not finite, or shapes and class numbers do not fit.
    """
    y, scores = _checked(y, scores)
    return float(_credit(y, scores, k=3).mean())


def balanced_accuracy(y: Array, scores: Array) -> float:
    """Mean over the classes present in y of the accuracy on that class's rows (macro recall).

    mean_c mean_{i: y_i = c} 1[argmax_k s_ik = c]; range [0, 1], larger is better. All unseen
    classes together count as one class with recall 0. Source: Brodersen et al. 2010,
    doi:10.1109/ICPR.2010.764.

    Raises:
        InputError: if a score is not finite, or shapes and class numbers do not fit.
    """
    y, scores = _checked(y, scores)
    correct = _credit(y, scores, k=1)
    recalls = [correct[y == label].mean() for label in np.unique(y)]
    return float(np.mean(recalls))


def macro_f1(y: Array, scores: Array) -> float:
    """Mean over the classes that are true or predicted of F1 = 2 TP / (predicted + true).

    Range [0, 1], larger is better. The mean of the F1, not the F1 of the means. A tied row predicts
    each of its t top classes with weight 1/t. Source: Opitz and Burst 2019, arXiv:1911.03347.

    Raises:
        InputError: if a score is not finite, or shapes and class numbers do not fit.
    """
    y, scores = _checked(y, scores)
    top = scores == scores.max(axis=1, keepdims=True)
    predicted = top / top.sum(axis=1, keepdims=True)
    true = y[:, None] == np.arange(scores.shape[1])
    size = predicted.sum(axis=0) + true.sum(axis=0)
    true_positive = (predicted * true).sum(axis=0)
    occurs = size > 0
    f1 = 2 * true_positive[occurs] / size[occurs]
    # The unseen classes are one class with F1 = 0.
    unseen = bool((y < 0).any())
    return float(f1.sum() / (len(f1) + unseen))


def pooled2(y: Array, scores: Array) -> float:
    """Accuracy of an attacker who sees two rows of one person together and adds up their scores.

    mean over groups g of two rows of one class of 1[argmax_k sum_{i in g} s_ik = y_g]; range
    [0, 1], larger is better; NaN if no class has two rows. Source: ours; groups as in `_pooled`.

    Raises:
        InputError: if a score is not finite, or shapes and class numbers do not fit.
    """
    return _pooled(y, scores, 2)


def pooled5(y: Array, scores: Array) -> float:
    """Accuracy of an attacker who sees five rows of one person together and adds up their scores.

    As `pooled2` with groups of five rows; range [0, 1], larger is better; NaN if no class has five
    rows. Source: ours.

    Raises:
        InputError: if a score is not finite, or shapes and class numbers do not fit.
    """
    return _pooled(y, scores, 5)


# What a release is judged by: of classes, and of a continuous label (see `regression`).
MAIN = ("accuracy", "ccc")

METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "macro_f1": macro_f1,
    "top3": top3,
    "pooled2": pooled2,
    "pooled5": pooled5,
}


def chance(metric: str, y_train: Array, y_test: Array, K: int) -> float:
    """What the better of two blind attackers scores on the test rows; the range is the metric's.

    One always answers with the class frequencies of its training rows, the other gives each class
    the same score (1/K for accuracy and balanced accuracy and k/K for top-k, if every test class
    was seen). Both are needed: with unequal classes the first is the stronger, but on a fold of a
    small balanced set it is worse than guessing, because the class that is most frequent in
    training is by construction the rarest in the test fold. Source: ours.

    Raises:
        InputError: if the metric has no such name, or class numbers do not fit.
    """
    f = METRICS[one_of("metric", metric, METRICS)]
    seen = y_train[y_train >= 0]
    frequencies = np.bincount(seen, minlength=K).astype(float)
    values = []
    for blind in (frequencies, np.zeros(K)):
        scores = np.broadcast_to(blind, (len(y_test), K))
        values.append(f(y_test, scores))
    return max(values)


def credit(y: Array, scores: Array) -> Array:
    """(n,) what each row adds to the accuracy: 1, 0, or 1/t for a t-fold tie at the top.

    Raises:
        InputError: if a score is not finite, or shapes and class numbers do not fit.
    """
    y, scores = _checked(y, scores)
    return _credit(y, scores, k=1)


def advantage(value: float, chance: float) -> float:
    """(value - chance) / (1 - chance): 0 at chance, 1 for a perfect attacker, negative below.

    Range up to 1, larger is better, no unit; NaN where chance is 1, because nothing can be learned
    there. Source: Giomi et al. 2023, arXiv:2211.10459.
    """
    return (value - chance) / (1 - chance) if chance < 1 else float("nan")


def _credit(y: Array, scores: Array, k: int) -> Array:
    """(n,) the probability that the true class is among the k best, over all ways to break ties."""
    rows = np.arange(len(y))
    true_score = scores[rows, y][:, None]
    above = (scores > true_score).sum(axis=1)
    tied = (scores == true_score).sum(axis=1)
    earned = np.clip((k - above) / tied, 0, 1)
    return np.where(y < 0, 0.0, earned)


def _pooled(y: Array, scores: Array, size: int) -> float:
    """The accuracy of sums of scores over groups of `size` rows of one class.

    Rows of a class are taken in the order in which they come; those left over are not used.
    """
    y, scores = _checked(y, scores)
    groups = []
    for label in np.unique(y):
        rows = np.flatnonzero(y == label)
        whole = len(rows) // size * size
        groups.append(rows[:whole].reshape(-1, size))
    group = np.concatenate(groups)
    if not len(group):
        return float("nan")
    return accuracy(y[group[:, 0]], scores[group].sum(axis=1))


def _checked(y: Array, scores: Array) -> tuple[Array, Array]:
    y = np.asarray(y)
    scores = np.asarray(scores)
    if scores.ndim != 2 or y.shape != scores.shape[:1] or 0 in scores.shape:
        got = f"shape {scores.shape} for y of shape {y.shape}"
        raise InputError("scores", got, "(n, K) for (n,), at least one row")
    whole = np.issubdtype(y.dtype, np.integer)
    if not whole or y.min() < -1 or y.max() >= scores.shape[1]:
        got = f"{y.dtype} from {y.min()} to {y.max()}"
        raise InputError("y", got, f"class numbers -1..{scores.shape[1] - 1}")
    return y, finite("scores", scores)
