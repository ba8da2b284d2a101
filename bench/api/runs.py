"""`privbench.run` and `privbench.load_run`.

Defenses against attackers, in this process or in others.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..checks import dataset as check_rows
from ..records import Record
from ..report import findings as found
from ..report import finish
from ..runner import session as sessions
from ..runner.request import Request
from ..runner.session import Data
from ..types import Samples, Task
from . import memory
from .execution import Bar, Executed, Silent, execute
from .report import Report

FOLDS = 5


def run(
    defenses: Any,
    attackers: Any = "standard",
    *,
    dataset: Any = "synthfaces",
    data_root: str | Path | None = None,
    utility: str | None = None,
    private: str | None = None,
    folds: int = FOLDS,
    seed: int | Sequence[int] = 0,
    jobs: int | str = 0,
    out: str | Path | None = None,
    progress: bool = True,
    **settings: Any,
) -> Report:
    """Run defenses against attackers over folds.

    Args:
        defenses: a SPEC (`"noise:sigma=[.1,.3]"`), a class or an instance of a defense, or several.
        attackers: likewise; `standard` is the suite.
        dataset: a SPEC, a dataset's class or instance, or Samples.
        data_root: folder of the dataset's files.
        utility: the label to serve; that of the dataset where not given.
        private: the label to hide; likewise.
        folds: how many.
        seed: one, or several.
        jobs: processes; 0 (default) is this one, `auto` one a core.
        out: the run directory; below ./privbench-out where not given. The same call goes on there.
        progress: whether to draw a bar.
        settings: any other field of `Request`: protocol, fold, threat, device, precision, ...

    Returns:
        The report; raw data and the majority class are in it, unasked.

    Raises:
        InputError: for names, settings or rows that cannot be run, before anything is trained.

    >>> import privbench as pb
    >>> report = pb.run("raw", "lda", dataset="gaussian:rows=20,people=3", folds=2, progress=False,
    ...                 out=folder)
    >>> report.table()["verdict"].tolist()
    ['leaks']
    """
    samples = dataset if isinstance(dataset, Samples) else None
    spec = _dataset(dataset)
    request = Request(
        defense=memory.specs("defenses", defenses),
        attacker=memory.specs("attackers", attackers),
        dataset=spec,
        data_root=str(data_root) if data_root else None,
        utility=utility,
        private=private,
        folds=memory.whole("folds", folds),
        seed=memory.seeds(seed),
        jobs=str(jobs),
        out=str(out) if out else None,
        **memory.settings(settings),
    )
    done = carry_out(request, samples, progress)
    done.published()
    return Report(done.findings(), done.folder, done.failures)


def _dataset(dataset: Any) -> str:
    """The SPEC of a dataset: itself, of an object, or the one that stands for rows in memory."""
    if isinstance(dataset, Samples):
        return memory.ARRAYS
    (spec,) = memory.specs("datasets", dataset)
    return spec


def load_run(folder: str | Path) -> Report:
    """The report of a run directory or of an audit's folder, finished or not.

    Raises:
        InputError: if there is no run in it.
    """
    path = Path(folder)
    findings = finish.of_folder(path)
    failed = [record for record in findings.records.everything if record.status == "failed"]
    failures = dict.fromkeys(_failure(record) for record in failed)
    return Report(findings, path, tuple(failures))


def _failure(record: Record) -> str:
    return f"fold {record.fold} {record.defense_spec} {record.attacker_spec}: {record.reason}"


def carry_out(request: Request, samples: Samples | None, progress: bool) -> Executed:
    """Run a request on its dataset, or on rows in memory in its place."""
    watcher = Bar() if progress else Silent()
    if samples is None:
        return execute(sessions.prepare(request), watcher)
    sessions.check(request)
    return execute(sessions.plan(request, _data(request, samples)), watcher)


def _data(request: Request, samples: Samples) -> Data:
    """Rows in memory as loaded data, checked for their task."""
    from ...datasets.arrays import Arrays

    utility = request.utility or _default(samples, "expression")
    served = "" if utility == "none" else utility
    task = Task(served, request.private or "identity")
    check_rows(samples, task)
    return Data(request.dataset, samples, Arrays().card, task)


def _default(samples: Samples, label: str) -> str:
    return label if label in samples.labels else "none"


def joined(runs: Sequence[Executed], folder: Path) -> Report:
    """One report of several runs on the same rows."""
    findings = found.join([run.findings() for run in runs])
    failures: list[str] = []
    for run in runs:
        failures += run.failures
    return Report(findings, folder, tuple(failures))
