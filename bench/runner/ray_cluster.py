"""Where groups of cells execute on many machines: Ray tasks, in place of the processes of `local`.

A group's encoder is one task and each of its cells another; rows and codes travel through the
object store. What a lost node was doing is done again elsewhere, from lineage; what was finished is
in the driver's run directory.
"""

from __future__ import annotations

import logging
import socket
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cloudpickle

from .. import registry
from ..checks import InputError
from ..reasons import Reason
from ..records import Record
from ..types import Codes, Samples
from .local import Result, registered
from .plan import Cell, Group, Plan
from .worker import settle

Name = tuple[Plan, str, int, int]  # plan, defense SPEC, seed, fold
RETRIES = 3  # of a task whose node or process was lost
GPU_SHARE = 0.25  # small networks: four cells keep one GPU busy
AHEAD = 2  # groups submitted for each CPU: enough to keep it busy, few enough for the object store


def execute(
    groups: Sequence[Group],
    samples: Samples,
    *,
    address: str | None,
    n_jobs: int,
    cache: Path | None,
) -> Iterator[Result]:
    """Run all groups on a Ray cluster; yields each cell as it is finished.

    address None: a cluster of this machine alone, with n_jobs CPUs. cache: a folder that all nodes
    see, or None.
    """
    if not groups:
        return
    ray = _connect(address, n_jobs)
    try:
        yield from _run(ray, deque(groups), samples, cache)
    finally:
        ray.shutdown()


@dataclass(frozen=True)
class _Shared:
    """What every task of a run is given; data and memory are references into the object store."""

    plan: Plan
    data: Any
    memory: Any
    cache: Path | None


def _run(ray: Any, waiting: deque[Group], samples: Samples, cache: Path | None) -> Iterator[Result]:
    plan = waiting[0].plan
    shared = _Shared(plan, ray.put(samples), ray.put(registered(plan)), cache)
    remote = ray.remote(**_needs(plan, samples))
    encode, attack = remote(_encode), remote(_attack)
    window = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
    left: dict[Any, tuple[Group, Cell]] = {}
    while waiting or left:
        while waiting and len({id(group) for group, _ in left.values()}) < window:
            left |= _submit(encode, attack, shared, waiting.popleft())
        ready, _ = ray.wait(list(left), num_returns=1)
        for task in ready:
            group, cell = left.pop(task)
            yield group, cell, _result(ray, task, group, cell)


def _submit(
    encode: Any, attack: Any, shared: _Shared, group: Group
) -> dict[Any, tuple[Group, Cell]]:
    """{task: its cell} of one group, whose codes are computed once."""
    name = (shared.plan, group.spec, group.seed, group.fold)
    codes = encode.remote(shared.data, shared.memory, name, shared.cache)
    return {
        attack.remote(shared.data, shared.memory, codes, name, cell.spec): (group, cell)
        for cell in group.cells()
    }


def _result(ray: Any, task: Any, group: Group, cell: Cell) -> list[Record]:
    from .cells import failed

    try:
        return ray.get(task)
    except ray.exceptions.RayError as error:
        text = f"the cluster lost it {1 + RETRIES} times: {type(error).__name__}"
        return failed(group, cell, Reason("worker-died", text))


def _connect(address: str | None, n_jobs: int) -> Any:
    try:
        import ray
    except ModuleNotFoundError:
        raise InputError(
            "--engine", "ray", "local", "Ray is not installed: pip install 'privbench[ray]'"
        ) from None
    own: dict[str, Any] = (
        {"include_dashboard": False}
        if address
        else {"include_dashboard": False, "num_cpus": n_jobs}
    )
    try:
        if address and ":" in address:  # Ray itself would wait for minutes
            host, _, port = address.removeprefix("ray://").rpartition(":")
            socket.create_connection((host, int(port)), timeout=5).close()
        ray.init(address or "local", log_to_driver=False, logging_level=logging.ERROR, **own)
    except (OSError, ValueError, RuntimeError) as error:
        first = str(error).splitlines()[0]
        raise InputError(
            "--address", str(address), "HOST:PORT of a running Ray cluster", first
        ) from None
    return ray


def _needs(plan: Plan, samples: Samples) -> dict[str, Any]:
    """What a task asks of a node, so that none gets more than it can hold."""
    rows = samples.x.nbytes
    needs = {"num_cpus": 1, "memory": 2**29 + 4 * rows, "max_retries": RETRIES}
    return needs | ({"num_gpus": GPU_SHARE} if plan.device.startswith("cuda") else {})


def _encode(samples: Samples, memory: bytes, name: Name, cache: Path | None) -> Codes | Reason:
    from .cells import releases

    _prepare(name[0], memory)
    return releases(_group(name), samples, cache=cache)


def _attack(
    samples: Samples, memory: bytes, codes: Codes | Reason, name: Name, attacker: str
) -> list[Record]:
    from .cells import attack

    _prepare(name[0], memory)
    group = _group(name, attacker)
    return attack(group, next(group.cells()), samples, codes)


def _group(name: Name, attacker: str | None = None) -> Group:
    """Rebuilt from names on the worker.

    A plug-in's objects cannot be read before the plug-in is.
    """
    plan, spec, seed, fold = name
    attackers = ((attacker, registry.build("attackers", attacker)),) if attacker else ()
    return Group(plan, spec, registry.build("defenses", spec), seed, fold, attackers)


def _prepare(plan: Plan, memory: bytes) -> None:
    # The object store's rows are not writable.
    warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
    registry.restore(cloudpickle.loads(memory))
    settle(plan)
