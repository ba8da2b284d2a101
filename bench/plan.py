"""What will be run: a plan, its cells, and the fingerprints that say whether a cell has been run before."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import registry
from .checks import InputError, number, one_of
from .folds import PROTOCOLS
from .types import Array, Samples, Task

CACHES = ("none", "encoders", "codes")


@dataclass(frozen=True)
class Plan:
    """The user's request. Specs are canonical and without sweeps; data is the fingerprint of the loaded rows."""

    dataset: str
    utility: str
    private: str
    protocol: str
    folds: int
    seeds: tuple[int, ...]
    defenses: tuple[str, ...]
    attackers: tuple[str, ...]
    data: str
    version: str
    test_copies: bool = False
    device: str = "cpu"
    precision: str = "fp32"
    cache: str = "encoders"
    plugins: tuple[str, ...] = ()
    only: tuple[int, ...] = ()  # folds to run now; () for all

    def __post_init__(self) -> None:
        one_of("--protocol", self.protocol, PROTOCOLS)
        one_of("--cache", self.cache, CACHES)
        for fold in self.only:
            number("--fold", fold, 0, self.folds - 1)

    @property
    def task(self) -> Task:
        return Task(self.utility, self.private)

    def identity(self) -> dict[str, Any]:
        """What a run directory is about: only plans that agree on all of it may share one."""
        keys = ("dataset", "data", "utility", "private", "protocol", "folds", "test_copies", "precision", "version")
        return {key: getattr(self, key) for key in keys}

    @property
    def fingerprint(self) -> str:
        return _hash(self.identity())

    def groups(self) -> list[Group]:
        """All cells, those that share an encoder together; folds outermost: early results cover all defenses."""
        defenses, attackers = self._built("defenses", self.defenses), self._built("attackers", self.attackers)
        return [
            Group(self, spec, defense, seed, fold, tuple(attackers))
            for seed in self.seeds
            for fold in self.only or range(self.folds)
            for spec, defense in defenses
        ]

    def competitors(self) -> list[tuple[str, Any]]:
        """(SPEC, its settings) of everything that takes part."""
        dataset = self._built("datasets", (self.dataset,))
        return dataset + self._built("defenses", self.defenses) + self._built("attackers", self.attackers)

    def _built(self, room: str, specs: tuple[str, ...]) -> list[tuple[str, Any]]:
        return [(spec, registry.build(room, spec)) for spec in specs]


@dataclass(frozen=True)
class Cell:
    """One attacker against one encoder: the unit that is run once and kept."""

    spec: str
    attacker: Any
    fingerprint: str


@dataclass(frozen=True)
class Group:
    """The cells that share one encoder: a defense, fitted on one fold with one seed."""

    plan: Plan
    spec: str
    defense: Any
    seed: int
    fold: int
    attackers: tuple[tuple[str, Any], ...]

    @property
    def fingerprint(self) -> str:
        return _hash(self.plan.identity(), self.spec, _settings(self.defense), self.seed, self.fold)

    def cells(self) -> Iterator[Cell]:
        for spec, attacker in self.attackers:
            yield Cell(spec, attacker, _hash(self.fingerprint, spec, _settings(attacker)))

    def only(self, wanted: set[str]) -> Group:
        """This group with those attackers alone whose cells have the wanted fingerprints."""
        left = tuple((c.spec, c.attacker) for c in self.cells() if c.fingerprint in wanted)
        return Group(self.plan, self.spec, self.defense, self.seed, self.fold, left)


def expand(room: str, specs: tuple[str, ...], always: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Canonical specs, sweeps expanded, doubles dropped; what makes the numbers readable is added in front."""
    if not specs:
        raise InputError(f"--{room.removesuffix('s')}", "none", "at least one of " + ", ".join(registry.names(room)))
    found = [spec for text in (*always, *specs) for spec, _ in registry.sweep(room, text)]
    return tuple(dict.fromkeys(found))


def content(samples: Samples) -> str:
    """A fingerprint of every row: pixels, labels, sources."""
    digest = hashlib.blake2b(digest_size=8)
    arrays: list[Array] = [samples.x, samples.source, samples.original]
    for array in arrays + [samples.labels[name] for name in sorted(samples.labels)]:
        digest.update(str((array.shape, array.dtype)).encode())
        digest.update(np.ascontiguousarray(array).data)
    digest.update(json.dumps(sorted((k, list(v)) for k, v in samples.classes.items())).encode())
    return digest.hexdigest()


def _settings(competitor: Any) -> Any:
    """All settings, and the content of the files they name and of a third party's code: it may change, the name not."""
    cls, settings = type(competitor), asdict(competitor)
    files = [Path(value) for value in settings.values() if isinstance(value, str) and value and Path(value).is_file()]
    if not cls.__module__.startswith("privbench."):
        files.append(Path(inspect.getfile(cls)))
    return settings, [hashlib.blake2b(path.read_bytes()).hexdigest() for path in files]


def _hash(*parts: Any) -> str:
    return hashlib.blake2b(json.dumps(parts, sort_keys=True, default=str).encode(), digest_size=8).hexdigest()
