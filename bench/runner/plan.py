"""What will be run: a plan, its cells, and the fingerprints that say whether a cell has been run before."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import registry, suite
from ..checks import InputError, number, one_of
from ..types import IGNORANT, Array, Samples, Task
from .folds import PROTOCOLS

Files = tuple[
    tuple[str, tuple[str, ...]], ...
]  # room/SPEC -> hashes of the files it names and of its own code
CACHES = ("none", "encoders", "codes")
THREATS = (IGNORANT, "informed", "latent")  # the last two are always tried, as the release has it


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
    files: Files = ()  # as they were when the run was planned
    shares: tuple[
        float, ...
    ] = ()  # of each person's pictures, that attackers also learn from, in every fold
    threats: tuple[
        str, ...
    ] = ()  # beside those who know the release: `ignorant`, who learns from raw rows
    controlled: bool = (
        True  # False where the data themselves are a planted leak; no verdict comes of it
    )

    def __post_init__(self) -> None:
        one_of("--protocol", self.protocol, PROTOCOLS)
        one_of("--cache", self.cache, CACHES)
        for threat in self.threats:
            one_of("--threat", threat, THREATS)
        for fold in self.only:
            number("--fold", fold, 0, self.folds - 1)

    @property
    def task(self) -> Task:
        return Task(self.utility, self.private)

    @property
    def roles(self) -> tuple[str, ...]:
        """What is measured of a release: whom it gives away, and what it is good for, if it is to be for anything."""
        return ("privacy", "utility") if self.utility else ("privacy",)

    def target(self, role: str) -> str:
        return self.private if role == "privacy" else self.utility

    def identity(self) -> dict[str, Any]:
        """What a run directory is about: only plans that agree on all of it may share one."""
        keys = (
            "dataset",
            "data",
            "utility",
            "private",
            "protocol",
            "folds",
            "test_copies",
            "precision",
            "version",
        )
        about = {key: getattr(self, key) for key in keys}
        if self.shares:
            about["shares"] = list(self.shares)
        if IGNORANT in self.threats:
            about["threats"] = [IGNORANT]
        return about if self.controlled else about | {"controlled": False}

    @property
    def fingerprint(self) -> str:
        return _hash(self.identity())

    def groups(self) -> list[Group]:
        """All cells, those that share an encoder together; folds outermost: early results cover all defenses."""
        defenses, attackers = (
            self._built("defenses", self.defenses),
            self._built("attackers", self.attackers),
        )
        return [
            Group(self, spec, defense, seed, fold, tuple(attackers))
            for seed in self.seeds
            for fold in self.only or range(self.folds)
            for spec, defense in defenses
        ]

    def competitors(self) -> list[tuple[str, str, Any]]:
        """(room, SPEC, settings) of everything that takes part."""
        rooms = {
            "datasets": (self.dataset,),
            "defenses": self.defenses,
            "attackers": self.attackers,
        }
        return [(room, *pair) for room, specs in rooms.items() for pair in self._built(room, specs)]

    def about(
        self, room: str, spec: str, competitor: Any
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """All that a competitor's numbers depend on: every setting, and the files as they were when it was planned."""
        return asdict(competitor), dict(self.files).get(f"{room}/{spec}", ())

    def code(self, room: str, spec: str, competitor: Any) -> str:
        """A fingerprint of the competitor itself, whatever it runs on."""
        return _hash(self.about(room, spec, competitor))

    def pinned(self) -> Plan:
        """This plan with its files as they are now."""
        found = (
            (f"{room}/{spec}", _files(competitor)) for room, spec, competitor in self.competitors()
        )
        return replace(self, files=tuple((name, hashes) for name, hashes in found if hashes))

    def unchanged(self) -> None:
        """InputError if a file is not what it was: its numbers would go by the name of the old one's."""
        if self.pinned() != self:
            raise InputError(
                "--plugin",
                "a file that changed during the run",
                "the file as it was",
                "start it again",
            )

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
        return _hash(
            self.plan.identity(),
            self.spec,
            self.plan.about("defenses", self.spec, self.defense),
            self.seed,
            self.fold,
        )

    def cells(self) -> Iterator[Cell]:
        for spec, attacker in self.attackers:
            yield Cell(
                spec,
                attacker,
                _hash(self.fingerprint, spec, self.plan.about("attackers", spec, attacker)),
            )

    def only(self, wanted: set[str]) -> Group:
        """This group with those attackers alone whose cells have the wanted fingerprints."""
        left = tuple((c.spec, c.attacker) for c in self.cells() if c.fingerprint in wanted)
        return Group(self.plan, self.spec, self.defense, self.seed, self.fold, left)


def expand(
    room: str, specs: tuple[str, ...], always: tuple[str, ...] = (), *, protocol: str = "closed-set"
) -> tuple[str, ...]:
    """Canonical specs, sweeps expanded, doubles dropped; what makes the numbers readable is added in front."""
    if not specs:
        raise InputError(
            f"--{room.removesuffix('s')}",
            "none",
            "at least one of " + ", ".join(registry.names(room)),
        )
    if room == "attackers":
        for text in specs:
            one_of(
                "attacker",
                text.strip().partition(":")[0],
                ["standard", *suite.SUITES, *registry.names(room)],
            )
        specs = tuple(member for text in specs for member in suite.members(text, protocol))
    found = [spec for text in (*always, *specs) for spec, _ in registry.sweep(room, text)]
    return tuple(dict.fromkeys(found))


def content(samples: Samples) -> str:
    """A fingerprint of every row: pixels, labels, sources."""
    digest = hashlib.blake2b(digest_size=8)
    arrays: list[Array] = [samples.x, samples.source, samples.original]
    arrays += [told[name] for told in (samples.labels, samples.targets) for name in sorted(told)]
    for array in arrays:
        digest.update(str((array.shape, array.dtype)).encode())
        digest.update(np.ascontiguousarray(array).data)
    digest.update(json.dumps(sorted((k, list(v)) for k, v in samples.classes.items())).encode())
    return digest.hexdigest()


def _files(competitor: Any) -> tuple[str, ...]:
    """Hashes of the files it names and of a third party's own code: they may change, and the name not."""
    cls, settings = type(competitor), asdict(competitor)
    files = [
        Path(value)
        for value in settings.values()
        if isinstance(value, str) and value and Path(value).is_file()
    ]
    if not cls.__module__.startswith("privbench."):
        files.append(Path(inspect.getfile(cls)))
    return tuple(hashlib.blake2b(path.read_bytes()).hexdigest() for path in files)


def _hash(*parts: Any) -> str:
    return hashlib.blake2b(
        json.dumps(parts, sort_keys=True, default=str).encode(), digest_size=8
    ).hexdigest()
