"""How affect becomes action units: a person's resting face, gains, tempo, blinks and tics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

from ...bench.types import Array
from .openface_csv import UNITS

# What valence and arousal do to each unit, by what EMFACS and its kin say they go with (12 smiles,
# 4 frowns, 5 stares), and how much of it a resting face shows
TABLE = {
    "01": (0.1, 0.7, 0.3),
    "02": (0.2, 0.7, 0.2),
    "04": (-1.0, 0.2, 0.4),
    "05": (0.0, 1.0, 0.1),
    "06": (1.2, 0.4, 0.3),
    "07": (0.1, 0.4, 0.3),
    "09": (-0.5, 0.1, 0.1),
    "10": (-0.3, 0.2, 0.3),
    "12": (1.6, 0.3, 0.3),
    "14": (0.3, 0.0, 0.4),
    "15": (-0.9, -0.2, 0.2),
    "17": (-0.6, 0.0, 0.4),
    "20": (-0.4, 0.5, 0.2),
    "23": (-0.4, 0.3, 0.2),
    "25": (0.5, 1.0, 0.5),
    "26": (0.1, 1.1, 0.4),
    "45": (0.0, 0.0, 0.1),
}
VALENCE, AROUSAL, REST = np.array([TABLE[unit] for unit in UNITS]).T
BLINK = UNITS.index("45")
OFTEN = np.array([0.3, 0.08, 0.08])  # events a second of a blink and two tics
LONG = np.array([0.25, 0.6, 0.6])  # their seconds
MOST = 5.0  # OpenFace's intensities
AFFECT = 3.0  # seconds over which affect changes
RATER = 0.4  # deviation of the raters' own drift, in that of affect


@dataclass(frozen=True)
class Person:
    """How affect moves a face.

    rest, gain: (17,). drive: (2, 17) of valence and arousal. tempo: (17,) seconds. tics: (2, 17) of
    two tics. often: events a second of a blink and the two tics. long: their seconds. wide: the
    deviation of each recording's own resting face.
    """

    rest: Array
    gain: Array
    drive: Array
    tempo: Array
    tics: Array
    often: Array
    long: Array
    wide: float = 0.15


@dataclass(frozen=True)
class Session:
    """How each recording is taken.

    seconds: its length. fps: frames a second. delay: seconds by which ratings come late. noise:
    deviation of each frame's error. lost: how often a second tracking fails, for about a second.
    """

    seconds: int
    fps: int
    delay: float
    noise: float
    lost: float


def person(rng: np.random.Generator, style: float) -> Person:
    """A person at random; with style 0 all are the same."""
    d = len(UNITS)
    strength = min(style, 1.0)

    def spread(size: int, scale: float) -> Array:
        return np.exp(scale * style * rng.standard_normal(size))

    tics = np.zeros((2, d))
    for tic in tics:
        size = rng.uniform(0.8, 2.0, 3) * strength
        moved = rng.choice(d - 1, 3, replace=False)
        tic[moved] = size
    usual = np.stack([VALENCE, AROUSAL])
    drive = usual + 0.2 * style * rng.standard_normal((2, d))
    often = OFTEN * spread(3, 0.5)
    long = LONG * spread(3, 0.3)
    rest = REST * spread(d, 0.5)
    gain = spread(d, 0.35)
    tempo = 0.3 * spread(d, 0.5)
    return Person(rest, gain, drive, tempo, tics, often, long, 0.15 * strength)


def record(shown: Person, session: Session, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """(units (t, 17), ratings (t, 2), affect (t, 2)); units are NaN where tracking failed."""
    fps = session.fps
    frames = session.seconds * fps
    delay = session.delay * fps
    late = round(delay)
    slow = AFFECT * fps
    affect = np.tanh(_smooth(rng, frames + late, slow))
    now = affect[late:]
    moved = _moved(shown, now, fps, rng)
    error = session.noise * rng.standard_normal(moved.shape)
    units = np.clip(moved + error, 0, MOST)
    losses = _events(rng, frames, session.lost / fps, fps)
    units[losses > 0] = np.nan
    drift = RATER * affect.std() * _smooth(rng, frames, slow)
    felt = affect[:frames]
    ratings = np.clip(felt + drift, -1, 1)
    return units, ratings, now


def _moved(shown: Person, affect: Array, fps: int, rng: np.random.Generator) -> Array:
    """(t, 17) the units of a person with affect (t, 2), with blinks and tics, before any error."""
    today = shown.wide * rng.standard_normal(len(UNITS))
    rest = shown.rest + today
    driven = affect @ shown.drive
    meant = np.maximum(rest + shown.gain * driven, 0)
    courses = []
    for course, tempo in zip(meant.T, shown.tempo, strict=True):
        courses.append(_followed(course, tempo * fps))
    moved = np.stack(courses, 1)
    events = []
    for often, long in zip(shown.often, shown.long, strict=True):
        event = _events(rng, len(affect), often / fps, long * fps)
        events.append(event)
    blinks, *tics = events
    moved[:, BLINK] += 3 * blinks
    for course, tic in zip(tics, shown.tics, strict=True):
        moved += course[:, None] * tic
    return moved


def _smooth(rng: np.random.Generator, frames: int, width: float) -> Array:
    """(t, 2) of unit deviation that change over `width` frames."""
    steps = rng.standard_normal((frames, 2))
    walk = gaussian_filter1d(steps, width, axis=0, mode="wrap")
    narrowed = 2 * width * np.sqrt(np.pi)
    return walk * np.sqrt(narrowed)


def _followed(course: Array, width: float) -> Array:
    """(t,) what a muscle makes of a course (t,) that it follows within so many frames."""
    delay = max(width, 1e-3)
    keep = np.exp(-1 / delay)
    first = keep * course[0]
    followed, _ = lfilter([1 - keep], [1, -keep], course, zi=[first])
    return followed


def _events(rng: np.random.Generator, frames: int, often: float, long: float) -> Array:
    """(t,) humps between 0 and 1 of about `long` frames, `often` a frame."""
    begins = rng.random(frames) < often
    beyond = 8 * int(np.ceil(long)) + 8  # a hump may begin in the last frame
    course = np.zeros(frames + beyond)
    for start in np.flatnonzero(begins):
        length = long * rng.uniform(0.7, 1.4)
        size = max(1, round(length))
        middles = np.arange(size) + 0.5
        hump = np.sin(np.pi * middles / size)
        part = slice(start, start + size)
        course[part] = np.maximum(course[part], hump)
    return course[:frames]
