"""Where groups of cells execute: processes on this machine, one thread each.

One thread a process, always: two processes of one thread do more than one of two, and no sum
depends on how many there are, so the records are the same whatever --jobs says.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing as mp
import os
import signal
import tempfile
import threading
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import numpy as np

from ..checks import InputError
from ..toolkit import progress
from ..types import Record, Samples
from .plan import Cell, Group, Plan

Result = tuple[Group, Cell, list[Record]]


def jobs(text: str) -> int:
    """Processes to use: a number, or `auto` for one a core that this process may use."""
    if text == "auto":
        return (
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1
        )
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise InputError("--jobs", repr(text), "auto or a whole number from 1")
    return int(text)


def execute(
    groups: Sequence[Group], samples: Samples, *, n_jobs: int, cache: Path | None
) -> Iterator[Result]:
    """Run all groups; yields each cell as it is finished. Leaving early stops the workers.

    A worker that dies (no memory, say) fails the cells of its own group and no other.
    """
    if not groups:
        return
    with tempfile.TemporaryDirectory(prefix="privbench-") as shared:
        _share(samples, Path(shared))
        pool = _Pool(Path(shared), cache, groups[0].plan, min(n_jobs, len(groups)))
        try:
            yield from pool.run(list(groups))
        finally:
            pool.close()


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    group: Group | None = None
    left: dict[str, Cell] | None = None


class _Pool:
    def __init__(self, shared: Path, cache: Path | None, plan: Plan, size: int):
        self.work = (shared, cache, plan)
        self.context = mp.get_context("spawn")  # forking a process that has used torch may hang
        self.workers = [self._start() for _ in range(size)]

    def run(self, queue: list[Group]) -> Iterator[Result]:
        from .cells import failed

        queue = queue[::-1]
        for worker in self.workers:
            self._give(worker, queue)
        while busy := [w for w in self.workers if w.group is not None]:
            ready = wait([w.pipe for w in busy])
            for worker in [w for w in busy if w.pipe in ready]:
                group, left = worker.group, worker.left
                assert group is not None
                assert left is not None
                try:
                    message = worker.pipe.recv()
                except (EOFError, ConnectionResetError):
                    worker.process.join()
                    why = f"the worker process died (exit code {worker.process.exitcode}); -9 is usually lack of memory"
                    for cell in left.values():
                        yield group, cell, failed(group, cell, why)
                    self.workers[self.workers.index(worker)] = worker = self._start()
                    message = None
                if isinstance(message, str):
                    progress.say(message)
                elif message is None:
                    self._give(worker, queue)
                else:
                    cell, records = message
                    left.pop(cell.fingerprint)
                    yield group, cell, records

    def close(self) -> None:
        for worker in self.workers:
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()

    def _start(self) -> _Worker:
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=_work, args=(theirs, *self.work), daemon=True)
        with _single_threaded():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _give(self, worker: _Worker, queue: list[Group]) -> None:
        worker.group = queue.pop() if queue else None
        worker.left = {c.fingerprint: c for c in worker.group.cells()} if worker.group else None
        if worker.group is not None:
            worker.pipe.send(worker.group)


@contextlib.contextmanager
def _single_threaded() -> Iterator[None]:
    """What is started inside has one thread in every library, those too that it loads later."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def end_with_parent() -> None:
    """In a child: end at once when the parent is gone, however it went, and not after the cell in hand."""
    parent = mp.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _work(pipe: Connection, shared: Path, cache: Path | None, plan: Plan) -> None:
    """A worker: groups in; finished cells, lines of progress, and None after each group out. Ends with the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which stops us
    end_with_parent()
    from .cells import run

    settle(plan)  # before the first group, whose competitors may be of a plug-in's classes
    samples = _attach(shared)
    while True:
        try:
            with progress.heard(pipe.send):
                for result in run(pipe.recv(), samples, cache=cache):
                    pipe.send(result)
            pipe.send(None)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


@functools.cache
def settle(plan: Plan) -> None:
    """Make this process a worker for a plan, once: one thread, its precision, its plug-ins."""
    import scipy.linalg  # noqa: F401  (a limit holds for libraries that are loaded)
    import sklearn  # noqa: F401
    from threadpoolctl import threadpool_limits

    from ..registry import load_plugin
    from ..toolkit import train

    # Advice on small classes, meant for whoever calls scikit-learn; fits that do not converge say
    # so in their records.
    warnings.filterwarnings("ignore", category=UserWarning, module="sklearn")
    threadpool_limits(1)
    train.threads(1)
    train.precision(plan.precision)
    train.keep_memory()
    for path in plan.plugins:
        load_plugin(path)


def _share(samples: Samples, folder: Path) -> None:
    """Write the rows once; workers map the same pages instead of holding copies."""
    np.save(folder / "x.npy", samples.x)
    arrays: dict[str, Any] = {f"label:{name}": y for name, y in samples.labels.items()}
    classes = {f"classes:{name}": np.array(c) for name, c in samples.classes.items()}
    arrays |= {f"target:{name}": y for name, y in samples.targets.items()}
    rows: dict[str, Any] = {
        "source": samples.source,
        "original": samples.original,
        **arrays,
        **classes,
    }
    np.savez(folder / "rows.npz", **rows)


def _attach(folder: Path) -> Samples:
    x = np.load(
        folder / "x.npy", mmap_mode="c"
    )  # copy on write: pages stay shared as nobody writes
    with np.load(folder / "rows.npz", allow_pickle=False) as rows:
        part = {
            prefix: {k.removeprefix(prefix): rows[k] for k in rows if k.startswith(prefix)}
            for prefix in ("label:", "classes:", "target:")
        }
        classes = {name: tuple(c.tolist()) for name, c in part["classes:"].items()}
        return Samples(
            x, part["label:"], classes, rows["source"], rows["original"], part["target:"]
        )
