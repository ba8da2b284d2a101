"""Where groups of cells execute: processes on this machine, one thread each."""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle

from .. import registry
from ..checks import InputError
from ..reasons import Reason
from ..records import Record
from ..toolkit import progress
from ..types import Samples
from . import shared_rows, worker
from .plan import Cell, Group, Plan

Result = tuple[Group, Cell, list[Record]]
INLINE = "0"  # of --jobs: no process but this one


def jobs(text: str) -> int:
    """Processes to use: a number, or `auto` for one a core that this process may use.

    0 is this process itself.
    """
    if text == "auto":
        return _cores()
    if not (text.isascii() and text.isdigit()):
        raise InputError(
            "--jobs", repr(text), "auto or a whole number from 0", "0: no other process"
        )
    return int(text)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def execute(
    groups: Sequence[Group], samples: Samples, *, n_jobs: int, cache: Path | None
) -> Iterator[Result]:
    """Run all groups; yields each cell as it is finished. Leaving early stops the workers.

    A worker that dies (no memory, say) fails the cells of its own group and no other.
    """
    if not groups:
        return
    with tempfile.TemporaryDirectory(prefix="privbench-") as folder:
        shared = Path(folder)
        shared_rows.write(samples, shared)
        pool = _Pool(shared, cache, groups[0].plan, min(n_jobs, len(groups)))
        try:
            yield from pool.run(list(groups))
        finally:
            pool.close()


def registered(plan: Plan) -> bytes:
    """What a plan needs that this process has in memory, for `registry.restore` in another.

    Classes of modules that the other process could not import go by value.
    """
    wanted = [(room, spec) for room, spec, _ in plan.competitors()]
    competitors = registry.in_memory(wanted)
    classes = list(competitors["classes"].values())
    classes += [type(held) for held in competitors["objects"].values()]
    for cls in classes:
        module = sys.modules.get(cls.__module__)
        if module is not None and cls.__module__ != "__main__" and not _is_importable(module):
            cloudpickle.register_pickle_by_value(module)
    return cloudpickle.dumps(competitors)


def _is_importable(module: ModuleType) -> bool:
    """Whether a fresh process finds the module where this one did, by its name alone."""
    path, found = None, None
    parts = module.__name__.split(".")
    for end in range(1, len(parts) + 1):
        found = PathFinder.find_spec(".".join(parts[:end]), path)
        if found is None:
            return False
        path = found.submodule_search_locations
    return found is not None and found.origin == getattr(module, "__file__", None)


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    group: Group | None = None
    left: dict[str, Cell] = field(default_factory=dict)  # SPEC of the attacker -> its cell

    def give(self, group: Group | None) -> None:
        """The next group, or nothing more to do."""
        self.group = group
        self.left = {cell.spec: cell for cell in group.cells()} if group else {}
        if group is not None:
            self.pipe.send_bytes(cloudpickle.dumps(group))


class _Pool:
    def __init__(self, shared: Path, cache: Path | None, plan: Plan, size: int):
        self.work = (shared, cache, cloudpickle.dumps(plan), registered(plan))
        self.context = mp.get_context("spawn")  # forking a process that has used torch may hang
        self.workers = [self._start() for _ in range(size)]

    def run(self, groups: list[Group]) -> Iterator[Result]:
        waiting = groups[::-1]
        for member in self.workers:
            member.give(waiting.pop() if waiting else None)
        while busy := [member for member in self.workers if member.group is not None]:
            ready = wait([member.pipe for member in busy])
            for member in busy:
                if member.pipe in ready:
                    yield from self._hear(member, waiting)

    def _hear(self, member: _Worker, waiting: list[Group]) -> Iterator[Result]:
        """One message of a worker: a line of progress, a finished cell, or the end of its group."""
        group = member.group
        assert group is not None
        try:
            message = member.pipe.recv()
        except (EOFError, ConnectionResetError):
            yield from _lost(member, group)
            member = self._replace(member)
            message = None
        if isinstance(message, str):
            progress.say(message)
        elif message is None:
            member.give(waiting.pop() if waiting else None)
        else:
            name, records = message
            yield group, member.left.pop(name), records

    def _replace(self, dead: _Worker) -> _Worker:
        alive = self._start()
        self.workers[self.workers.index(dead)] = alive
        return alive

    def close(self) -> None:
        for member in self.workers:
            member.process.kill()
            member.process.join()
            member.pipe.close()

    def _start(self) -> _Worker:
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=_work, args=(theirs, *self.work), daemon=True)
        with worker.single_threaded(), worker.without_main():
            process.start()
        theirs.close()
        return _Worker(process, ours)


def _lost(member: _Worker, group: Group) -> Iterator[Result]:
    """The cells that a dead worker leaves, as failures."""
    from .cells import failed

    member.process.join()
    code = member.process.exitcode
    text = f"the worker process died (exit code {code}); -9 is usually lack of memory"
    for cell in member.left.values():
        yield group, cell, failed(group, cell, Reason("worker-died", text))


def _work(
    pipe: Connection, shared: Path, cache: Path | None, plan: bytes, registered: bytes
) -> None:
    """A worker: groups in; (SPEC, records), lines of progress, None after each group, out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which stops us
    worker.end_with_parent()
    from .cells import run

    registry.restore(cloudpickle.loads(registered))
    worker.settle(cloudpickle.loads(plan))  # before the first group: its classes may be a plug-in's
    samples = shared_rows.read(shared)
    while True:
        try:
            group = cloudpickle.loads(pipe.recv_bytes())
            with progress.heard(pipe.send):
                for cell, records in run(group, samples, cache=cache):
                    pipe.send((cell.spec, records))
            pipe.send(None)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return
