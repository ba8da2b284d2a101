"""What every attacker of one look at a release earned, side by side on the same test rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..metrics.certify import LEVEL, Certificate, certify
from ..records import Record, RecordTable, Run
from ..types import IGNORANT, Array
from . import baselines, by_row
from .test_rows import Runs


@dataclass(frozen=True)
class Attempts:
    """What a attackers earned on the same n test rows of one look at a release.

    names: SPECs, sorted; ` (ignorant)` follows that of an attacker that has only learnt from raw
    data. credits: (a, n) what each earned on each row, in [0, 1]. source: (n,) of each row. chance:
    the better of guessing and of one prediction for all; nan where there is no attacker.
    """

    names: tuple[str, ...]
    credits: Array
    source: Array
    chance: float

    @property
    def certifiable(self) -> bool:
        """Whether there is an attacker, and a source for each half of the certificate."""
        return bool(self.names) and len(np.unique(self.source)) >= 2

    @property
    def strongest(self) -> str:
        """The attacker that earned most on all rows."""
        return self.names[int(self.credits.mean(1).argmax())]

    def credits_of(self, name: str) -> Array:
        """(n,) what this attacker earned on each row."""
        return self.credits[self.names.index(name)]

    def certify(self, level: float = LEVEL) -> Certificate | None:
        """The certificate of the strongest, or None where nothing can be certified."""
        if not self.certifiable:
            return None
        return certify(self.credits, self.source, seed=0, level=level)


@dataclass(frozen=True)
class Case:
    """One release that was attacked, and all that flags and objections are raised from.

    table: its records of the private label, with its controls. attempts: of the attackers that know
    the release; soundness is judged by these alone.
    """

    table: RecordTable
    runs: Runs
    attempts: Attempts


def attempts(table: RecordTable, runs: Runs, *, ignorant: bool = False) -> Attempts:
    """The attackers that have a number in every one of these folds.

    ignorant: whether the attackers that have only learnt from raw data are among them.
    """
    folds = sorted(runs)
    attacks = table.real_attackers.with_rows
    complete = attacks.in_every(folds)
    if ignorant:
        for spec, records in attacks.ignorant.in_every(folds).items():
            complete[f"{spec} ({IGNORANT})"] = records
    names = tuple(sorted(complete))
    source = by_row.sources(runs, folds)
    if not names:
        return Attempts((), np.zeros((0, len(source))), source, float("nan"))
    credits = [by_row.credits(complete[name], folds) for name in names]
    chance = max(_chance(complete[names[0]], runs), baselines.constant(runs))
    return Attempts(names, np.array(credits), source, chance)


def attempts_on_control(control: RecordTable, runs: Runs) -> Attempts:
    """As `attempts`, in those folds alone that the control was run in."""
    own = {run: runs[run] for run in sorted(control.runs)}
    return attempts(control, own)


def _chance(records: Mapping[Run, Record], runs: Runs) -> float:
    """The mean chance of one attacker over the test rows of all folds."""
    folds = sorted(runs)
    sizes = [len(runs[run].rows) for run in folds]
    chances = [records[run].chance or 0.0 for run in folds]
    return float(np.average(chances, weights=sizes))
