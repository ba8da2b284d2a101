"""The head of a drawn face: outline, ears, neck, beard, mole, and the hair behind and before it."""

from __future__ import annotations

import numpy as np

from ...bench.types import Array
from .canvas import Canvas, curve, shade
from .faces import HAIR_STYLES, Person

CORNERS = 80  # of the outline
NECK = 0.11  # half its width, at the chin and at the shoulders
SHOULDERS = 0.13
NECK_TOP = 0.2
NECK_END = 0.55
NECK_DEPTH = -0.04  # how far a part stands out of the head, for `Canvas`
EAR_DEPTH = -0.05
MOLE_DEPTH = 0.06
FRINGE_DEPTH = 0.02
EAR_HEIGHT = 0.065
MOLE = 0.011
CHIN = 0.08  # below it, a beard grows
CURL = 0.085
CURLS = 11
HAIR_END = 0.42  # where long hair ends


def head(canvas: Canvas, person: Person) -> None:
    """Draws ears, neck, face, beard and mole."""
    _ears(canvas, person)
    _neck(canvas, person)
    canvas.fill(_outline(person), person.skin)
    if person.beard:
        _beard(canvas, person)
    x, y = person.mole
    dark = shade(person.skin, 0.5)
    canvas.ellipse(x, y, MOLE, MOLE, dark, MOLE_DEPTH)


def _neck(canvas: Canvas, person: Person) -> None:
    """In the shadow of the head."""
    top = [[-NECK, NECK_TOP], [NECK, NECK_TOP]]
    end = [[SHOULDERS, NECK_END], [-SHOULDERS, NECK_END]]
    shadow = shade(person.skin, 0.82)
    canvas.fill(top + end, shadow, NECK_DEPTH)


def _outline(person: Person, grow: float = 0.0) -> Array:
    """The head (80, 2): an ellipse whose lower half narrows or squares with the jaw."""
    turn = 2 * np.pi
    t = np.linspace(0, turn, CORNERS, endpoint=False)
    cos = np.cos(t)
    sin = np.sin(t)
    power = np.where(sin > 0, person.jaw, 1.0)  # below 1 is squarer
    bulge = np.abs(cos) ** power
    across = np.sign(cos) * bulge
    width = person.width + grow
    height = person.height + grow
    return curve(across * width, sin * height)


def _around(points: Array) -> Array:
    """Points (m, 2) in their order around the middle of the head."""
    x, y = points.T
    angle = np.arctan2(y, x)
    return points[np.argsort(angle)]


def _ears(canvas: Canvas, person: Person) -> None:
    """An ear on either side."""
    x = person.width + 0.4 * person.ears
    skin = shade(person.skin, 0.88)
    for side in (-1, 1):
        canvas.ellipse(side * x, 0.0, person.ears, EAR_HEIGHT, skin, EAR_DEPTH)


def _beard(canvas: Canvas, person: Person) -> None:
    """The lower part of the face in a colour between skin and hair."""
    face = _outline(person, -0.004)
    _, y = face.T
    chin = face[y > CHIN]
    skin = shade(person.skin, 1 - person.beard)
    hair = shade(person.hair, person.beard)
    canvas.fill(_around(chin), skin + hair)


def hair_behind(canvas: Canvas, person: Person) -> None:
    """Draws what of the hair the head hides in part."""
    style = HAIR_STYLES[person.style]
    if style == "long":
        _long_hair(canvas, person)
    elif style == "bun":
        _bun(canvas, person)
    elif style == "curly":
        _curls(canvas, person)


def _long_hair(canvas: Canvas, person: Person) -> None:
    """Hair that falls to the shoulders."""
    top = person.width + 0.09
    bottom = person.width + 0.07
    tall = person.height + 0.05
    left = [-bottom, HAIR_END]
    right = [bottom, HAIR_END]
    fall = [[-top, 0], [top, 0], right, left]
    canvas.ellipse(0, 0.06, top, tall, person.hair)
    canvas.fill(fall, person.hair)


def _bun(canvas: Canvas, person: Person) -> None:
    """A knot on top of the head."""
    y = -person.height - 0.05
    canvas.ellipse(0, y, 0.10, 0.08, person.hair)


def _curls(canvas: Canvas, person: Person) -> None:
    """Balls of hair from ear to ear."""
    across = person.width + 0.02
    up = person.height + 0.01
    first = np.pi * 0.95
    last = np.pi * 2.05
    for t in np.linspace(first, last, CURLS):
        x = across * np.cos(t)
        y = up * np.sin(t) - 0.02
        canvas.ellipse(x, y, CURL, CURL, person.hair)


def hair_front(canvas: Canvas, person: Person) -> None:
    """Draws the hair above the hairline."""
    style = HAIR_STYLES[person.style]
    if style == "bald":
        return
    outline = _outline(person, 0.018)
    line = -person.height * person.hairline
    _, y = outline.T
    top = _around(outline[y < line])
    if style == "parted":
        fringe = _fringe(person.width, line)
        top = np.vstack([top, fringe])
    canvas.fill(top, person.hair, FRINGE_DEPTH)


def _fringe(width: float, line: float) -> Array:
    """Points (3, 2) of a fringe that falls to one side of a hairline."""
    right = width * 0.95
    part = -width * 0.35
    left = -width * 0.9
    low = [right, line + 0.10]
    high = [part, line - 0.02]
    end = [left, line + 0.05]
    return np.array([low, high, end])
