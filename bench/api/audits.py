"""`privbench.audit` and `privbench.attack`: embeddings in memory, attacked."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..analysis import summary
from ..analysis.estimates import Estimate
from ..checks import InputError
from ..records import RecordTable
from ..runner.request import Request
from ..studies import audit as audits
from . import memory
from .report import Report
from .runs import FOLDS, carry_out, joined


def audit(
    z: Any,
    identity: Any,
    *,
    utility: Any = None,
    source: Any = None,
    split: Any = None,
    attackers: Any = "standard",
    protocol: str | None = None,
    folds: int | None = None,
    seed: int | Sequence[int] = 0,
    jobs: int | str = 0,
    out: str | Path | None = None,
    progress: bool = True,
) -> Report:
    """Attack embeddings that you hold: does z give the identity away?

    Args:
        z: (n, d) codes, (n, c, h, w) pictures or maps, (n, t, d) sequences: numpy, torch (any
            device), pandas, polars, lists. Indexes of pandas must agree with those of labels.
        identity: (n,) what should be hidden, of any kind; several in a mapping {name: labels}.
        utility: (n,) the label that z is for; a mapping {name: labels} names it.
        source: (n,) rows with equal values stay together (frames of a clip, copies of a picture).
        split: (n,) `train` and `test`, where the rows are divided already; else folds.
        attackers: `standard`, the suite, or SPECs, classes, instances.
        protocol: closed-set (default) or open-set.
        folds: 5, 3 or 2 where not given: fewer, the more rows.
        seed: one, or several.
        jobs: processes; 0 (default) is this one, `auto` one a core.
        out: the run directory; below ./privbench-out where not given. The same call goes on there.
        progress: whether to draw a bar.

    Returns:
        The report; `report.verdict.code` is `leaks`, `no-leak-found` or `invalid`.

    Raises:
        InputError: if lengths differ, numbers or labels are missing, or there is nothing to hide.

    >>> import numpy as np, privbench as pb
    >>> people = np.arange(60) % 3
    >>> z = np.eye(3)[people] + 0.1 * np.random.default_rng(0).normal(size=(60, 3))
    >>> report = pb.audit(z, people, attackers="lda", progress=False, out=folder)
    >>> report.verdict.code
    'leaks'
    """
    rows = memory.rows(z, identity, utility, source, split)
    asked = audits.Audit(
        private=rows.private,
        utility=rows.utility,
        split=None if split is None else memory.SPLIT,
        protocol=protocol,
        attacker=memory.specs("attackers", attackers),
        seed=memory.seeds(seed),
        jobs=str(jobs),
    )
    if folds is None:
        folds = 1 if split is not None else audits.n_folds(len(rows.samples))
    memory.whole("folds", folds)
    dataset = memory.EMBEDDINGS if split is None else memory.EMBEDDINGS_WITH_SPLIT
    folder = Path(out) if out else memory.home("audit", rows.samples)
    requests = audits.requests(asked, dataset, None, folds, str(folder))
    done = [carry_out(request, rows.samples, progress) for request in requests]
    report = joined(done, folder)
    report.save(folder)
    return report


def attack(
    z: Any,
    identity: Any,
    attacker: Any = "knn",
    *,
    source: Any = None,
    folds: int = FOLDS,
    seed: int = 0,
) -> Estimate:
    """What one attacker finds in z, over folds: a look, not a verdict.

    Args:
        z: as for `audit`.
        identity: (n,) what should be hidden.
        source: as for `audit`.
        attacker: a SPEC, a class or an instance.
        folds: how many.
        seed: of the folds and of the attacker.

    Returns:
        Its accuracy `mean` with a 95% interval `low`, `high`, beside `chance`; all in [0, 1].

    Raises:
        InputError: as `audit`; or if the attack failed, or the attacker cannot take such codes.

    >>> import numpy as np, privbench as pb
    >>> people = np.arange(60) % 3
    >>> z = np.eye(3)[people] + 0.1 * np.random.default_rng(0).normal(size=(60, 3))
    >>> pb.attack(z, people, "knn").mean
    1.0
    """
    held = memory.rows(z, identity, None, source, None)
    specs = memory.specs("attackers", attacker)
    with tempfile.TemporaryDirectory(prefix="privbench-") as folder:
        request = Request(
            defense=("raw",),
            attacker=specs,
            dataset=memory.EMBEDDINGS,
            utility="none",
            private=held.private[0],
            folds=memory.whole("folds", folds),
            seed=memory.seeds(seed),
            jobs="0",
            cache="none",
            controlled=False,
            out=folder,
        )
        records = carry_out(request, held.samples, progress=False).store.records()
    return _estimate(records, specs[0])


def _estimate(records: RecordTable, attacker: str) -> Estimate:
    (row,) = summary.rows(records)
    estimate = row.privacy_by_attacker.get(attacker)
    if estimate is None:
        reason = next(r.reason for r in records if r.attacker_spec == attacker)
        allowed = "an attacker that has a number on these codes"
        raise InputError("attacker", attacker, allowed, reason)
    return estimate
