"""What will be run: a plan, its groups of cells, and the streams that they draw from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from .. import registry, seeds, suite
from ..checks import InputError, number, one_of
from ..types import IGNORANT, Task
from . import fingerprints
from .folds import PROTOCOLS

# room/SPEC -> hashes of the files that a competitor names and of its own code
Files = tuple[tuple[str, tuple[str, ...]], ...]
CACHES = ("none", "encoders", "codes")
THREATS = (IGNORANT, "informed", "latent")  # the last two are always tried, as the release has it
IDENTITY = (
    "dataset", "data", "utility", "private", "protocol", "folds", "test_copies", "precision",
    "version",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """The user's request. Specs are canonical and without sweeps.

    data: fingerprint of the loaded rows. only: folds to run now, all if empty. files: hashes as
    they were when the run was planned. shares: of each person's pictures, that attackers also learn
    from, in every fold. threats: what attackers know beside the release (`ignorant`: raw rows).
    controlled: False where the data themselves are a planted leak, and no verdict comes of it.
    """

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
    only: tuple[int, ...] = ()
    files: Files = ()
    shares: tuple[float, ...] = ()
    threats: tuple[str, ...] = ()
    controlled: bool = True

    def __post_init__(self) -> None:
        one_of("--protocol", self.protocol, PROTOCOLS)
        one_of("--cache", self.cache, CACHES)
        for threat in self.threats:
            one_of("--threat", threat, THREATS)
        for fold in self.only:
            number("--fold", fold, 0, self.folds - 1)

    @property
    def task(self) -> Task:
        """Which label is served, and which is hidden."""
        return Task(self.utility, self.private)

    @property
    def roles(self) -> tuple[str, ...]:
        """What is measured of a release: privacy, and utility if it is to be of use for a label."""
        return ("privacy", "utility") if self.utility else ("privacy",)

    def target(self, role: str) -> str:
        """The label of a role."""
        return self.private if role == "privacy" else self.utility

    def identity(self) -> dict[str, Any]:
        """What a run directory is about: only plans that agree on all of it may share one."""
        about = {key: getattr(self, key) for key in IDENTITY}
        if self.shares:
            about["shares"] = list(self.shares)
        if IGNORANT in self.threats:
            about["threats"] = [IGNORANT]
        if not self.controlled:
            about["controlled"] = False
        return about

    @property
    def fingerprint(self) -> str:
        """Of all that the numbers of two directories must agree on to be compared."""
        return fingerprints.of(self.identity())

    def fold_seed(self, seed: int) -> int:
        """The seed that folds are dealt with: the one place where it is made."""
        return seeds.stream(seed, self.dataset, self.protocol, "folds")

    def groups(self) -> list[Group]:
        """All cells, those that share an encoder together.

        Folds are outermost: early results cover all defenses.
        """
        defenses = self._built("defenses", self.defenses)
        attackers = tuple(self._built("attackers", self.attackers))
        groups = []
        for seed in self.seeds:
            for fold in self.only or range(self.folds):
                groups += [
                    Group(self, spec, defense, seed, fold, attackers) for spec, defense in defenses
                ]
        return groups

    def competitors(self) -> list[tuple[str, str, Any]]:
        """(room, SPEC, settings) of everything that takes part."""
        rooms = {
            "datasets": (self.dataset,),
            "defenses": self.defenses,
            "attackers": self.attackers,
        }
        every = []
        for room, specs in rooms.items():
            every += [(room, spec, competitor) for spec, competitor in self._built(room, specs)]
        return every

    def about(
        self, room: str, spec: str, competitor: Any
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """All that a competitor's numbers depend on: every setting, and its files as planned."""
        return fingerprints.settings(competitor), dict(self.files).get(f"{room}/{spec}", ())

    def code(self, room: str, spec: str, competitor: Any) -> str:
        """A fingerprint of the competitor itself, whatever it runs on."""
        return fingerprints.of(self.about(room, spec, competitor))

    def pinned(self) -> Plan:
        """This plan with its files as they are now."""
        hashes = {
            f"{room}/{spec}": fingerprints.hashes(room, spec, competitor)
            for room, spec, competitor in self.competitors()
        }
        return replace(self, files=tuple((name, h) for name, h in hashes.items() if h))

    def unchanged(self) -> None:
        """InputError if a file is not what it was: its numbers would go by the old one's name."""
        if self.pinned() != self:
            got = "a file that changed during the run"
            raise InputError("--plugin", got, "the file as it was", "start it again")

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
        """Of the encoder: the plan, the defense, the seed and the fold."""
        defense = self.plan.about("defenses", self.spec, self.defense)
        return fingerprints.of(self.plan.identity(), self.spec, defense, self.seed, self.fold)

    def stream(self, *names: object) -> int:
        """The seed of whatever has these names in this group: the one place where it is made."""
        return seeds.stream(self.seed, self.plan.dataset, self.fold, *names)

    def cells(self) -> Iterator[Cell]:
        """One cell an attacker."""
        encoder = self.fingerprint
        for spec, attacker in self.attackers:
            about = self.plan.about("attackers", spec, attacker)
            yield Cell(spec, attacker, fingerprints.of(encoder, spec, about))

    def only(self, wanted: set[str]) -> Group:
        """This group with those attackers alone whose cells have the wanted fingerprints."""
        left = [(c.spec, c.attacker) for c in self.cells() if c.fingerprint in wanted]
        return replace(self, attackers=tuple(left))


def name_of(spec: str) -> str:
    """The competitor's name in a SPEC.

    Streams are named after competitors, not their settings: variants start alike and compare
    pairwise.
    """
    return spec.partition(":")[0]


def expand(
    room: str, specs: tuple[str, ...], always: tuple[str, ...] = (), *, protocol: str = "closed-set"
) -> tuple[str, ...]:
    """Canonical specs: sweeps and suites expanded, doubles dropped, what is always run in front."""
    if not specs:
        allowed = "at least one of " + ", ".join(registry.names(room))
        raise InputError(f"--{room.removesuffix('s')}", "none", allowed)
    if room == "attackers":
        specs = _members(specs, protocol)
    canonical = []
    for text in (*always, *specs):
        canonical += [spec for spec, _ in registry.sweep(room, text)]
    return tuple(dict.fromkeys(canonical))


def _members(specs: tuple[str, ...], protocol: str) -> tuple[str, ...]:
    """Attackers, with those of a suite for its name."""
    allowed = ["standard", *suite.SUITES, *registry.names("attackers")]
    members: list[str] = []
    for text in specs:
        one_of("attacker", name_of(text.strip()), allowed)
        members += suite.members(text, protocol)
    return tuple(members)
