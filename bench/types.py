"""The contracts: what a dataset, a defense and an attacker are, and what passes between them.

Shape letters, used in every docstring:
    n rows    c channels    h, w pixels    t frames    d code dimensions    K classes

Competitors are frozen dataclasses of settings that satisfy a protocol; they inherit nothing, so a
third party's file needs no import of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
IGNORANT = "ignorant"  # the threat of an attacker who has learnt from the data as they were
Codes = dict[str, Array]  # release name -> (n, ...) float32


@dataclass(frozen=True)
class Card:
    """What a user must know of a dataset before quoting a number from it."""

    title: str
    licence: str
    source: str  # where to get it
    citation: str
    synthetic: bool = False


@dataclass(frozen=True)
class Task:
    """Which label a release should serve, and which it should hide."""

    utility: str = "expression"
    private: str = "identity"


@dataclass(frozen=True)
class Samples:
    """Rows of a dataset.

    x: (n, c, h, w) float32 in [0, 1] for images, (n, d) float32 for vectors, (n, t, d) float32 for
    sequences; a frame
        that is missing, or beyond a sequence's end, is NaN in all its numbers.
    labels: name -> (n,) int64 class numbers 0..K-1.
    classes: name -> the K class names.
    source: (n,) int64; augmented copies, byte-identical files and frames of one clip share it.
    original: (n,) bool; False for augmented copies.
    targets: name -> (n, t) float32, a continuous label of each frame; NaN where nobody said.
    notes: what a reader of any number must know of these rows, such as how many frames were left
    out, and why.
    """

    x: Array
    labels: Mapping[str, Array]
    classes: Mapping[str, tuple[str, ...]]
    source: Array
    original: Array
    targets: Mapping[str, Array] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: Array) -> Samples:
        """The given rows (indices or mask); class numbers keep their meaning."""
        labels = {name: y[rows] for name, y in self.labels.items()}
        targets = {name: y[rows] for name, y in self.targets.items()}
        return Samples(
            self.x[rows],
            labels,
            self.classes,
            self.source[rows],
            self.original[rows],
            targets,
            self.notes,
        )

    def told(self, label: str) -> Array:
        """(n,) classes, or (n, t) numbers where the label is continuous."""
        return self.targets[label] if label in self.targets else self.labels[label]

    def n_classes(self, label: str) -> int:
        return len(self.classes[label])


def samples(
    x: Array,
    named: Mapping[str, Any],
    *,
    source: Array | None = None,
    original: Array | None = None,
    targets: Mapping[str, Array] | None = None,
    notes: tuple[str, ...] = (),
) -> Samples:
    """Samples from numbers and label *names*: {label: (n,) strings or ints}. Classes are sorted by name."""
    n, labels, classes = len(x), {}, {}
    for name, values in named.items():
        found, y = np.unique(np.asarray(values), return_inverse=True)
        labels[name], classes[name] = y.reshape(-1).astype(np.int64), tuple(str(v) for v in found)
    source = (
        np.arange(n)
        if source is None
        else np.unique(np.asarray(source), return_inverse=True)[1].reshape(-1)
    )
    original = np.ones(n, bool) if original is None else np.asarray(original, bool)
    told = {name: np.asarray(values, np.float32) for name, values in (targets or {}).items()}
    return Samples(
        np.ascontiguousarray(x, np.float32),
        labels,
        classes,
        source.astype(np.int64),
        original,
        told,
        notes,
    )


@dataclass(frozen=True)
class Fold:
    """Row indices of one fold; no source lies on both sides of train/test or probe/test.

    train: what the defense is fitted on. probe: what a privacy attacker is fitted on (may equal
    train). test: what every number is measured on. utility_probe: what the utility probe is fitted
    on.
    """

    train: Array
    probe: Array
    test: Array
    utility_probe: Array

    def probe_rows(self, role: str) -> Array:
        return self.probe if role == "privacy" else self.utility_probe


@dataclass(frozen=True)
class Record:
    """One number: a row of records.csv."""

    dataset: str
    protocol: str
    defense: str
    settings: str
    release: str
    attacker: str
    attacker_settings: str
    role: str  # utility | privacy
    target: str
    metric: str
    value: float | None
    chance: float | None
    fold: int
    seed: int
    n_train: int
    n_test: int
    n_train_sources: int  # independent pictures among these rows
    n_test_sources: int
    code_dim: int
    seconds: float = field(compare=False)
    status: str = (
        "ok"  # ok | weak (a number from an attack that did not get going) | skipped | failed
    )
    reason: str = ""
    precision: str = "fp32"  # in which networks were trained
    device: str = "cpu"
    version: str = ""
    plan: str = ""  # fingerprint of what the run is about: records of two plans are not to be mixed
    defense_code: str = ""  # fingerprint of the settings and files of the competitor, defaults too
    attacker_code: str = ""
    control: str = ""  # "", or which control this is a number of: see `controls`
    suite: str = (
        ""  # version of the standard suite that this attacker, with these settings, is a member of
    )
    # what its attacker learnt from: raw rows (ignorant), this release (informed), its codes
    # (latent)
    threat: str = ""
    flags: str = ""  # what is odd about the release, `;`-separated: see `diagnose`
    cell: str = ""
    error: float | None = (
        None  # standard error of the value, of what is no share of rows; see `regression.errors`
    )
    people: int = 0  # who were left out in turn for it
    # What happened on each test row, as text (see `hits`); not in records.csv.
    hits: str = field(default="", compare=False, repr=False)
    answers: str = field(default="", compare=False, repr=False)

    @property
    def defense_spec(self) -> str:
        return f"{self.defense}:{self.settings}" if self.settings else self.defense

    @property
    def attacker_spec(self) -> str:
        return (
            f"{self.attacker}:{self.attacker_settings}" if self.attacker_settings else self.attacker
        )


@dataclass(frozen=True)
class Examined:
    """The test rows of one fold, in the order of `Record.hits`.

    guesses: (C, K) scores each, of people by the utility label alone (see `blind`). unseen: share
    of rows of people who are not in the probe rows. twins: share of rows whose input is, to the
    last digit, one of another source in the probe rows.
    """

    rows: Array
    source: Array
    person: Array
    served: Array | None
    guesses: tuple[Array, Array]
    unseen: float
    twins: float
    people: tuple[str, ...]
    classes: tuple[str, ...]


Runs = Mapping[tuple[int, int], Examined]  # (seed, fold) -> its test rows


@runtime_checkable
class Dataset(Protocol):
    @property
    def card(self) -> Card: ...
    @property
    def task(self) -> Task: ...
    def load(self, root: Path | None) -> Samples:
        """All rows, in an order that does not depend on the machine."""
        ...


@runtime_checkable
class Encoder(Protocol):
    """A frozen release: the same input gives the same output, whatever the batch around it."""

    def __call__(self, x: Array, /) -> Codes: ...
    def save(self, folder: Path, /) -> None:
        """Write the weights as safetensors and the rest as JSON; never a pickle."""
        ...


@runtime_checkable
class Defense(Protocol):
    """It may also have `check(samples)`, which raises InputError for rows that it cannot take, before any work.

    `synthesises = True`: its encoder also has what `synthesis` needs. `resumes = True`: its `fit`
    takes `work`, a folder for checkpoints (or None), and goes on from those it finds.
    """

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> Encoder: ...
    def load(self, folder: Path, *, device: str) -> Encoder:
        """The encoder that `save` wrote for these settings."""
        ...


@runtime_checkable
class Adversary(Protocol):
    """A fitted attacker.

    note: what a reader must know, such as a fit that ran out of epochs. An adversary may also have
    `sound`, a bool: False says that the fit itself failed to get going, so that a low number is no
    sign of privacy.
    """

    @property
    def note(self) -> str: ...
    def __call__(self, z: Array, /) -> Array:
        """Scores (n, K); the largest wins. Of a continuous label: what it is taken for, (n, t)."""
        ...


@runtime_checkable
class Attacker(Protocol):
    """`sequences = True`: it takes sequences (n, t, d) as they are; others get statistics of each, (n, d).

    It may also have `regress(z, told, *, source, seed, device)`, which fits it on a continuous
    label of codes or sequences: told is (n, t), NaN where nobody said; its adversary answers (n, t)
    numbers.
    """

    def skip(self, z: Array, y: Array) -> str | None:
        """Why this attacker cannot take such codes, or None."""
        ...

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> Adversary:
        """Fit on codes (n, ...) and classes (n,) in 0..K-1, each present; source ties rows for hold-outs."""
        ...
