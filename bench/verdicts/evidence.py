"""What a verdict needs beside the records: whose row each hit is of, and what may be known without any code."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..runner.cells import folds_of
from ..runner.plan import Plan
from ..types import Array, Examined, Fold, Runs, Samples
from . import baselines


def evidence(plan: Plan, samples: Samples, keys: Iterable[tuple[int, int]]) -> Runs:
    """Of these (seed, fold)s of a plan."""
    inputs = np.array([hash(row.tobytes()) for row in samples.x])
    return {
        (seed, k): _examined(plan, samples, folds_of(plan, seed, samples)[k], inputs)
        for seed, k in sorted(keys)
    }


def _examined(plan: Plan, samples: Samples, fold: Fold, inputs: Array) -> Examined:
    person, test, probe = samples.labels[plan.private], fold.test, fold.probe
    served = samples.labels.get(plan.utility)
    return Examined(
        rows=test,
        source=samples.source[test],
        person=person[test],
        served=None if served is None else served[test],
        guesses=baselines.guesses(
            person, np.zeros_like(person) if served is None else served, probe
        ),
        unseen=float((~np.isin(person[test], person[probe])).mean()),
        twins=float(np.isin(inputs[test], inputs[probe]).mean()),
        people=samples.classes[plan.private],
        classes=samples.classes.get(plan.utility, ()),
    )
