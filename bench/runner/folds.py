"""The evaluation protocols: who sees which rows. Named and recorded, because each is a threat model.

closed-set  k folds over sources; the probe is fitted on the rows that the defense was trained on.
held-out    as above, but each training side is halved by source: the probe gets rows that the encoder never saw.
open-set    people are divided; the encoder is trained on some, the others are enrolled (probe) and recognised (test).
given       the data say which rows are train and which test, by a label `split`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import InputError, one_of
from ..types import Array, Fold, Samples, Task

PROTOCOLS = {
    "closed-set": "k folds over sources; probes train on the rows the defense trained on",
    "held-out": "as closed-set, but probes train on rows the encoder has never seen",
    "open-set": "people are divided; half of each unseen person's sources are enrolled, the rest recognised",
    "given": "one fold, by the label `split` of the data: its rows `train` and `test`; the probe trains on the former",
}
SPLIT = ("test", "train")  # classes of that label


def make(
    samples: Samples, task: Task, protocol: str, k: int, *, seed: int, test_copies: bool = False
) -> list[Fold]:
    """k folds. Test rows are originals unless `test_copies`; copies of a test source are never trained on."""
    one_of("--protocol", protocol, PROTOCOLS)
    _check(samples, task, protocol, k)
    rng = np.random.default_rng(seed)
    private, utility, source = samples.labels[task.private], _served(samples, task), samples.source
    testable = np.ones(len(samples), bool) if test_copies else samples.original
    if protocol == "given":
        test = samples.labels["split"] == SPLIT.index("test")
        return [
            Fold(
                np.flatnonzero(~test),
                np.flatnonzero(~test),
                np.flatnonzero(test & testable),
                np.flatnonzero(~test),
            )
        ]
    if protocol == "open-set":
        people = _deal(
            np.arange(samples.n_classes(task.private)),
            np.zeros(samples.n_classes(task.private), int),
            k,
            rng,
        )
        half = _deal_sources(source, private, utility, 2, rng)
        return [_open_fold(people[private] == i, half, testable) for i in range(k)]
    fold_of, rows = _deal_sources(source, private, utility, k, rng), np.flatnonzero
    found = []
    for i in range(k):
        train = probe = rows(fold_of != i)
        if (
            protocol == "held-out"
        ):  # halved anew for each fold, so that whoever is in it is in both halves
            half = _deal_sources(source[train], private[train], utility[train], 2, rng)
            train, probe = train[half == 0], train[half == 1]
        found.append(Fold(train, probe, rows((fold_of == i) & testable), probe))
    if any(len(fold.test) == 0 for fold in found):
        raise InputError(
            "--folds",
            k,
            "fewer",
            f"{len(np.unique(source))} independent rows leave a fold without any",
        )
    return found


def _open_fold(unseen: Array, half: Array, testable: Array) -> Fold:
    rows = np.flatnonzero
    return Fold(
        rows(~unseen),
        rows(unseen & (half == 0)),
        rows(unseen & (half == 1) & testable),
        rows(~unseen),
    )


def _deal_sources(
    source: Array, private: Array, utility: Array, k: int, rng: np.random.Generator
) -> Array:
    """The fold (n,) of each row, such that rows of one source stay together."""
    _, first, inverse = np.unique(source, return_index=True, return_inverse=True)
    return _deal(private[first], utility[first], k, rng)[inverse.reshape(-1)]


def _deal(private: Array, utility: Array, k: int, rng: np.random.Generator) -> Array:
    """Deal items into k folds so that each person, then each (person, class), then each class is spread evenly.

    The person comes first: whoever has two sources has them in different folds, so that everybody
    who is tested is also in the training rows. (scikit-learn's StratifiedGroupKFold balances cells
    of person x class and may put both photographs of a person on one side.)
    """
    counts = np.zeros((3, k, max(private.max(), utility.max()) + 1), int)
    cells: dict[Any, Array] = {}
    fold = np.empty(len(private), int)
    for item in rng.permutation(len(private)):
        p, u = private[item], utility[item]
        cell = cells.setdefault((p, u), np.zeros(k, int))
        keys = (rng.random(k), counts[2].sum(1), counts[1, :, u], cell, counts[0, :, p])
        best = np.lexsort(keys)[0]
        fold[item] = best
        counts[0, best, p] += 1
        counts[1, best, u] += 1
        counts[2, best, 0] += 1
        cell[best] += 1
    return fold


def _classes(samples: Samples, task: Task) -> list[str]:
    """The labels of the task that are classes, and no numbers."""
    return [label for label in (task.utility, task.private) if label in samples.labels]


def _served(samples: Samples, task: Task) -> Array:
    """(n,) classes that the release serves; one class for all where there are none."""
    return samples.labels.get(task.utility, np.zeros(len(samples), np.int64))


def _check(samples: Samples, task: Task, protocol: str, k: int) -> None:
    if protocol == "given":
        return _check_given(samples, task, k)
    if k < 2:
        raise InputError("--folds", k, "at least 2")
    sources = {label: _sources_per_class(samples, label) for label in _classes(samples, task)}
    small = int(np.argmin(sources[task.utility])) if task.utility in sources else 0
    if task.utility in sources and (fewest := sources[task.utility][small]) < k:
        name = samples.classes[task.utility][small]
        raise InputError(
            "--folds",
            k,
            f"at most {fewest}",
            f"{task.utility} {name!r} has {fewest} independent images",
        )
    lonely = np.flatnonzero(sources[task.private] < (4 if protocol == "held-out" else 2))
    if len(lonely):
        need = "four (two for training, halved)" if protocol == "held-out" else "two"
        name = samples.classes[task.private][lonely[0]]
        raise InputError(
            f"--private {task.private}",
            f"{len(lonely)} classes with too few, such as {name!r}",
            f"at least {need} independent images each for {protocol}",
            "one image cannot be trained on and tested",
        )
    people, who = samples.n_classes(task.private), samples.labels[task.private]
    shared = sum(len(np.unique(who[samples.source == s])) > 1 for s in _repeated(samples.source))
    if protocol == "open-set" and shared:
        raise InputError(
            "--protocol",
            "open-set",
            "closed-set or held-out",
            f"{shared} sources show two {task.private} classes",
        )
    if protocol == "open-set" and people < 2 * k:
        raise InputError(
            "--folds",
            k,
            f"at most {people // 2} for open-set",
            f"{people} people; each fold tests at least 2",
        )


def _check_given(samples: Samples, task: Task, k: int) -> None:
    """One fold, whose two sides share no picture, and on whose train side everybody is found."""
    if k != 1:
        raise InputError("--folds", k, "1 for given", "the data hold one division")
    found = samples.classes.get("split", ())
    if found != SPLIT:
        got = "classes " + ", ".join(found[:5]) if found else "no such label"
        raise InputError(
            "label split", got, "train and test", "the protocol given needs rows of both"
        )
    test = samples.labels["split"] == SPLIT.index("test")
    if both := len(np.intersect1d(samples.source[test], samples.source[~test])):
        raise InputError(
            "label split",
            f"{both} sources on both sides",
            "each on one",
            "copies or frames of one picture?",
        )
    if len(np.unique(samples.labels[task.private][~test])) < 2:
        raise InputError(
            "label split",
            f"one {task.private} among the rows train",
            "at least two",
            "nothing to tell apart",
        )


def _repeated(source: Array) -> Array:
    """Sources of more than one row."""
    found, counts = np.unique(source, return_counts=True)
    return found[counts > 1]


def _sources_per_class(samples: Samples, label: str) -> Array:
    y, n = samples.labels[label], samples.n_classes(label)
    return np.array([len(np.unique(samples.source[y == c])) for c in range(n)])
