"""The test rows of every fold: whose they are, and what is known of them without any code.

A run directory keeps them in `test_rows.npz` beside the records, so that verdicts can be had again
from the directory alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..records import Run
from ..types import Array

FILE = "test_rows.npz"


@dataclass(frozen=True)
class TestRows:
    """The m test rows of one fold, in the order of `Record.hits`.

    rows: (m,) their numbers. source, person: (m,) of each. served: (m,) class of the task label,
    None where there is none. by_label: two arrays (C, K), scores of each person for each class of
    the task (see `baselines.label_scores`). unseen: share of rows of people who are not in the
    probe rows. twins: share of rows whose input is, to the last digit, one of another source in the
    probe rows. people, classes: names.
    """

    __test__ = False  # pytest: this is no test

    rows: Array
    source: Array
    person: Array
    served: Array | None
    by_label: tuple[Array, Array]
    unseen: float
    twins: float
    people: tuple[str, ...]
    classes: tuple[str, ...]


Runs = Mapping[Run, TestRows]


def write(runs: Runs, path: Path) -> None:
    """Write the test rows of all folds as plain arrays, with no pickle; all of it or none."""
    arrays: dict[str, Any] = {"runs": np.array(sorted(runs), np.int64).reshape(-1, 2)}
    for seed, fold in runs:
        for name, values in _arrays(runs[seed, fold]).items():
            arrays[f"{seed}/{fold}/{name}"] = values
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".writing-{path.name}")
    with beside.open("wb") as file:
        np.savez_compressed(file, **arrays)
    beside.replace(path)


def read(path: Path) -> dict[Run, TestRows]:
    """The test rows that `write` kept, by (seed, fold); none if there is no such file."""
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as file:
        runs = [(int(seed), int(fold)) for seed, fold in file["runs"]]
        return {run: _of_arrays(file, run) for run in runs}


def _arrays(rows: TestRows) -> dict[str, Array]:
    by_count, by_presence = rows.by_label
    arrays = {
        "rows": rows.rows,
        "source": rows.source,
        "person": rows.person,
        "by_count": by_count,
        "by_presence": by_presence,
        "shares": np.array([rows.unseen, rows.twins]),
        "people": np.array(rows.people, "U"),
        "classes": np.array(rows.classes, "U"),
    }
    return arrays if rows.served is None else arrays | {"served": rows.served}


def _of_arrays(file: Mapping[str, Array], run: Run) -> TestRows:
    seed, fold = run
    prefix = f"{seed}/{fold}/"
    unseen, twins = file[prefix + "shares"]
    served = file.get(prefix + "served")
    return TestRows(
        rows=file[prefix + "rows"],
        source=file[prefix + "source"],
        person=file[prefix + "person"],
        served=served,
        by_label=(file[prefix + "by_count"], file[prefix + "by_presence"]),
        unseen=float(unseen),
        twins=float(twins),
        people=tuple(file[prefix + "people"].tolist()),
        classes=tuple(file[prefix + "classes"].tolist()),
    )
