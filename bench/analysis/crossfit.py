"""Records of one release -> its worth in each fold, by attackers chosen on other folds.

The strongest attacker of a fold would be the luckiest there, and the more so the more were tried.
The attacker of a release in a fold is therefore the one that was strongest in the other half of the
folds of the same seed: those of odd number choose for the even ones, and they for the odd. (Another
seed deals the same pictures anew, so its folds hold this fold's test pictures.) Accuracies
significantly below chance count as much as those above, as in the summary, decided on the other
half too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..metrics import classification
from ..records import Record, RecordTable, Run
from ..types import Array
from .estimates import Estimate, estimates


@dataclass(frozen=True)
class Series:
    """What one role of one release is worth in each of J folds.

    values, chance, n_train, n_test: (J,).
    n_train and n_test count independent pictures; rows is the number of test pictures of one
    repeat, None where the values are no shares of them.
    """

    values: Array
    chance: Array
    n_train: Array
    n_test: Array
    rows: int | None


def usable(table: RecordTable) -> RecordTable:
    """The numbers that count: accuracies, or concordances, with a chance level."""
    return table.where(_is_usable)


def _is_usable(r: Record) -> bool:
    return r.metric in classification.MAIN and r.chance is not None and r.is_number


def keys(table: RecordTable) -> list[Run]:
    """The (seed, fold)s whose seed has some of the other half, to choose an attacker on; sorted."""
    sides = {(seed, fold % 2) for seed, fold in table.runs}
    return sorted((seed, fold) for seed, fold in table.runs if (seed, 1 - fold % 2) in sides)


def cross_fitted(table: RecordTable, keys: Sequence[Run]) -> Series | None:
    """One role of one release in each (seed, fold), by the strongest attacker of the other half.

    The attackers of the other folds were fitted on pictures that this fold tests on, so that the
    choice is not wholly independent of them; but none of the numbers it looks at was measured on
    them. Choosing on all other folds would tie the folds' numbers to each other: with twelve equal
    attackers the mean varied three times as much as its folds say, against 1.3 times with halves.

    Args:
        table: numbers of one role and one release.
        keys: the folds, J of them.

    Returns:
        None without folds, or if in some fold no attacker has a number both in it and in the other
        half.
    """
    by_attacker = {a: _in_order(records) for a, records in table.by_attacker().items()}
    chosen = []
    for key in keys:
        record, best = _chosen(by_attacker, key)
        if record is None or best is None:
            return None
        chosen.append((record, best))
    return _series(chosen, keys) if chosen else None


def _in_order(records: Mapping[Run, Record]) -> dict[Run, Record]:
    """By (seed, fold): sums in another order end in other digits, and break ties."""
    return {run: records[run] for run in sorted(records)}


def _chosen(
    by_attacker: Mapping[str, Mapping[Run, Record]], key: Run
) -> tuple[Record | None, Estimate | None]:
    """This fold's record of the attacker that is strongest in the other half, and how strong."""
    here = {a: records[key] for a, records in by_attacker.items() if key in records}
    elsewhere = {a: _other_half(by_attacker[a], key) for a in here}
    known = estimates(elsewhere)
    if not known:
        return None, None
    best = max(known.values(), key=lambda e: (e.strength, e.attacker))
    return here[best.attacker], best


def _other_half(records: Mapping[Run, Record], key: Run) -> list[Record]:
    """The records of the same seed whose fold is odd where this one is even, or even where odd."""
    seed, fold = key
    return [r for r in records.values() if r.seed == seed and r.fold % 2 != fold % 2]


def _series(chosen: Sequence[tuple[Record, Estimate]], keys: Sequence[Run]) -> Series:
    records = [record for record, _ in chosen]
    values = np.array([_worth(record, best) for record, best in chosen])
    chance = np.array([float(r.chance or 0.0) for r in records])
    n_train = np.array([r.n_train_sources for r in records])
    n_test = np.array([r.n_test_sources for r in records])
    share = all(r.metric == "accuracy" for r in records)
    folds = {fold for _, fold in keys}
    rows = round(n_test.mean() * len(folds)) if share else None
    return Series(values, chance, n_train, n_test, rows)


def _worth(record: Record, best: Estimate) -> float:
    """The value in this fold, inverted where the attacker is below chance in the other half."""
    value = float(record.value or 0.0)
    chance = float(record.chance or 0.0)
    # A utility that is wrong serves nothing; of a weak attack there is nothing to invert.
    inverted = best.below and record.role == "privacy" and record.status == "ok"
    return min(2 * chance - value, 1.0) if inverted else value
