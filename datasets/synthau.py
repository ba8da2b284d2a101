"""Synthetic action units: people whose affect moves their faces, each in a way of his own; deterministic from a seed.

The embedded default for sequences and continuous labels. Nobody's face: numbers on this set show
that the bench works and how releases compare here; they say nothing about people.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from ..bench.checks import InputError, number, settings
from ..bench.types import Array, Card, Samples, Task, samples
from ._recordings.windows import standardised


@dataclass(frozen=True)
class SynthAu:
    """Sequences (n, window x fps, 17) of action units in [0, 5]; continuous labels valence and arousal in [-1, 1].

    people, recordings: how many people, and recordings of each. seconds: of a recording. window:
    seconds of a row. fps: frames a second. delay: seconds by which ratings come late. style:
    strength of what is personal (resting face, gains, tempo, blinks, tics). noise: deviation of
    each frame's error. lost: share of frames in which tracking failed. standardise: person gives
    every person's every unit mean 0 and deviation 1; that needs to know who is who, and is a choice
    about privacy. seed: another seed, other people.
    """

    people: int = 40
    recordings: int = 4
    seconds: int = 60
    window: int = 10
    fps: int = 10
    delay: float = 2.0
    style: float = 1.0
    noise: float = 0.25
    lost: float = 0.02
    standardise: Literal["none", "person"] = "none"
    seed: int = 0

    task: ClassVar[Task] = Task("valence", "identity")
    card: ClassVar[Card] = Card(
        title="synthau: drawn action units (synthetic)",
        licence="Apache-2.0, as privbench",
        source="drawn by privbench itself; no download",
        citation="privbench, datasets/synthau.py",
        synthetic=True,
    )

    def __post_init__(self) -> None:
        settings(
            self,
            people=2,
            recordings=1,
            fps=2,
            window=1,
            seconds=1,
            delay=0,
            style=0,
            noise=0,
            seed=0,
        )
        number("synthau:lost", self.lost, 0, 0.5)
        if self.seconds % self.window:
            raise InputError("synthau:seconds", self.seconds, f"a multiple of window={self.window}")

    def load(self, root: Path | None = None) -> Samples:
        """people * recordings * seconds / window rows; `root` is not used. The source of a row is its recording."""
        from ._recordings.units import UNITS

        x, told, _ = self.recorded()
        lost = int(np.isnan(x[..., 0]).sum())
        who = np.repeat(np.arange(self.people), self.recordings)
        if self.standardise == "person":
            x = standardised(x, who)
        parts = self.seconds // self.window
        cut = lambda a: a.reshape(len(a) * parts, self.window * self.fps, *a.shape[2:])
        names = np.array([f"person{p:03d}" for p in np.repeat(who, parts)])
        notes = [
            f"{lost} of {x.shape[0] * x.shape[1]} frames of {len(UNITS)} units have no face in them (drawn so)."
        ]
        kept = ~np.isnan(cut(x)[..., 0]).all(1)
        if not kept.all():
            notes.append(
                f"{(~kept).sum()} of {len(kept)} windows have no frame with a face in it, and are left out."
            )
        if self.standardise == "person":
            notes.append(
                "Every person's features have mean 0 and deviation 1 over all of his frames, tested ones too."
            )
        targets = {
            name: cut(told[..., place])[kept] for place, name in enumerate(("valence", "arousal"))
        }
        source = np.repeat(np.arange(len(who)), parts)[kept]
        named = {
            "identity": names[kept],
            "expressivity": np.repeat(self._expressive()[who], parts)[kept],
        }
        return samples(cut(x)[kept], named, source=source, targets=targets, notes=tuple(notes))

    def _expressive(self) -> Array:
        """(people,) whose gains are above the usual: a property that people have beside their names."""
        from ._recordings.units import person

        gain = [
            person(np.random.default_rng([self.seed, 1, p]), self.style).gain.mean()
            for p in range(self.people)
        ]
        return np.where(gain > np.median(gain), "more", "less")

    def recorded(self) -> tuple[Array, Array, Array]:
        """(units, ratings, affect): (people * recordings, frames, 17), and (..., 2) for valence and arousal."""
        from ._recordings.units import person, record

        found = []
        for p in range(self.people):
            own = person(np.random.default_rng([self.seed, 1, p]), self.style)
            for r in range(self.recordings):
                rng = np.random.default_rng([self.seed, 2, p, r])
                found.append(
                    record(own, rng, self.seconds, self.fps, self.delay, self.noise, self.lost)
                )
        units, ratings, affect = (
            np.stack(part).astype(np.float32) for part in zip(*found, strict=True)
        )
        return units, ratings, affect

    def oracle(self, label: str = "valence") -> float:
        """The concordance with the ratings of whoever knows the affect itself, and their delay."""
        from ..bench.metrics.regression import ccc

        place, late = ("valence", "arousal").index(label), round(self.delay * self.fps)
        _, told, affect = self.recorded()
        known = np.concatenate([np.repeat(affect[:, :1], late, 1), affect], 1)[:, : affect.shape[1]]
        return ccc(told[..., place], known[..., place])
