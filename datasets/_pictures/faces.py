"""What a drawn face is made from: who it is, what it shows, and how the picture is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

HAIR_STYLES = ("bald", "short", "parted", "long", "curly", "bun")
HAIR_COLOURS = np.array(
    [
        [0.10, 0.08, 0.07],
        [0.32, 0.20, 0.11],
        [0.62, 0.45, 0.20],
        [0.55, 0.24, 0.10],
        [0.62, 0.62, 0.63],
    ]
)
LIGHT_SKIN = np.array([0.97, 0.80, 0.68])
DARK_SKIN = np.array([0.36, 0.23, 0.16])

Colour = tuple[float, ...]  # red, green, blue in [0, 1]


class Muscles(NamedTuple):
    """What a face shows: positions of seven muscles, 0 at rest."""

    inner_brow: float  # up
    outer_brow: float  # up
    eyes: float  # open
    corners: float  # of the mouth, up
    jaw: float  # dropped
    width: float  # of the mouth
    press: float  # of the lips


# Positions of each expression at full strength, after Ekman's prototypes
EXPRESSIONS: dict[str, Muscles] = {
    "neutral": Muscles(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "happy": Muscles(0.1, 0.1, -0.35, 1.0, 0.35, 0.6, 0.0),
    "sad": Muscles(0.9, -0.5, -0.3, -0.8, 0.0, -0.2, 0.2),
    "surprise": Muscles(0.9, 0.9, 0.9, 0.0, 1.0, -0.5, 0.0),
    "anger": Muscles(-1.0, 0.2, -0.2, -0.5, 0.0, -0.1, 1.0),
    "disgust": Muscles(-0.6, -0.4, -0.6, -0.7, 0.3, 0.1, 0.0),
    "fear": Muscles(0.8, 0.1, 0.8, -0.45, 0.5, 0.5, 0.0),
}


@dataclass(frozen=True)
class Person:
    """What stays: proportions in units of the face, colours in [0, 1]."""

    width: float
    height: float
    jaw: float
    skin: Colour
    hair: Colour
    style: int
    hairline: float
    eye_gap: float
    eye_size: float
    iris: Colour
    brow: float
    brow_height: float
    nose: float
    nose_width: float
    mouth: float
    lips: float
    mouth_height: float
    ears: float
    glasses: bool
    beard: float
    moustache: bool
    mole: tuple[float, float]


@dataclass(frozen=True)
class View:
    """What changes from picture to picture: pose (radians, units of the square), light, noise."""

    yaw: float
    pitch: float
    roll: float
    scale: float
    shift: tuple[float, float]
    light: tuple[float, float]
    contrast: float
    brightness: float
    background: float
    noise: float


def person(rng: np.random.Generator, style: int) -> Person:
    """A person at random; the hair style is given, so that few people do not all share one."""
    u = rng.uniform
    tone = u(0.15, 1)
    skin = tone * LIGHT_SKIN + (1 - tone) * DARK_SKIN
    return Person(
        width=u(0.25, 0.32),
        height=u(0.33, 0.40),
        jaw=u(0.62, 0.98),
        skin=tuple(skin),
        hair=tuple(HAIR_COLOURS[rng.integers(len(HAIR_COLOURS))]),
        style=style,
        hairline=u(0.50, 0.72),
        eye_gap=u(0.115, 0.145),
        eye_size=u(0.048, 0.064),
        iris=tuple(u(0.05, 0.45, 3)),
        brow=u(0.014, 0.030),
        brow_height=u(0.075, 0.10),
        nose=u(0.09, 0.15),
        nose_width=u(0.03, 0.06),
        mouth=u(0.090, 0.125),
        lips=u(0.010, 0.024),
        mouth_height=u(0.185, 0.225),
        ears=u(0.02, 0.05),
        glasses=bool(u() < 0.25),
        beard=u(0.3, 0.8) if u() < 0.25 else 0.0,
        moustache=bool(u() < 0.2),
        mole=(u(-0.16, 0.16), u(0.02, 0.2)),
    )


def view(rng: np.random.Generator, nuisance: float, noise: float) -> View:
    """A view at random; nuisance 1 turns the head by up to about 20 degrees."""

    def swing(deviation: float) -> float:
        return nuisance * rng.normal(0, deviation)

    return View(
        yaw=swing(0.14),
        pitch=swing(0.08),
        roll=swing(0.04),
        scale=1.18 + swing(0.025),
        shift=(swing(0.012), swing(0.012)),
        light=(swing(0.20), swing(0.10)),
        contrast=1 + swing(0.10),
        brightness=swing(0.04),
        background=float(rng.uniform(0.35, 0.8)),
        noise=noise * float(rng.uniform(0.5, 1.5)),
    )
