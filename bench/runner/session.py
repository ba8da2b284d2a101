"""A request from outside -> a plan, the run of it, and the files it leaves."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from ... import __version__
from .. import checks, registry
from ..checks import InputError, one_of
from ..seeds import stream
from ..types import Samples, Task
from ..verdicts import evidence
from . import local, ray_cluster
from .folds import make
from .plan import Group, Plan, content, expand
from .store import Store

# Unasked, so that numbers can be read: the data themselves and the attacker that has not looked.
ALWAYS = {"defenses": ("raw",), "attackers": ("majority",)}


ENGINES = ("local", "ray")
BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}  # as processors name them


@dataclass(frozen=True)
class Request:
    """What a user may ask of `privbench run`; the keys of a config file, with `-` for `_`."""

    defense: tuple[str, ...]
    attacker: tuple[str, ...]
    dataset: str = "synthfaces"
    data_root: str | None = None
    utility: str | None = None
    private: str | None = None
    protocol: str = "closed-set"
    folds: int = 10
    fold: tuple[int, ...] = ()
    seed: tuple[int, ...] = (0,)
    jobs: str = "auto"
    engine: str = "local"
    address: str | None = None
    device: str = "auto"
    precision: str = "auto"
    cache: str = "encoders"
    plugin: tuple[str, ...] = ()
    test_copies: bool = False
    shares: tuple[float, ...] = ()
    threat: tuple[str, ...] = ()
    controlled: bool = True
    out: str | None = None


def from_config(values: dict[str, Any], path: str) -> dict[str, Any]:
    """The keys of a config file as those of a Request; InputError for a key or a type that a Request does not have."""
    kinds, found = get_type_hints(Request), {}
    for key, value in values.items():
        if key in ("identity", "settings", "versions"):  # what plan.toml adds for the reader
            continue
        name = one_of(f"{path}: key", key.replace("-", "_"), kinds)
        many = get_origin(kinds[name]) is tuple
        kind = get_args(kinds[name])[0] if get_args(kinds[name]) else kinds[name]
        items = value if many and isinstance(value, list) else [value]
        if not all(type(item) is kind for item in items):
            raise InputError(
                f"{path}: {key}",
                repr(value),
                f"{kind.__name__}" + (" or a list of them" if many else ""),
            )
        found[name] = tuple(items) if many else value
    return found


@dataclass(frozen=True)
class Session:
    """A request with its data loaded and checked: ready to run."""

    request: Request
    plan: Plan
    samples: Samples
    card: Any

    @property
    def folder(self) -> Path:
        """Where it goes: --out, or a folder named after what the run is about."""
        if self.request.out:
            return Path(self.request.out)
        p = self.plan
        name = "-".join(
            re.sub(r"[^A-Za-z0-9.]+", "_", part)
            for part in (p.dataset, p.protocol, p.utility, p.private)
            if part
        )
        return Path("privbench-out") / f"{name}-{p.folds}folds{'-budget' if p.shares else ''}"

    def notes(self) -> list[str]:
        """Footnotes of every table: what the data are."""
        n, p = len(self.samples), self.plan
        labels = [label for label in (p.utility, p.private) if label in self.samples.classes]
        kinds = ", ".join(f"{self.samples.n_classes(label)} {label}" for label in labels)
        notes = [
            f"Data: {self.card.title}; {n} rows, {kinds} classes. Licence: {self.card.licence}",
            *self.samples.notes,
        ]
        return (
            [*notes, "Synthetic data: no statement about people."] if self.card.synthetic else notes
        )


def prepare(request: Request) -> Session:
    """Load the data, check everything that can be checked before the first training, and make the plan."""
    for path in request.plugin:
        registry.load_plugin(path)
    dataset = registry.build("datasets", request.dataset)
    name = registry.canonical(request.dataset.partition(":")[0].strip(), dataset)
    defenses = expand("defenses", request.defense, ALWAYS["defenses"])
    attackers = expand(
        "attackers", request.attacker, ALWAYS["attackers"], protocol=request.protocol
    )
    local.jobs(request.jobs)
    _can_be_a_folder(request.out)
    one_of("--engine", request.engine, ENGINES)
    if request.address and request.engine != "ray":
        raise InputError("--address", request.address, "--engine ray beside it")
    samples = dataset.load(Path(request.data_root) if request.data_root else None)
    utility = "" if request.utility == "none" else request.utility or dataset.task.utility
    task = Task(utility, request.private or dataset.task.private)
    checks.dataset(samples, task)
    device = _device(request.device)
    plan = Plan(
        name,
        task.utility,
        task.private,
        request.protocol,
        request.folds,
        request.seed,
        defenses,
        attackers,
        content(samples),
        __version__,
        request.test_copies,
        device,
        _precision(request.precision, device),
        request.cache,
        tuple(str(Path(p).resolve()) for p in request.plugin),
        request.fold,
        shares=request.shares,
        threats=request.threat,
        controlled=request.controlled,
    )
    plan = plan.pinned()
    for spec in defenses:
        if check := getattr(registry.build("defenses", spec), "check", None):
            check(samples)
    for seed in plan.seeds:  # impossible folds are refused now, not in every worker
        make(
            samples,
            task,
            plan.protocol,
            plan.folds,
            seed=stream(seed, name, plan.protocol, "folds"),
        )
    return Session(request, plan, samples, dataset.card)


def work(session: Session) -> tuple[Store, list[Group]]:
    """The run directory and the groups of cells that it does not have yet."""
    asked = {
        key.replace("_", "-"): value for key, value in _told(session).items() if value is not None
    }
    store = Store(session.folder, session.plan, asked)
    done = store.finished()
    left = []
    for group in session.plan.groups():
        missing = {cell.fingerprint for cell in group.cells()} - done
        if missing:
            left.append(group.only(missing))
    return store, left


def execute(session: Session, store: Store, groups: list[Group]) -> Iterator[local.Result]:
    """Run the groups; each cell is on disk before it is yielded."""
    asked, n_jobs = session.request, local.jobs(session.request.jobs)
    cache = None if session.plan.cache == "none" else store.cache.resolve()
    if asked.engine == "ray":
        results = ray_cluster.execute(
            groups, session.samples, address=asked.address, n_jobs=n_jobs, cache=cache
        )
    else:
        results = local.execute(groups, session.samples, n_jobs=n_jobs, cache=cache)
    for group, cell, records in results:
        store.write(cell, records)
        yield group, cell, records


def finish(session: Session, store: Store, report: Callable[..., list[Path]]) -> list[Path]:
    """Write records.csv and whatever `report(records, folder, runs=..., notes=...)` makes of them."""
    records = store.records()
    runs = evidence.evidence(session.plan, session.samples, {(r.seed, r.fold) for r in records})
    return [store.write_records(), *report(records, store.folder, runs=runs, notes=session.notes())]


def _told(session: Session) -> dict[str, Any]:
    r, p = session.request, session.plan
    return {
        "defense": list(p.defenses),
        "attacker": list(p.attackers),
        "dataset": p.dataset,
        "data_root": str(Path(r.data_root).resolve()) if r.data_root else None,
        "utility": p.utility or "none",
        "private": p.private,
        "protocol": p.protocol,
        "folds": p.folds,
        "seed": list(p.seeds),
        "jobs": r.jobs,
        "device": r.device,
        "precision": p.precision,
        "cache": p.cache,
        "plugin": list(p.plugins),
        "test_copies": p.test_copies,
        "shares": list(p.shares),
        "threat": list(p.threats),
        "controlled": p.controlled,
    }


def _can_be_a_folder(out: str | None) -> None:
    if out and (files := [p for p in (Path(out), *Path(out).parents) if p.is_file()]):
        raise InputError("--out", out, "a folder", f"{files[0]} is a file")


def _device(text: str) -> str:
    one_of("--device", text.partition(":")[0], ("auto", "cpu", "cuda"))
    if text == "cpu" or (text == "auto" and not _accelerated()):
        return "cpu"
    import torch

    if text == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if not torch.cuda.is_available():
        raise InputError("--device", text, "auto or cpu", "PyTorch sees no CUDA device here")
    return text


def _precision(text: str, device: str) -> str:
    one_of("--precision", text, ("auto", "fp32", "bf16"))
    if text != "auto":
        return text
    return "bf16" if _gains_from_bf16(device) else "fp32"


def _accelerated() -> bool:
    """Whether there may be a GPU: a finished run, started again, need not load PyTorch to learn that there is none."""
    nodes = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
    return not sys.platform.startswith("linux") or any(Path(node).exists() for node in nodes)


def _gains_from_bf16(device: str) -> bool:
    """Whether products of bfloat16 are faster than those of float32 here: the processor has instructions for them."""
    if device == "cpu" and (about := Path("/proc/cpuinfo")).exists():
        return bool(set(about.read_text(encoding="utf-8", errors="replace").split()) & BF16_FLAGS)
    import torch

    if device != "cpu":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    flags = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return any(flags.get(flag) for flag in BF16_FLAGS)
