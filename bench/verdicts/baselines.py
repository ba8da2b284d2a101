"""What is earned without an attack on the codes: by one prediction for all, or by the task label.

Leakage that does not exceed these is not the encoder's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..metrics import classification
from ..records import Record, RecordTable, Run
from ..types import Array
from . import by_row
from .test_rows import Runs, TestRows


def constant(runs: Runs) -> float:
    """Accuracy of the one person who is right most often in all test rows."""
    persons = [rows.person for rows in runs.values()]
    count = np.bincount(np.concatenate(persons))
    return float(count.max() / count.sum())


def label_only(runs: Runs) -> float:
    """Accuracy of the best prediction that the true task label allows."""
    labels = {run: rows.served for run, rows in runs.items()}
    return _accuracy_by_label(runs, labels)


def label_carried(utility: RecordTable, runs: Runs) -> float:
    """As `label_only`, with the task label that the strongest utility attacker read off the codes.

    utility: records of one release, of the label that it serves. A release that does not carry the
    task is not excused by what the task would have told. 1 where no attacker read it in every fold.
    """
    attackers = by_row.with_predictions(utility).in_every(runs).values()
    if not attackers:
        return 1.0

    def accuracy(records: Mapping[Run, Record]) -> float:
        return by_row.credits(records, runs).mean()

    best = max(attackers, key=accuracy)
    labels = {run: by_row.predictions(best, [run]) for run in runs}
    return _accuracy_by_label(runs, labels)


def unrelated(predictions: Sequence[Array], persons: Sequence[Array]) -> float:
    """Accuracy of the predictions (m,) of each fold, dealt at random to the persons (m,) of it."""
    expected = 0.0
    for predicted, person in zip(predictions, persons, strict=True):
        right = (predicted[:, None] == person).mean(0)
        expected += right.sum()
    rows = sum(len(person) for person in persons)
    return float(expected / rows)


def label_scores(person: Array, served: Array, probe: Array) -> tuple[Array, Array]:
    """(C, K) scores of K persons for each of C classes of the task, from the rows `probe`; twice.

    person, served: (n,) of all rows. Scores by how often the two go together, and evenly among
    those that do: folds that are dealt evenly make who is frequent in one side rare on the other,
    and the first alone would earn too little.
    """
    classes = int(served.max()) + 1
    people = int(person.max()) + 1
    counts = np.zeros((classes, people))
    np.add.at(counts, (served[probe], person[probe]), 1)
    presence = (counts > 0).astype(float)
    return counts, presence


def _accuracy_by_label(runs: Runs, labels: Mapping[Run, Array | None]) -> float:
    """The better accuracy of the two ways to predict a person from a label (m,) of each fold."""
    accuracies = []
    for way in (0, 1):
        parts = [_credits_by_label(rows, labels[run], way) for run, rows in runs.items()]
        accuracies.append(np.concatenate(parts).mean())
    return float(max(accuracies))


def _credits_by_label(rows: TestRows, label: Array | None, way: int) -> Array:
    if label is None:
        label = np.zeros(len(rows.person), np.int64)
    scores = rows.by_label[way][label]
    return classification.credit(rows.person, scores)
