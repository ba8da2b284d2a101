"""Synthetic faces, drawn from parameters: identity x expression x nuisance.

Deterministic from a seed. The embedded default, so that everything runs with no file at hand. A
cartoon is no photograph: numbers on this set show that the bench works and how defenses compare
here; they say nothing about people.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..bench.checks import number, settings
from ..bench.types import Array, Card, Samples, Task, samples
from ._pictures.draw import draw
from ._pictures.faces import EXPRESSIONS, HAIR_STYLES, Muscles, Person, person, view


@dataclass(frozen=True)
class SynthFaces:
    """Drawn faces.

    people, renderings: how many people, and pictures of each (person, expression).
    size: pixels a side. color: three channels instead of one.
    nuisance: strength of pose, light and camera changes (1: the head turns by up to about 20
    degrees). noise: standard deviation of the pixel noise, in [0, 1]. strength: the weakest
    expression drawn, in (0, 1]; each picture draws its own from there to 1. seed: another seed,
    other people.
    """

    people: int = 10
    renderings: int = 10
    size: int = 48
    color: bool = False
    nuisance: float = 1.0
    noise: float = 0.03
    strength: float = 0.6
    seed: int = 0

    task: ClassVar[Task] = Task("expression", "identity")
    card: ClassVar[Card] = Card(
        title="synthfaces: drawn cartoon faces (synthetic)",
        licence="Apache-2.0, as privbench",
        source="drawn by privbench itself; no download",
        citation="privbench, datasets/synthfaces.py",
        synthetic=True,
    )

    def __post_init__(self) -> None:
        settings(self, people=2, renderings=1, size=16, seed=0)
        number("synthfaces:strength", self.strength, 0, 1, open_low=True)
        number("synthfaces:noise", self.noise, 0, 1)
        number("synthfaces:nuisance", self.nuisance, 0, 3)

    def load(self, root: Path | None = None) -> Samples:
        """people * 7 * renderings pictures (n, c, size, size); `root` is not used."""
        k = len(EXPRESSIONS)
        people = np.repeat(np.arange(self.people), k * self.renderings)
        expressions = np.tile(np.repeat(np.arange(k), self.renderings), self.people)
        x = self._pictures(people, expressions)
        named = {
            "expression": np.array(list(EXPRESSIONS))[expressions],
            "identity": [f"person{i:03d}" for i in people],
        }
        return samples(x, named)

    def _pictures(self, people: Array, expressions: Array) -> Array:
        """(n, c, size, size) of people (n,) with expressions (n,), by their numbers."""
        cast = [self._person(i) for i in range(self.people)]
        faces = np.array(list(EXPRESSIONS.values()))
        channels = 3 if self.color else 1
        x = np.empty((len(people), channels, self.size, self.size), np.float32)
        for row, (i, k) in enumerate(zip(people, expressions, strict=True)):
            picture = self._picture(cast[i], faces[k], row)
            x[row] = picture if self.color else picture.mean(axis=0, keepdims=True)
        return x

    def _person(self, i: int) -> Person:
        """The person of a number; hair styles follow each other from a random one on."""
        rng = np.random.default_rng([self.seed, 0])
        first = int(rng.integers(len(HAIR_STYLES)))
        style = (first + i) % len(HAIR_STYLES)
        return person(np.random.default_rng([self.seed, 1, i]), style)

    def _picture(self, shown: Person, face: Array, row: int) -> Array:
        """(3, size, size), with a stream of random numbers for each row."""
        rng = np.random.default_rng([self.seed, 2, row])
        strength = rng.uniform(self.strength, 1)
        moved = rng.normal(0, 0.10, len(face))
        muscles = Muscles(*(face * strength + moved))
        seen = view(rng, self.nuisance, self.noise)
        return draw(shown, muscles, seen, self.size, rng)
