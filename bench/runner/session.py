"""A request -> data, a plan, and the cells that a run directory does not have yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ... import __version__
from .. import capabilities, checks, registry
from ..checks import InputError, one_of
from ..types import Card, Samples, Task
from . import cells, fingerprints, hardware, inline, local, ray_cluster
from .plan import Group, Plan, expand, name_of
from .request import Request, to_config
from .store import Store

__all__ = ["Data", "Request", "Session", "check", "execute", "load", "plan", "prepare", "work"]

# Unasked, so that numbers can be read: the data themselves and the attacker that has not looked.
ALWAYS = {"defenses": ("raw",), "attackers": ("majority",)}
ENGINES = ("local", "ray")


@dataclass(frozen=True)
class Data:
    """Rows that are loaded and checked for a task. name: the canonical SPEC of the dataset."""

    name: str
    samples: Samples
    card: Card
    task: Task


@dataclass(frozen=True)
class Session:
    """A request with its data loaded and checked: ready to run."""

    request: Request
    plan: Plan
    samples: Samples
    card: Card

    @property
    def folder(self) -> Path:
        """Where it goes: --out, or a folder named after what the run is about."""
        if self.request.out:
            return Path(self.request.out)
        plan = self.plan
        parts = (plan.dataset, plan.protocol, plan.utility, plan.private)
        plain = [re.sub(r"[^A-Za-z0-9.]+", "_", part) for part in parts if part]
        budget = "-budget" if plan.shares else ""
        return Path("privbench-out") / f"{'-'.join(plain)}-{plan.folds}folds{budget}"

    def notes(self) -> list[str]:
        """Footnotes of every table: what the data are."""
        plan, samples = self.plan, self.samples
        labels = [label for label in (plan.utility, plan.private) if label in samples.classes]
        kinds = ", ".join(f"{samples.n_classes(label)} {label}" for label in labels)
        about = f"Data: {self.card.title}; {len(samples)} rows, {kinds} classes."
        notes = [f"{about} Licence: {self.card.licence}", *samples.notes]
        if self.card.synthetic:
            notes.append("Synthetic data: no statement about people.")
        return notes


def load(request: Request) -> Data:
    """The rows of a request, checked for its task.

    Raises:
        InputError: if there is no such dataset, or its rows cannot serve the task.
    """
    for path in request.plugin:
        registry.load_plugin(path)
    dataset = registry.build("datasets", request.dataset)
    name = registry.canonical(name_of(request.dataset.strip()), dataset)
    root = Path(request.data_root) if request.data_root else None
    samples = dataset.load(root)
    utility = request.utility or dataset.task.utility
    if request.utility == "none":
        utility = ""
    task = Task(utility, request.private or dataset.task.private)
    checks.dataset(samples, task)
    return Data(name, samples, dataset.card, task)


def plan(request: Request, data: Data) -> Session:
    """The plan of a request for rows that are loaded; whatever cannot be run is refused here.

    Raises:
        InputError: if a defense refuses the rows, or the folds are impossible.
    """
    defenses = expand("defenses", request.defense, ALWAYS["defenses"])
    attackers = expand(
        "attackers", request.attacker, ALWAYS["attackers"], protocol=request.protocol
    )
    device = hardware.device(request.device)
    unpinned = Plan(
        dataset=data.name,
        utility=data.task.utility,
        private=data.task.private,
        protocol=request.protocol,
        folds=request.folds,
        seeds=request.seed,
        defenses=defenses,
        attackers=attackers,
        data=fingerprints.content(data.samples),
        version=__version__,
        test_copies=request.test_copies,
        device=device,
        precision=hardware.precision(request.precision, device),
        cache=request.cache,
        plugins=tuple(str(Path(path).resolve()) for path in request.plugin),
        only=request.fold,
        shares=request.shares,
        threats=request.threat,
        controlled=request.controlled,
    )
    session = Session(request, unpinned.pinned(), data.samples, data.card)
    _refuse(session)
    return session


def prepare(request: Request) -> Session:
    """Check a request, load its data, and plan it: nothing is trained yet."""
    for path in request.plugin:
        registry.load_plugin(path)
    check(request)
    return plan(request, load(request))


def check(request: Request) -> None:
    """InputError for what can be refused before any data are read."""
    expand("defenses", request.defense, ALWAYS["defenses"])
    expand("attackers", request.attacker, ALWAYS["attackers"], protocol=request.protocol)
    local.jobs(request.jobs)
    _can_be_a_folder(request.out)
    one_of("--engine", request.engine, ENGINES)
    if request.address and request.engine != "ray":
        raise InputError("--address", request.address, "--engine ray beside it")


def _refuse(session: Session) -> None:
    """What can be refused before the first training; not in every worker."""
    for spec in session.plan.defenses:
        capabilities.refuse(registry.build("defenses", spec), session.samples)
    for seed in session.plan.seeds:
        cells.folds_of(session.plan, seed, session.samples)


def _can_be_a_folder(out: str | None) -> None:
    if not out:
        return
    files = [path for path in (Path(out), *Path(out).parents) if path.is_file()]
    if files:
        raise InputError("--out", out, "a folder", f"{files[0]} is a file")


def work(session: Session) -> tuple[Store, list[Group]]:
    """The run directory and the groups of cells that it does not have yet."""
    config = to_config(session.request, session.plan)
    store = Store(session.folder, session.plan, config)
    done = store.finished()
    left = []
    for group in session.plan.groups():
        missing = {cell.fingerprint for cell in group.cells()} - done
        if missing:
            left.append(group.only(missing))
    return store, left


def execute(session: Session, store: Store, groups: list[Group]) -> Iterator[local.Result]:
    """Run the groups; each cell is on disk before it is yielded."""
    for group, cell, records in _results(session, store, groups):
        store.write(cell, records)
        yield group, cell, records


def _results(session: Session, store: Store, groups: list[Group]) -> Iterator[local.Result]:
    request, samples = session.request, session.samples
    n_jobs = local.jobs(request.jobs)
    cache = None if session.plan.cache == "none" else store.cache.resolve()
    if request.engine == "ray":
        return ray_cluster.execute(
            groups, samples, address=request.address, n_jobs=max(1, n_jobs), cache=cache
        )
    if not n_jobs:
        return inline.execute(groups, samples, cache=cache)
    return local.execute(groups, samples, n_jobs=n_jobs, cache=cache)
