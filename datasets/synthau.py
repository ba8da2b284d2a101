"""Synthetic action units: people whose affect moves their faces, each in a way of their own.

Deterministic from a seed. The embedded default for sequences and continuous labels. Nobody's face:
numbers on this set show that the bench works and how releases compare here; they say nothing about
people.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from ..bench.checks import InputError, number, settings
from ..bench.types import Array, Card, Samples, Task, samples
from ._recordings.openface_csv import UNITS
from ._recordings.windows import standardised

if TYPE_CHECKING:
    from ._recordings.units import Person

DIMENSIONS = ("valence", "arousal")  # in the order of the ratings


@dataclass(frozen=True)
class SynthAu:
    """Sequences (n, window x fps, 17) of action units in [0, 5]; valence and arousal in [-1, 1].

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
        settings(self, people=2, recordings=1, fps=2, window=1)
        settings(self, seconds=1, delay=0, style=0, noise=0, seed=0)
        number("synthau:lost", self.lost, 0, 0.5)
        if self.seconds % self.window:
            raise InputError("synthau:seconds", self.seconds, f"a multiple of window={self.window}")

    def load(self, root: Path | None = None) -> Samples:
        """people * recordings * seconds / window rows; the source of a row is its recording.

        `root` is not used. Windows without a frame that has a face in it are left out.
        """
        units, ratings, _ = self.recorded()
        person = np.repeat(np.arange(self.people), self.recordings)
        lost = np.isnan(units[..., 0])
        if self.standardise == "person":
            units = standardised(units, person)
        x = self._windows(units)
        hollow = np.isnan(x[..., 0]).all(axis=1)
        kept = np.logical_not(hollow)
        parts = self.seconds // self.window
        shown = np.repeat(person, parts)[kept]
        targets = {}
        for i, dimension in enumerate(DIMENSIONS):
            targets[dimension] = self._windows(ratings[..., i])[kept]
        named = {
            "identity": np.array([f"person{p:03d}" for p in shown]),
            "expressivity": self._expressivity()[shown],
        }
        source = np.repeat(np.arange(len(person)), parts)[kept]
        notes = self._notes(lost, kept)
        return samples(x[kept], named, source=source, targets=targets, notes=notes)

    def _windows(self, values: Array) -> Array:
        """Frames (recordings, t, ...) as windows (n, window x fps, ...)."""
        parts = self.seconds // self.window
        n = len(values) * parts
        return values.reshape(n, self.window * self.fps, *values.shape[2:])

    def _notes(self, lost: Array, kept: Array) -> tuple[str, ...]:
        """What a reader must know of lost frames (recordings, t), kept windows (n,), and scales."""
        frames = f"{lost.sum()} of {lost.size} frames of {len(UNITS)} units"
        notes = [f"{frames} have no face in them (drawn so)."]
        if not kept.all():
            windows = f"{(~kept).sum()} of {len(kept)} windows"
            notes.append(f"{windows} have no frame with a face in it, and are left out.")
        if self.standardise == "person":
            scales = "Every person's features have mean 0 and deviation 1"
            notes.append(f"{scales} over all of his frames, tested ones too.")
        return tuple(notes)

    def _person(self, p: int) -> Person:
        """The person of a number."""
        from ._recordings.units import person

        return person(np.random.default_rng([self.seed, 1, p]), self.style)

    def _expressivity(self) -> Array:
        """(people,) `more` where gains are above the usual, `less` elsewhere.

        A property that people have beside their names.
        """
        gain = [self._person(p).gain.mean() for p in range(self.people)]
        return np.where(gain > np.median(gain), "more", "less")

    def recorded(self) -> tuple[Array, Array, Array]:
        """(units, ratings, affect) of every recording, each person's in a row.

        (people * recordings, t, 17), and twice (people * recordings, t, 2) of valence and arousal.
        """
        from ._recordings.units import Session, record

        session = Session(self.seconds, self.fps, self.delay, self.noise, self.lost)
        records = []
        for p in range(self.people):
            shown = self._person(p)
            for r in range(self.recordings):
                rng = np.random.default_rng([self.seed, 2, p, r])
                records.append(record(shown, session, rng))
        units, ratings, affect = zip(*records, strict=True)
        return _stacked(units), _stacked(ratings), _stacked(affect)

    def oracle(self, label: str = "valence") -> float:
        """Upper bound of concordance with the ratings: that of affect itself, at their delay."""
        from ..bench.metrics.regression import ccc

        dimension = DIMENSIONS.index(label)
        late = round(self.delay * self.fps)
        _, ratings, affect = self.recorded()
        before = np.repeat(affect[:, :1], late, 1)
        delayed = np.concatenate([before, affect], 1)[:, : affect.shape[1]]
        return ccc(ratings[..., dimension], delayed[..., dimension])


def _stacked(parts: tuple[Array, ...]) -> Array:
    return np.stack(parts).astype(np.float32)
