"""Codes with a planted leak whose size is known: what the standard suite is calibrated on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..bench.checks import number, one_of
from ..bench.toolkit import planted
from ..bench.types import Array, Card, Samples, Task, samples


@dataclass(frozen=True)
class Planted:
    """Vectors (people * rows, dims) that differ between people as `kind` says.

    kind: means, covariances, scale-trap or parity. rows: rows a person. size: of the leak, in units
    of its kind (delta for means and scale-trap, spread for covariances, keyed coordinates for
    parity); 0 for the kind's own.
    """

    kind: str = "means"
    people: int = 10
    rows: int = 100
    dims: int = 64
    size: float = 0.0
    seed: int = 0

    card: ClassVar[Card] = Card(
        title="planted leaks",
        licence="none needed: drawn by this file",
        source="drawn from the seed",
        citation="none needed",
        synthetic=True,
    )
    task: ClassVar[Task] = Task("", "identity")

    def __post_init__(self) -> None:
        one_of("planted:kind", self.kind, planted.MAKERS)
        number("planted:people", self.people, 2)
        number("planted:rows", self.rows, 2)
        number("planted:dims", self.dims, 1)
        number("planted:size", self.size, 0)
        number("planted:seed", self.seed, 0)

    def load(self, root: Path | None = None) -> Samples:
        """people * rows rows, as many of each person."""
        del root  # drawn, not read
        y = np.repeat(np.arange(self.people), self.rows)
        return samples(self._made(y).z, {"identity": y})

    def bayes(self) -> float:
        """Upper bound of accuracy, in [1/K, 1]; for parity, that of an attacker with the key."""
        return self._made(np.arange(self.people)).bayes

    def _made(self, y: Array) -> planted.Planted:
        """The codes of people (n,), and the accuracy that can be had on them."""
        make = planted.MAKERS[self.kind]
        if not self.size:
            return make(y, self.dims, seed=self.seed)
        if self.kind == "parity":
            return make(y, self.dims, seed=self.seed, keyed=int(self.size))
        unit = "spread" if self.kind == "covariances" else "delta"
        return make(y, self.dims, seed=self.seed, **{unit: self.size})
