"""What one attacker did on the test rows of several folds, one fold after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ..records import Record, RecordTable, Run
from ..runner import row_text
from ..types import Array
from .test_rows import Runs


def with_predictions(table: RecordTable) -> RecordTable:
    """The accuracies of real attackers whose credits and predictions are known row by row."""
    return table.real_attackers.with_rows.where(lambda r: bool(r.answers))


def credits(records: Mapping[Run, Record], folds: Iterable[Run]) -> Array:
    """(n,) what an attacker earned on each test row of these folds, 1/t in a t-fold tie."""
    parts = [row_text.read(records[run].hits) for run in folds]
    return np.concatenate(parts)


def predictions(records: Mapping[Run, Record], folds: Iterable[Run]) -> Array:
    """(n,) the class that an attacker predicted of each test row of these folds."""
    parts = [row_text.read_classes(records[run].answers) for run in folds]
    return np.concatenate(parts)


def sources(runs: Runs, folds: Iterable[Run]) -> Array:
    """(n,) the source of each test row of these folds."""
    parts = [runs[run].source for run in folds]
    return np.concatenate(parts) if parts else np.zeros(0)
