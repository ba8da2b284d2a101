"""The evaluation protocols: who sees which rows.

Named and recorded, because each is a threat model.

closed-set  k folds over sources; the probe is fitted on the rows that the defense was trained on.
held-out    as above, but each training side is halved by source: the probe gets rows that the
            encoder never saw.
open-set    people are divided; the encoder is trained on some, the others are enrolled (probe) and
            recognised (test).
given       the data say which rows are train and which test, by a label `split`.
"""

from __future__ import annotations

import numpy as np

from ..checks import InputError, one_of
from ..types import Array, Fold, Samples, Task
from . import feasible

PROTOCOLS = {
    "closed-set": "k folds over sources; probes train on the rows the defense trained on",
    "held-out": "as closed-set, but probes train on rows the encoder has never seen",
    "open-set": "people are divided; half of each unseen person's sources are enrolled, the rest "
    "recognised",
    "given": "one fold, by the label `split` of the data: its rows `train` and `test`; the probe "
    "trains on the former",
}


def make(
    samples: Samples, task: Task, protocol: str, k: int, *, seed: int, test_copies: bool = False
) -> list[Fold]:
    """k folds. Test rows are originals unless `test_copies`; copies of a test source never train.

    Raises:
        InputError: if the protocol is unknown, or these rows cannot be divided so.
    """
    one_of("--protocol", protocol, PROTOCOLS)
    feasible.check(samples, task, protocol, k)
    rng = np.random.default_rng(seed)
    testable = np.ones(len(samples), bool) if test_copies else samples.original
    if protocol == "given":
        return [_given_fold(samples, testable)]
    if protocol == "open-set":
        return _open_folds(samples, task, k, testable, rng)
    folds = _closed_folds(samples, task, k, testable, rng, halved=protocol == "held-out")
    if any(len(fold.test) == 0 for fold in folds):
        rows = len(np.unique(samples.source))
        hint = f"{rows} independent rows leave a fold without any"
        raise InputError("--folds", k, "fewer", hint)
    return folds


def _given_fold(samples: Samples, testable: Array) -> Fold:
    test = samples.labels["split"] == feasible.SPLIT.index("test")
    train = np.flatnonzero(~test)
    return Fold(train, train, np.flatnonzero(test & testable), train)


def _open_folds(
    samples: Samples, task: Task, k: int, testable: Array, rng: np.random.Generator
) -> list[Fold]:
    """Each fold's people are unseen by the encoder: half of their sources enrolled, half tested."""
    private, utility = samples.labels[task.private], _served(samples, task)
    people = samples.n_classes(task.private)
    fold_of_person = _deal(np.arange(people), np.zeros(people, int), k, rng)
    half = _deal_sources(samples.source, private, utility, 2, rng)
    folds = []
    for number in range(k):
        unseen = fold_of_person[private] == number
        train = np.flatnonzero(~unseen)
        enrolled = np.flatnonzero(unseen & (half == 0))
        test = np.flatnonzero(unseen & (half == 1) & testable)
        folds.append(Fold(train, enrolled, test, train))
    return folds


def _closed_folds(
    samples: Samples, task: Task, k: int, testable: Array, rng: np.random.Generator, *, halved: bool
) -> list[Fold]:
    """Folds over sources. halved.

    The defense trains on one half of a train side, probes on the other.
    """
    private, utility, source = samples.labels[task.private], _served(samples, task), samples.source
    fold_of_row = _deal_sources(source, private, utility, k, rng)
    folds = []
    for number in range(k):
        train = probe = np.flatnonzero(fold_of_row != number)
        if halved:  # anew for each fold, so that a person who is in it is in both halves
            half = _deal_sources(source[train], private[train], utility[train], 2, rng)
            train, probe = train[half == 0], train[half == 1]
        test = np.flatnonzero((fold_of_row == number) & testable)
        folds.append(Fold(train, probe, test, probe))
    return folds


def _deal_sources(
    source: Array, private: Array, utility: Array, k: int, rng: np.random.Generator
) -> Array:
    """The fold (n,) of each row, such that rows of one source stay together."""
    _, first, inverse = np.unique(source, return_index=True, return_inverse=True)
    return _deal(private[first], utility[first], k, rng)[inverse.reshape(-1)]


def _deal(private: Array, utility: Array, k: int, rng: np.random.Generator) -> Array:
    """(n,) folds: each person, then each (person, class), then each class is spread evenly over k.

    The person comes first: a person with two sources has them in different folds, so that everybody
    who is tested is also in the training rows. (scikit-learn's StratifiedGroupKFold balances cells
    of person x class and may put both photographs of a person on one side.)
    """
    of_person = np.zeros((private.max() + 1, k), int)
    of_class = np.zeros((utility.max() + 1, k), int)
    of_both: dict[tuple[int, int], Array] = {}
    of_fold = np.zeros(k, int)
    fold = np.empty(len(private), int)
    for item in rng.permutation(len(private)):
        person, served = int(private[item]), int(utility[item])
        both = of_both.setdefault((person, served), np.zeros(k, int))
        # The last key counts most; chance decides between folds that are equal in all.
        keys = (rng.random(k), of_fold, of_class[served], both, of_person[person])
        emptiest = np.lexsort(keys)[0]
        fold[item] = emptiest
        for counts in (of_person[person], of_class[served], of_fold, both):
            counts[emptiest] += 1
    return fold


def _served(samples: Samples, task: Task) -> Array:
    """(n,) classes that the release serves; one class for all where there are none."""
    return samples.labels.get(task.utility, np.zeros(len(samples), np.int64))
