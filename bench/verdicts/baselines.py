"""What is earned without looking at the codes: by one answer for all, by the task label, by answers that are unrelated.

Leakage that does not exceed these is not the encoder's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..metrics import classification
from ..runner import row_text
from ..types import Array, Examined, Record, Runs


def constant(runs: Runs) -> float:
    """Accuracy of the one name that is right most often in all test rows."""
    person = np.concatenate([run.person for run in runs.values()])
    return float(np.bincount(person).max() / len(person))


def label_only(runs: Runs) -> float:
    """Accuracy of the best guess that the true task label allows."""
    return _guessed(runs, {key: run.served for key, run in runs.items()})


def carried(records: Sequence[Record], runs: Runs) -> float:
    """What the codes tell by telling the task: as `label_only`, with the label that the best utility attacker read.

    A code that does not carry the task is not excused by what the task would have told. 1 where
    nobody read it.
    """
    by: dict[str, dict[tuple[int, int], Record]] = {}
    for r in records:
        if (
            r.role == "utility"
            and r.metric == "accuracy"
            and r.answers
            and not r.control
            and r.attacker != "majority"
        ):
            by.setdefault(r.attacker_spec, {})[r.seed, r.fold] = r
    whole = [own for own in by.values() if set(own) >= set(runs)]
    if not whole:
        return 1.0
    best = max(
        whole, key=lambda own: np.concatenate([row_text.read(own[key].hits) for key in runs]).mean()
    )
    return _guessed(runs, {key: row_text.read_classes(best[key].answers) for key in runs})


def unrelated(answers: Sequence[Array], persons: Sequence[Array]) -> float:
    """Accuracy of the answers (n,) of each fold, dealt to its test rows at random: as if nobody had looked."""
    hit = sum(
        (said[:, None] == who).mean(0).sum() for said, who in zip(answers, persons, strict=True)
    )
    return float(hit / sum(map(len, persons)))


def guesses(person: Array, served: Array, probe: Array) -> tuple[Array, Array]:
    """(C, K) scores of each person for each class of the task, from the rows `probe`.

    By how often they go together, and evenly among those that do: folds that are dealt evenly make
    who is frequent in one side rare on the other, and the first alone would earn too little.
    """
    counts = np.zeros((int(served.max()) + 1, int(person.max()) + 1))
    np.add.at(counts, (served[probe], person[probe]), 1)
    return counts, (counts > 0).astype(float)


def _guessed(runs: Runs, labels: dict[tuple[int, int], Array | None]) -> float:
    def earned(run: Examined, label: Array | None, way: int) -> Array:
        seen = np.zeros(len(run.person), np.int64) if label is None else label
        return classification.credit(run.person, run.guesses[way][seen])

    return max(
        float(np.concatenate([earned(run, labels[key], way) for key, run in runs.items()]).mean())
        for way in (0, 1)
    )
