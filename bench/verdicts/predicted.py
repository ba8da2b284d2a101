"""What was predicted of each picture of a release by an attacker chosen on other pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..metrics.certify import halves
from ..records import Record, Run
from ..types import Array
from . import by_row
from .test_rows import Runs, TestRows


@dataclass(frozen=True)
class Predicted:
    """What was predicted of n pictures of one release: true class, prediction, source, (n,) each.

    names: of the classes. about: a record of the release.
    """

    truth: Array
    prediction: Array
    source: Array
    names: tuple[str, ...]
    about: Record

    @property
    def private(self) -> bool:
        """Whether the classes are people."""
        return self.about.role == "privacy"

    def taken_for(self, c: int, rows: Array) -> float:
        """Share of these rows (n,) bool that are taken for the class c, 0 of no rows."""
        if not rows.any():
            return 0.0
        taken = self.prediction[rows] == c
        return float(taken.mean())


def predicted_once(attackers: Sequence[Mapping[Run, Record]], runs: Runs) -> Predicted:
    """Each picture once, with the prediction of the attacker that was chosen on the other half.

    attackers: the records of each, of one release and one role, in every fold of `runs`.
    """
    folds = sorted(runs)
    first = attackers[0][folds[0]]
    private = first.role == "privacy"
    source = by_row.sources(runs, folds)
    truth = np.concatenate([_truth(runs[run], private) for run in folds])
    credits = np.array([by_row.credits(own, folds) for own in attackers])
    predictions = np.array([by_row.predictions(own, folds) for own in attackers])
    chosen = cross_fitted(credits, predictions, source)
    rows = runs[folds[0]]
    names = rows.people if private else rows.classes
    return Predicted(*_once(truth, chosen, source), names, first)


def _truth(rows: TestRows, private: bool) -> Array:
    """(m,) the person of each test row, or its class of the task; (0,) where there is no task."""
    label = rows.person if private else rows.served
    return np.zeros(0, np.int64) if label is None else label


def _once(truth: Array, prediction: Array, source: Array) -> tuple[Array, Array, Array]:
    """(class, most frequent prediction, source) of each class of each source.

    Frames, or further seeds, are no further evidence.
    """
    both = np.stack([source, truth])
    _, first, group = np.unique(both, axis=1, return_index=True, return_inverse=True)
    largest = max(prediction.max(), truth.max())
    votes = np.zeros((len(first), int(largest) + 1), int)
    np.add.at(votes, (group.reshape(-1), prediction), 1)
    most = votes.argmax(1)
    return truth[first], most, source[first]


def cross_fitted(credits: Array, predictions: Array, source: Array) -> Array:
    """(n,) predictions of the attacker that earned most on the other half of the sources.

    credits, predictions: (a, n) of a attackers. source: (n,).
    """
    half = halves(source, 0)
    chosen = np.empty(predictions.shape[1], predictions.dtype)
    for own in (half, ~half):
        other = credits[:, ~own] if (~own).any() else credits
        best = int(other.mean(1).argmax())
        chosen[own] = predictions[best, own]
    return chosen
