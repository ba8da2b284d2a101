"""Synthetic faces, drawn from parameters: identity x expression x nuisance, deterministic from a seed.

The embedded default, so that everything runs with no file at hand. A cartoon is no photograph:
numbers on this set show that the bench works and how defenses compare here; they say nothing about
people.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..bench.checks import number, settings
from ..bench.types import Array, Card, Samples, Task, samples


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
        """people * 7 * renderings pictures; `root` is not used."""
        from ._pictures.draw import EXPRESSIONS

        who = np.repeat(np.arange(self.people), len(EXPRESSIONS) * self.renderings)
        what = np.tile(np.repeat(np.arange(len(EXPRESSIONS)), self.renderings), self.people)
        x = self._pictures(who, what)
        names = np.array(list(EXPRESSIONS))
        return samples(x, {"expression": names[what], "identity": [f"person{i:03d}" for i in who]})

    def _pictures(self, who: Array, what: Array) -> Array:
        from ._pictures.draw import EXPRESSIONS, HAIR_STYLES, draw, person, view

        first = int(np.random.default_rng([self.seed, 0]).integers(len(HAIR_STYLES)))
        cast = [
            person(np.random.default_rng([self.seed, 1, i]), (first + i) % len(HAIR_STYLES))
            for i in range(self.people)
        ]
        faces = np.array(list(EXPRESSIONS.values()))
        x = np.empty((len(who), 3 if self.color else 1, self.size, self.size), np.float32)
        for row, (i, e) in enumerate(zip(who, what, strict=True)):
            rng = np.random.default_rng([self.seed, 2, row])
            muscles = faces[e] * rng.uniform(self.strength, 1) + rng.normal(0, 0.10, faces.shape[1])
            picture = draw(
                cast[i], tuple(muscles), view(rng, self.nuisance, self.noise), self.size, rng
            )
            x[row] = picture if self.color else picture.mean(axis=0, keepdims=True)
        return x
