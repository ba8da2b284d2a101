"""How well scores name the class of each row: `f(y, scores) -> float`.

y: (n,) class numbers 0..K-1; -1 is a class that the attacker never saw, and no score can be right
about it.
scores: (n, K) finite numbers, the largest wins.

Every metric lies in [0, 1] and is larger for a better attacker (or a more useful release). Ties are
broken by the mean over all ways to break them, so that a row of equal scores earns what a blind
guess earns: taking the first maximum would pay an attacker for the order of the classes, and `>=`
in a top-k would call constant scores perfect.

Index: `accuracy`, `balanced_accuracy`, `macro_f1`, `top3`, and `pooled2` and `pooled5`, the
accuracy of whoever has several rows of a person; by name in `METRICS`. `chance` and `advantage`
make a value readable, `credit` says what each row earned.
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

    mean_i 1[argmax_k s_ik = y_i]; range [0, 1], larger is better.

    Raises:
        InputError: if a score is not finite, or shapes and class numbers do not fit.
    """
    return float(_credit(*_checked(y, scores), k=1).mean())


def top3(y: Array, scores: Array) -> float:
    """Share of rows whose true class is among the three largest scores; ties share the places left.

    Range [0, 1], larger is better. With K <= 3 every seen class is a hit, and chance is 1 as well.

    Raises:
        InputError: if a score is not finite, or shapes and class numbers do not fit.
    """
    return float(_credit(*_checked(y, scores), k=3).mean())


def balanced_accuracy(y: Array, scores: Array) -> float:
    """Mean over the classes present in y of the accuracy on that class's rows (macro recall).

    Range [0, 1], larger is better. All unseen classes together count as one class with recall 0.
    Source: Brodersen et al. 2010, doi:10.1109/ICPR.2010.764.

    Raises:
        InputError: if a score is not finite, or shapes and class numbers do not fit.
    """
    y, scores = _checked(y, scores)
    credit = _credit(y, scores, k=1)
    return float(np.mean([credit[y == label].mean() for label in np.unique(y)]))


def macro_f1(y: Array, scores: Array) -> float:
    """Mean over the classes that are true or predicted of F1 = 2 TP / (predicted + true).

    Range [0, 1], larger is better. The mean of the F1, not the F1 of the means (Opitz and Burst
    2019, arXiv:1911.03347). A tied row predicts each of its t top classes with weight 1/t.

    Raises:
        InputError: if a score is not finite, or shapes and class numbers do not fit.
    """
    y, scores = _checked(y, scores)
    top = scores == scores.max(axis=1, keepdims=True)
    predicted = top / top.sum(axis=1, keepdims=True)
    true = y[:, None] == np.arange(scores.shape[1])
    size = predicted.sum(axis=0) + true.sum(axis=0)
    f1 = 2 * (predicted * true).sum(axis=0)[size > 0] / size[size > 0]
    return float(
        f1.sum() / (len(f1) + bool((y < 0).any()))
    )  # the unseen classes are one class with F1 = 0


def pooled2(y: Array, scores: Array) -> float:
    """Accuracy of whoever sees two rows of one person together and adds up their scores; see `_pooled`.

    Range [0, 1], larger is better; NaN if no class has two rows.

    Raises:
        InputError: if a score is not finite, or shapes and class numbers do not fit.
    """
    return _pooled(y, scores, 2)


def pooled5(y: Array, scores: Array) -> float:
    """Accuracy of whoever sees five rows of one person together and adds up their scores; see `_pooled`.

    Range [0, 1], larger is better; NaN if no class has five rows.

    Raises:
        InputError: if a score is not finite, or shapes and class numbers do not fit.
    """
    return _pooled(y, scores, 5)


MAIN = (
    "accuracy",
    "ccc",
)  # what a release is judged by: of classes, and of a continuous label (see `regression`)

METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "macro_f1": macro_f1,
    "top3": top3,
    "pooled2": pooled2,
    "pooled5": pooled5,
}


def chance(metric: str, y_train: Array, y_test: Array, K: int) -> float:
    """What the better of two blind attackers scores on the test rows.

    One always answers with the class frequencies of its training rows, the other gives each class
    the same score (1/K for accuracy and balanced accuracy and k/K for top-k, if every test class
    was seen). Both are needed: with unequal classes the first is the stronger, but on a fold of a
    small balanced set it is worse than guessing, because the class that is most frequent in
    training is by construction the rarest in the test fold.
    """
    f = METRICS[one_of("metric", metric, METRICS)]
    prior = np.bincount(y_train[y_train >= 0], minlength=K).astype(float)
    blind = (np.broadcast_to(scores, (len(y_test), K)) for scores in (prior, np.zeros(K)))
    return max(f(y_test, scores) for scores in blind)


def credit(y: Array, scores: Array) -> Array:
    """(n,) what each row adds to the accuracy: 1, 0, or 1/t for a t-fold tie at the top.

    Raises:
        InputError: if a score is not finite, or shapes and class numbers do not fit.
    """
    return _credit(*_checked(y, scores), k=1)


def advantage(value: float, chance: float) -> float:
    """(value - chance) / (1 - chance): 0 at chance, 1 for a perfect attacker, negative below chance.

    NaN where chance is 1, because nothing can be learned there.
    """
    return (value - chance) / (1 - chance) if chance < 1 else float("nan")


def _credit(y: Array, scores: Array, k: int) -> Array:
    """(n,) the probability that the true class is among the k best, over all ways to break ties."""
    own = scores[np.arange(len(y)), y][:, None]
    above, tied = (scores > own).sum(axis=1), (scores == own).sum(axis=1)
    return np.where(y < 0, 0.0, np.clip((k - above) / tied, 0, 1))


def _pooled(y: Array, scores: Array, size: int) -> float:
    """Rows of a class are taken in the order in which they come, `size` at a time; those left over are not used."""
    y, scores = _checked(y, scores)
    own = [np.flatnonzero(y == c) for c in np.unique(y)]
    rows = np.concatenate([r[: len(r) // size * size].reshape(-1, size) for r in own])
    return accuracy(y[rows[:, 0]], scores[rows].sum(axis=1)) if len(rows) else float("nan")


def _checked(y: Array, scores: Array) -> tuple[Array, Array]:
    y, scores = np.asarray(y), np.asarray(scores)
    if scores.ndim != 2 or y.shape != scores.shape[:1] or 0 in scores.shape:
        raise InputError(
            "scores",
            f"shape {scores.shape} for y of shape {y.shape}",
            "(n, K) for (n,), at least one row",
        )
    if not np.issubdtype(y.dtype, np.integer) or y.min() < -1 or y.max() >= scores.shape[1]:
        raise InputError(
            "y",
            f"{y.dtype} from {y.min()} to {y.max()}",
            f"class numbers -1..{scores.shape[1] - 1}",
        )
    return y, finite("scores", scores)
