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

from .reasons import Reason

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

    def values(self, label: str) -> Array:
        """(n,) classes, or (n, t) numbers where the label is continuous."""
        return self.targets[label] if label in self.targets else self.labels[label]

    def n_classes(self, label: str) -> int:
        """K, the number of classes of a label."""
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
    """Samples from numbers and label *names*: {label: (n,) strings or ints}.

    Classes are sorted by name. source: (n,) of any kind; each row its own where there is none.
    """
    n = len(x)
    labels: dict[str, Array] = {}
    classes: dict[str, tuple[str, ...]] = {}
    for label, values in named.items():
        names, labels[label] = numbered(values)
        classes[label] = tuple(str(name) for name in names)
    _, sources = numbered(np.arange(n) if source is None else source)
    continuous = {label: np.asarray(y, np.float32) for label, y in (targets or {}).items()}
    return Samples(
        x=np.ascontiguousarray(x, np.float32),
        labels=labels,
        classes=classes,
        source=sources,
        original=np.ones(n, bool) if original is None else np.asarray(original, bool),
        targets=continuous,
        notes=notes,
    )


def numbered(values: Any) -> tuple[Array, Array]:
    """(the K different values in order, (n,) int64 place of each value among them)."""
    names, places = np.unique(np.asarray(values), return_inverse=True)
    return names, places.reshape(-1).astype(np.int64)


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
        """The rows that an attacker of a role (privacy or utility) is fitted on."""
        return self.probe if role == "privacy" else self.utility_probe


@runtime_checkable
class Dataset(Protocol):
    """A source of rows, with what a user must know of them and the labels they are used for."""

    @property
    def card(self) -> Card:
        """Title, licence, source, citation."""
        ...

    @property
    def task(self) -> Task:
        """The labels that are served and hidden where the user names none."""
        ...

    def load(self, root: Path | None) -> Samples:
        """All rows, in an order that does not depend on the machine."""
        ...


@runtime_checkable
class Encoder(Protocol):
    """A frozen release: the same input gives the same output, whatever the batch around it."""

    def __call__(self, x: Array, /) -> Codes:
        """{release name: (n, ...) codes} of n rows."""
        ...

    def save(self, folder: Path, /) -> None:
        """Write the weights as safetensors and the rest as JSON; never a pickle."""
        ...


@runtime_checkable
class Defense(Protocol):
    """How an encoder is made. What it can beyond this stands in `bench.capabilities`."""

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> Encoder:
        """The encoder fitted on these rows, and on nothing else."""
        ...

    def load(self, folder: Path, *, device: str) -> Encoder:
        """The encoder that `save` wrote for these settings."""
        ...


@runtime_checkable
class Adversary(Protocol):
    """A fitted attacker.

    It may also have `sound`, a bool: False says that the fit itself failed to get going, so that a
    low number is no sign of privacy.
    """

    @property
    def note(self) -> Reason | str | None:
        """What a reader must know, such as a fit that ran out of epochs.

        Nothing if there is nothing.
        """
        ...

    def __call__(self, z: Array, /) -> Array:
        """Scores (n, K); the largest wins. Of a continuous label: predictions (n, t)."""
        ...


@runtime_checkable
class Attacker(Protocol):
    """What seeks a label in codes. What it can beyond this stands in `bench.capabilities`."""

    def skip(self, z: Array, y: Array) -> str | None:
        """Why this attacker cannot take such codes, or None."""
        ...

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> Adversary:
        """Fit on codes z (n, ...) and classes y (n,) in 0..K-1, each present.

        source: (n,) ties rows that must not be divided by a hold-out.
        """
        ...
