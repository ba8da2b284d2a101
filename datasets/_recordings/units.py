"""How affect becomes action units: a person's resting face, gains, tempo, blinks and tics, and a recording of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

from ...bench.types import Array

UNITS = (
    "01",
    "02",
    "04",
    "05",
    "06",
    "07",
    "09",
    "10",
    "12",
    "14",
    "15",
    "17",
    "20",
    "23",
    "25",
    "26",
    "45",
)
# What valence and arousal do to each unit, by what EMFACS and its kin say they go with (12 smiles,
# 4 frowns, 5 stares).
VALENCE = np.array(
    [0.1, 0.2, -1.0, 0.0, 1.2, 0.1, -0.5, -0.3, 1.6, 0.3, -0.9, -0.6, -0.4, -0.4, 0.5, 0.1, 0.0]
)
AROUSAL = np.array(
    [0.7, 0.7, 0.2, 1.0, 0.4, 0.4, 0.1, 0.2, 0.3, 0.0, -0.2, 0.0, 0.5, 0.3, 1.0, 1.1, 0.0]
)
REST = np.array(
    [0.3, 0.2, 0.4, 0.1, 0.3, 0.3, 0.1, 0.3, 0.3, 0.4, 0.2, 0.4, 0.2, 0.2, 0.5, 0.4, 0.1]
)
BLINK = UNITS.index("45")
MOST = 5.0  # OpenFace's intensities
AFFECT = 3.0  # seconds over which affect changes
RATER = 0.4  # deviation of the raters' own drift, in that of affect


@dataclass(frozen=True)
class Person:
    """rest, gain: (17,). drive: (2, 17) of valence and arousal. tempo: (17,) seconds. tics: (2, 17) of two tics.

    often: events a second of a blink and the two tics. long: their seconds. wide: the deviation of
    each recording's own resting face.
    """

    rest: Array
    gain: Array
    drive: Array
    tempo: Array
    tics: Array
    often: Array
    long: Array
    wide: float = 0.15


def person(rng: np.random.Generator, style: float) -> Person:
    """Somebody; with style 0 all are the same."""
    d = len(UNITS)
    spread = lambda size, scale: np.exp(scale * style * rng.standard_normal(size))
    tics = np.zeros((2, d))
    for tic in tics:
        tic[rng.choice(d - 1, 3, replace=False)] = rng.uniform(0.8, 2.0, 3) * min(style, 1.0)
    drive = np.stack([VALENCE, AROUSAL]) + 0.2 * style * rng.standard_normal((2, d))
    often = np.array([0.3, 0.08, 0.08]) * spread(3, 0.5)
    long = np.array([0.25, 0.6, 0.6]) * spread(3, 0.3)
    return Person(
        REST * spread(d, 0.5),
        spread(d, 0.35),
        drive,
        0.3 * spread(d, 0.5),
        tics,
        often,
        long,
        0.15 * min(style, 1.0),
    )


def record(
    own: Person,
    rng: np.random.Generator,
    seconds: int,
    fps: int,
    delay: float,
    noise: float,
    lost: float,
) -> tuple[Array, Array, Array]:
    """(units (frames, 17), ratings (frames, 2), affect (frames, 2)); NaN where tracking failed."""
    frames, late = seconds * fps, round(delay * fps)
    affect = np.tanh(_smooth(rng, frames + late, AFFECT * fps))
    now = affect[late:]
    raw = np.maximum(
        own.rest + own.wide * rng.standard_normal(len(UNITS)) + own.gain * (now @ own.drive), 0
    )
    moved = np.stack([_followed(raw[:, j], own.tempo[j] * fps) for j in range(len(UNITS))], 1)
    blinks, *tics = (
        _events(rng, frames, often / fps, long * fps)
        for often, long in zip(own.often, own.long, strict=True)
    )
    moved[:, BLINK] += 3 * blinks
    for course, tic in zip(tics, own.tics, strict=True):
        moved += course[:, None] * tic
    units = np.clip(moved + noise * rng.standard_normal(moved.shape), 0, MOST)
    units[_events(rng, frames, lost / fps, fps) > 0] = np.nan
    drift = RATER * affect.std() * _smooth(rng, frames, AFFECT * fps)
    return units, np.clip(affect[:frames] + drift, -1, 1), now


def _smooth(rng: np.random.Generator, frames: int, width: float) -> Array:
    """(frames, 2) of unit deviation that change over `width` frames."""
    walk = gaussian_filter1d(rng.standard_normal((frames, 2)), width, axis=0, mode="wrap")
    return walk * np.sqrt(2 * width * np.sqrt(np.pi))


def _followed(course: Array, width: float) -> Array:
    """What a muscle makes of it that follows within so many frames."""
    keep = np.exp(-1 / max(width, 1e-3))
    return lfilter([1 - keep], [1, -keep], course, zi=[keep * course[0]])[0]


def _events(rng: np.random.Generator, frames: int, often: float, long: float) -> Array:
    """(frames,) humps between 0 and 1 of about `long` frames, `often` a frame."""
    starts = np.flatnonzero(rng.random(frames) < often)
    course = np.zeros(frames + 8 * int(np.ceil(long)) + 8)
    for start in starts:
        size = max(1, round(long * rng.uniform(0.7, 1.4)))
        course[start : start + size] = np.maximum(
            course[start : start + size], np.sin(np.pi * (np.arange(size) + 0.5) / size)
        )
    return course[:frames]
