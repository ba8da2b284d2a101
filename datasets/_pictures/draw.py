"""Draw one cartoon face from numbers: who it is, what it shows, and how the picture was taken.

Everything is drawn in a unit square (x to the right, y down) on a canvas four times too large and
then reduced, which gives smooth edges at 48 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...bench.types import Array

SUPERSAMPLING = 4
HAIR_STYLES = ("bald", "short", "parted", "long", "curly", "bun")

# Muscle positions of each expression at full strength, after Ekman's prototypes:
# inner brow up, outer brow up, eye opening, mouth corners up, jaw drop, mouth width, lip press
EXPRESSIONS: dict[str, tuple[float, ...]] = {
    "neutral": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "happy": (0.1, 0.1, -0.35, 1.0, 0.35, 0.6, 0.0),
    "sad": (0.9, -0.5, -0.3, -0.8, 0.0, -0.2, 0.2),
    "surprise": (0.9, 0.9, 0.9, 0.0, 1.0, -0.5, 0.0),
    "anger": (-1.0, 0.2, -0.2, -0.5, 0.0, -0.1, 1.0),
    "disgust": (-0.6, -0.4, -0.6, -0.7, 0.3, 0.1, 0.0),
    "fear": (0.8, 0.1, 0.8, -0.45, 0.5, 0.5, 0.0),
}


@dataclass(frozen=True)
class Person:
    """What stays: proportions in units of the face, colours in [0, 1]."""

    width: float
    height: float
    jaw: float
    skin: tuple[float, ...]
    hair: tuple[float, ...]
    style: int
    hairline: float
    eye_gap: float
    eye_size: float
    iris: tuple[float, ...]
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
    """What changes from picture to picture: pose in radians and units of the square, light, camera."""

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
    tone = rng.uniform(0.15, 1)
    hues = np.array(
        [
            [0.10, 0.08, 0.07],
            [0.32, 0.20, 0.11],
            [0.62, 0.45, 0.20],
            [0.55, 0.24, 0.10],
            [0.62, 0.62, 0.63],
        ]
    )
    u = rng.uniform
    return Person(
        width=u(0.25, 0.32),
        height=u(0.33, 0.40),
        jaw=u(0.62, 0.98),
        skin=tuple(tone * np.array([0.97, 0.80, 0.68]) + (1 - tone) * np.array([0.36, 0.23, 0.16])),
        hair=tuple(hues[rng.integers(len(hues))]),
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
    """A picture at random; nuisance 1 turns the head by up to about 20 degrees."""
    n, g = nuisance, rng.normal
    return View(
        yaw=n * g(0, 0.14),
        pitch=n * g(0, 0.08),
        roll=n * g(0, 0.04),
        scale=1.18 + n * g(0, 0.025),
        shift=(n * g(0, 0.012), n * g(0, 0.012)),
        light=(n * g(0, 0.20), n * g(0, 0.10)),
        contrast=1 + n * g(0, 0.10),
        brightness=n * g(0, 0.04),
        background=float(rng.uniform(0.35, 0.8)),
        noise=noise * float(rng.uniform(0.5, 1.5)),
    )


class _Canvas:
    """Filled shapes in face coordinates: the origin is the middle of the head, the view is applied here, once."""

    def __init__(self, size: int, seen: View):
        from PIL import Image, ImageDraw

        self.pixels, self.seen = size * SUPERSAMPLING, seen
        grey = int(255 * seen.background)
        self.image = Image.new("RGB", (self.pixels, self.pixels), (grey, grey, grey))
        self.pen = ImageDraw.Draw(self.image)

    def place(self, points: Array, depth: float) -> list[tuple[float, float]]:
        """Face coordinates (m, 2) to pixels; features with depth slide over the head as it turns."""
        v, p = self.seen, np.asarray(points, float)
        x = p[:, 0] * np.cos(v.yaw) + depth * np.sin(v.yaw)
        y = p[:, 1] * np.cos(v.pitch) + depth * np.sin(v.pitch)
        c, s = np.cos(v.roll) * v.scale, np.sin(v.roll) * v.scale
        q = np.stack([c * x - s * y + 0.5 + v.shift[0], s * x + c * y + 0.50 + v.shift[1]], axis=1)
        return [(float(a), float(b)) for a, b in q * self.pixels]

    def fill(self, points: Array, colour: Any, depth: float = 0.0) -> None:
        self.pen.polygon(self.place(points, depth), fill=_rgb(colour))

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, colour: Any, depth: float = 0.0
    ) -> None:
        t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        self.fill(np.stack([x + rx * np.cos(t), y + ry * np.sin(t)], axis=1), colour, depth)

    def line(self, points: Array, width: float, colour: Any, depth: float = 0.0) -> None:
        thick = max(1, round(width * self.pixels))
        self.pen.line(self.place(points, depth), fill=_rgb(colour), width=thick, joint="curve")


def _rgb(colour: Any) -> tuple[int, ...]:
    return tuple(int(v) for v in np.clip(np.asarray(colour, float) * 255, 0, 255))


def _outline(p: Person, grow: float = 0.0) -> Array:
    """The head: an ellipse whose lower half narrows or squares with the jaw."""
    t = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    power = np.where(np.sin(t) > 0, p.jaw, 1.0)  # below 1 is squarer
    x = np.sign(np.cos(t)) * np.abs(np.cos(t)) ** power * (p.width + grow)
    return np.stack([x, np.sin(t) * (p.height + grow)], axis=1)


def _hair_behind(c: _Canvas, p: Person) -> None:
    if HAIR_STYLES[p.style] == "long":
        c.ellipse(0, 0.06, p.width + 0.09, p.height + 0.05, p.hair)
        c.fill(
            np.array(
                [
                    [-p.width - 0.09, 0],
                    [p.width + 0.09, 0],
                    [p.width + 0.07, 0.42],
                    [-p.width - 0.07, 0.42],
                ]
            ),
            p.hair,
        )
    elif HAIR_STYLES[p.style] == "bun":
        c.ellipse(0, -p.height - 0.05, 0.10, 0.08, p.hair)
    elif HAIR_STYLES[p.style] == "curly":
        for t in np.linspace(np.pi * 0.95, np.pi * 2.05, 11):
            c.ellipse(
                (p.width + 0.02) * np.cos(t),
                (p.height + 0.01) * np.sin(t) - 0.02,
                0.085,
                0.085,
                p.hair,
            )


def _hair_front(c: _Canvas, p: Person) -> None:
    style = HAIR_STYLES[p.style]
    if style == "bald":
        return
    head = _outline(p, 0.018)
    line = -p.height * p.hairline
    top = head[head[:, 1] < line]
    top = top[np.argsort(np.arctan2(top[:, 1], top[:, 0]))]
    if style == "parted":  # a fringe that falls to one side
        top = np.vstack(
            [
                top,
                [[p.width * 0.95, line + 0.10]],
                [[-p.width * 0.35, line - 0.02]],
                [[-p.width * 0.9, line + 0.05]],
            ]
        )
    c.fill(top, p.hair, 0.02)


def _eye(c: _Canvas, p: Person, side: int, face: tuple[float, ...]) -> None:
    inner, outer, opening = face[0], face[1], face[2]
    x, y, depth = side * p.eye_gap, -0.05, 0.10
    ry = p.eye_size * 0.62 * (1 + 0.75 * opening if opening > 0 else 1 + 0.9 * opening)
    c.ellipse(x, y, p.eye_size * 1.08, ry * 1.25, np.array(p.skin) * 0.72, depth)
    c.ellipse(x, y, p.eye_size, ry, (0.97, 0.97, 0.95), depth)
    c.ellipse(x, y, min(p.eye_size * 0.5, ry * 1.05), min(p.eye_size * 0.5, ry), p.iris, depth)
    c.ellipse(x, y, p.eye_size * 0.2, min(p.eye_size * 0.22, ry), (0.02, 0.02, 0.02), depth)
    base = y - p.brow_height
    ends = np.array(
        [
            [x - side * p.eye_size * 1.15, base - 0.038 * inner],
            [x, base - 0.012 - 0.020 * (inner + outer)],
            [x + side * p.eye_size * 1.35, base + 0.012 - 0.034 * outer],
        ]
    )
    c.line(ends, p.brow, np.array(p.hair) * 0.8, depth)
    if p.glasses:
        t = np.linspace(0, 2 * np.pi, 30)
        ring = np.stack([x + 0.075 * np.cos(t), y + 0.06 * np.sin(t)], axis=1)
        c.line(ring, 0.011, (0.08, 0.08, 0.1), depth + 0.02)


def _mouth(c: _Canvas, p: Person, face: tuple[float, ...]) -> None:
    corners, jaw, wide, press = face[3:]
    half = p.mouth * (1 + 0.28 * wide)
    u = np.linspace(-1, 1, 21)
    bend = 0.055 * corners * (1 - u**2)  # the middle sinks as the corners rise
    drop = 0.085 * max(jaw, 0) * (1 - u**2)
    lips = p.lips * (1 - 0.55 * press)
    y, depth = p.mouth_height + 0.01 * jaw - 0.012 * corners, 0.09
    upper = np.stack([u * half, y + bend - lips * (1 - u**2) - 0.003], axis=1)
    lower = np.stack([u * half, y + bend + drop + 1.3 * lips * (1 - u**2) + 0.003], axis=1)
    c.fill(
        np.vstack([upper, lower[::-1]]),
        np.array(p.skin) * 0.45 + np.array([0.30, 0.06, 0.08]),
        depth,
    )
    inside = np.vstack(
        [
            np.stack([u * half * 0.9, y + bend], 1),
            np.stack([u * half * 0.9, y + bend + drop], 1)[::-1],
        ]
    )
    if jaw > 0.05:
        c.fill(inside, (0.16, 0.04, 0.05), depth)
        teeth = np.stack([u * half * 0.75, y + bend + 0.35 * drop], 1)
        c.fill(np.vstack([inside[:21] * [0.83, 1], teeth[::-1]]), (0.93, 0.92, 0.88), depth)
    else:
        c.line(np.stack([u * half, y + bend], 1), 0.010, np.array(p.skin) * 0.3, depth)


def _head(c: _Canvas, p: Person) -> None:
    skin = np.array(p.skin)
    for side in (-1, 1):
        c.ellipse(side * (p.width + 0.4 * p.ears), 0.0, p.ears, 0.065, skin * 0.88, -0.05)
    c.fill(np.array([[-0.11, 0.2], [0.11, 0.2], [0.13, 0.55], [-0.13, 0.55]]), skin * 0.82, -0.04)
    c.fill(_outline(p), skin)
    if p.beard:
        chin = _outline(p, -0.004)
        chin = chin[chin[:, 1] > 0.08]
        c.fill(
            chin[np.argsort(np.arctan2(chin[:, 1], chin[:, 0]))],
            skin * (1 - p.beard) + np.array(p.hair) * p.beard,
        )
    c.ellipse(*p.mole, 0.011, 0.011, skin * 0.5, 0.06)


def _nose(c: _Canvas, p: Person, wrinkle: float) -> None:
    tip, skin = p.nose - 0.012 * wrinkle, np.array(p.skin)
    c.line(np.array([[-0.012, -0.03], [-p.nose_width * 0.8, tip]]), 0.009, skin * 0.78, 0.13)
    c.line(
        np.array([[-p.nose_width, tip], [0, tip + 0.018], [p.nose_width, tip]]),
        0.013,
        skin * 0.62,
        0.14,
    )
    if p.moustache:
        c.fill(
            np.array([[-0.08, tip + 0.055], [0, tip + 0.028], [0.08, tip + 0.055]]),
            np.array(p.hair),
            0.10,
        )


def draw(
    who: Person, face: tuple[float, ...], seen: View, size: int, rng: np.random.Generator
) -> Array:
    """A picture (3, size, size) float32 in [0, 1] of a person with a face (seven muscle positions)."""
    from PIL import Image

    c = _Canvas(size, seen)
    _hair_behind(c, who)
    _head(c, who)
    for side in (-1, 1):
        _eye(c, who, side, face)
    if who.glasses:
        c.line(
            np.array([[-who.eye_gap + 0.07, -0.05], [who.eye_gap - 0.07, -0.05]]),
            0.011,
            (0.08, 0.08, 0.1),
            0.13,
        )
    _nose(c, who, max(-face[0] - face[1], 0))
    _mouth(c, who, face)
    _hair_front(c, who)
    small = np.asarray(c.image.resize((size, size), Image.Resampling.BOX), np.float32) / 255
    return _expose(small, seen, rng).transpose(2, 0, 1)


def _expose(picture: Array, seen: View, rng: np.random.Generator) -> Array:
    """Light from one side, the camera's contrast, and noise."""
    size = len(picture)
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    lit = picture * (1 + seen.light[0] * x + seen.light[1] * y)[..., None]
    lit = (lit - 0.5) * seen.contrast + 0.5 + seen.brightness
    return np.clip(lit + rng.normal(0, seen.noise, (size, size, 1)), 0, 1).astype(np.float32)
