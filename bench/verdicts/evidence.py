"""The test rows of each fold of a plan, and what may be known of them without any code."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..records import Run
from ..runner.cells import folds_of
from ..runner.plan import Plan
from ..types import Array, Fold, Samples
from . import baselines
from .test_rows import Runs, TestRows


def evidence(plan: Plan, samples: Samples, runs: Iterable[Run]) -> Runs:
    """The test rows of these (seed, fold)s of a plan, in their order."""
    inputs = np.array([hash(row.tobytes()) for row in samples.x])
    found = {}
    for seed, k in sorted(runs):
        fold = folds_of(plan, seed, samples)[k]
        found[seed, k] = _test_rows(plan, samples, fold, inputs)
    return found


def _test_rows(plan: Plan, samples: Samples, fold: Fold, inputs: Array) -> TestRows:
    """inputs: (n,) a number of the input of each row, equal for equal inputs."""
    person = samples.labels[plan.private]
    served = samples.labels.get(plan.utility)
    label = np.zeros_like(person) if served is None else served
    is_seen = np.isin(person[fold.test], person[fold.probe])
    is_twin = np.isin(inputs[fold.test], inputs[fold.probe])
    return TestRows(
        rows=fold.test,
        source=samples.source[fold.test],
        person=person[fold.test],
        served=None if served is None else served[fold.test],
        by_label=baselines.label_scores(person, label, fold.probe),
        unseen=float((~is_seen).mean()),
        twins=float(is_twin.mean()),
        people=samples.classes[plan.private],
        classes=samples.classes.get(plan.utility, ()),
    )
