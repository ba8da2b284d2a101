"""How well pairs of codes of unseen people are told apart: linkability of one release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..metrics import intervals, pairs
from ..records import Record, RecordTable


@dataclass(frozen=True)
class Recognition:
    """AUC of the attacker that compares pairs, with its limits (low, high), all in [0, 1].

    means: measure of `metrics.pairs` -> (mean over folds, what it is where nothing leaks).
    """

    attacker: str
    auc: float
    low: float
    high: float
    means: Mapping[str, tuple[float, float]]

    @property
    def sentence(self) -> str:
        """Every measure beside its value where nothing leaks."""
        shown = []
        for name, (value, blind) in self.means.items():
            shown.append(f"{name} {value:.3f} (blind {blind:.3f})")
        return f"pairs of unseen people, by {self.attacker}: " + ", ".join(shown)


def recognition(table: RecordTable, level: float) -> Recognition | None:
    """What the pairs of one release say, or None where no pairs were compared.

    The interval of level `level` is the corrected t interval over folds, or a single fold's
    bootstrap over people.
    """
    own = table.where(_is_sound)
    by_run = {r.run: r for r in own.of_metric("auc")}
    if not by_run:
        return None
    first, *others = by_run.values()
    if others:
        auc, low, high = _interval([first, *others], level)
    else:
        auc, low, high = _bootstrapped(first, own)
    return Recognition(first.attacker_spec, auc, low, high, _means(own))


def _is_sound(record: Record) -> bool:
    return record.value is not None and record.status == "ok"


def _interval(folds: Sequence[Record], level: float) -> tuple[float, float, float]:
    """(mean, low, high) of the AUC over folds."""
    values = [r.value or 0.0 for r in folds]
    learnt = [r.n_train_sources for r in folds]
    tested = [r.n_test_sources for r in folds]
    return intervals.nadeau_bengio(values, learnt, tested, level)


def _bootstrapped(fold: Record, own: RecordTable) -> tuple[float, float, float]:
    """(value, low, high) of the AUC in a single fold, [0, 1] where too few people were compared."""
    values = {r.metric: r.value for r in own}
    low = values.get("auc_low") or 0.0
    high = values.get("auc_high") or 1.0
    return fold.value or 0.0, low, high


def _means(own: RecordTable) -> dict[str, tuple[float, float]]:
    """Measure -> the means over folds of its value and of its value where nothing leaks."""
    means = {}
    for name in pairs.MEASURES:
        records = list(own.of_metric(name))
        if records:
            values = np.array([r.value for r in records], float)
            chances = np.array([r.chance for r in records], float)
            means[name] = float(values.mean()), float(chances.mean())
    return means
