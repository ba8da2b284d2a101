"""Records of one release -> what it is worth in each fold, by attackers that were chosen on other folds.

The best attacker of a fold would be the luckiest there, and the more so the more were tried. The
worst attacker of a release in a fold is therefore the one that found most in the other half of the
folds of the same seed: those of odd number choose for the even ones, and they for the odd. (Another
seed deals the same pictures anew, so its folds hold this fold's test pictures.) Findings
significantly below chance count as much as those above, as in the summary, decided on the other
half too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..metrics import classification
from ..types import Array, Record
from . import summary

LEVEL = 0.95  # at which an attacker is below chance, as in the summary

Key = tuple[int, int]  # (seed, fold)


@dataclass(frozen=True)
class Series:
    """What one role of one release is worth in each of J folds: values, chance, n_train and n_test (J,).

    n_train and n_test count independent pictures; rows is the number of test pictures of one
    repeat, None where the values are no shares of them.
    """

    values: Array
    chance: Array
    n_train: Array
    n_test: Array
    rows: int | None


def usable(records: Sequence[Record]) -> list[Record]:
    """The numbers that count: accuracies of the releases themselves, not of controls."""
    return [
        r
        for r in records
        if not r.control
        and r.metric in classification.MAIN
        and r.chance is not None
        and summary.is_number(r)
    ]


def keys(records: Sequence[Record]) -> list[Key]:
    """The folds whose seed has some of the other half, on which their attacker can be chosen."""
    found = {(r.seed, r.fold) for r in records}
    sides = {(seed, fold % 2) for seed, fold in found}
    return sorted((seed, fold) for seed, fold in found if (seed, 1 - fold % 2) in sides)


def cross_fitted(records: Sequence[Record], keys: Sequence[Key]) -> Series | None:
    """One role of one release in each (seed, fold), by the attacker that told most in the other half of its seed.

    The attackers of the other folds were fitted on pictures that this fold tests on, so that the
    choice is not wholly independent of them; but none of the numbers it looks at was measured on
    them. Choosing on all other folds would tie the folds' numbers to each other: with twelve equal
    attackers the mean varied three times as much as its folds say, against 1.3 times with halves.

    Args:
        records: numbers of one role and one release.
        keys: the folds, J of them.

    Returns:
        None without folds, or if in some fold no attacker has a number both in it and in the other
        half.
    """
    cells: dict[str, dict[Key, Record]] = {}
    for r in sorted(
        records, key=lambda r: (r.seed, r.fold)
    ):  # sums in another order end otherwise, and break ties
        cells.setdefault(r.attacker_spec, {})[r.seed, r.fold] = r
    worst = [found for key in keys if (found := _worst(cells, key)) is not None]
    if not keys or len(worst) < len(keys):
        return None
    chosen, values = zip(*worst, strict=True)
    chance = np.array([float(r.chance or 0.0) for r in chosen])
    train, test = (
        np.array([getattr(r, n) for r in chosen]) for n in ("n_train_sources", "n_test_sources")
    )
    share = all(r.metric == "accuracy" for r in chosen)
    rows = round(test.mean() * len({fold for _, fold in keys})) if share else None
    return Series(np.array(values), chance, train, test, rows)


def _worst(cells: Mapping[str, Mapping[Key, Record]], key: Key) -> tuple[Record, float] | None:
    """The record of the chosen attacker in this fold, and what it tells."""
    here = {a: rs[key] for a, rs in cells.items() if key in rs}
    elsewhere = {
        a: [r for r in cells[a].values() if r.seed == key[0] and r.fold % 2 != key[1] % 2]
        for a in here
    }
    found = summary.estimates(elsewhere, LEVEL)
    if not found:
        return None
    best = max(found.values(), key=lambda e: (e.told, e.attacker))
    r = here[best.attacker]
    value, chance = float(r.value or 0.0), float(r.chance or 0.0)
    inverted = (
        best.below and r.role == "privacy" and r.status == "ok"
    )  # nobody serves by being wrong
    return r, min(2 * chance - value, 1.0) if inverted else value
