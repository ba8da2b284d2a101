"""The features of a drawn face that move or look: eyes with brows and glasses, nose, and mouth."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...bench.types import Array
from .canvas import Canvas, curve, shade
from .faces import Muscles, Person

EYE_WHITE = (0.97, 0.97, 0.95)
PUPIL = (0.02, 0.02, 0.02)
GLASSES = (0.08, 0.08, 0.1)
RED = np.array([0.30, 0.06, 0.08])  # of lips
INSIDE = (0.16, 0.04, 0.05)  # of the mouth
SHADOW = 0.3  # brightness of the skin between closed lips
SOCKET = 0.72  # of eyes
TEETH = (0.93, 0.92, 0.88)

EYE_DEPTH = 0.10  # how far a feature stands out of the head, for `Canvas`
LENS_DEPTH = EYE_DEPTH + 0.02
BRIDGE_DEPTH = 0.13
NOSE_DEPTH = 0.13
WINGS_DEPTH = 0.14
MOUSTACHE_DEPTH = 0.10
MOUTH_DEPTH = 0.09

EYE_LEVEL = -0.05
RIM = 0.011  # width of the frame of glasses
LENS_WIDTH = 0.075
LENS_HEIGHT = 0.06
OPEN = 0.05  # a jaw that drops further opens the mouth


# ---- eyes ----------------------------------------------------------------------------------------


def eyes(canvas: Canvas, person: Person, face: Muscles) -> None:
    """Draws both eyes, their brows, and glasses in front of them."""
    for side in (-1, 1):
        _eye(canvas, person, side, face)
        _brow(canvas, person, side, face)
        if person.glasses:
            _lens(canvas, side * person.eye_gap)
    if person.glasses:
        _bridge(canvas, person)


def _eye(canvas: Canvas, person: Person, side: int, face: Muscles) -> None:
    """Socket, white, iris and pupil.

    Args:
        canvas: to draw on.
        person: whose eye it is.
        side: -1 or 1.
        face: says how far the eye is open.
    """
    x = side * person.eye_gap
    size = person.eye_size
    gain = 0.75 if face.eyes > 0 else 0.9
    opened = 1 + gain * face.eyes
    tall = size * 0.62 * opened
    iris = size * 0.5
    pupil = size * 0.22

    def oval(rx: float, ry: float, colour: ArrayLike) -> None:
        canvas.ellipse(x, EYE_LEVEL, rx, ry, colour, EYE_DEPTH)

    socket = shade(person.skin, SOCKET)
    oval(size * 1.08, tall * 1.25, socket)
    oval(size, tall, EYE_WHITE)
    iris_width = min(iris, tall * 1.05)
    iris_height = min(iris, tall)
    oval(iris_width, iris_height, person.iris)
    pupil_height = min(pupil, tall)
    oval(size * 0.2, pupil_height, PUPIL)


def _brow(canvas: Canvas, person: Person, side: int, face: Muscles) -> None:
    """One brow, bent where its middle or its ends are raised.

    Args:
        canvas: to draw on.
        person: whose brow it is.
        side: -1 or 1.
        face: says how far the brow is raised.
    """
    x = side * person.eye_gap
    y = EYE_LEVEL - person.brow_height
    reach = side * person.eye_size
    inner = face.inner_brow
    outer = face.outer_brow
    near_x = x - reach * 1.15
    near_y = y - 0.038 * inner
    raised = 0.020 * (inner + outer)
    middle_y = y - 0.012 - raised
    far_x = x + reach * 1.35
    far_y = y + 0.012 - 0.034 * outer
    points = [[near_x, near_y], [x, middle_y], [far_x, far_y]]
    hair = shade(person.hair, 0.8)
    canvas.line(points, person.brow, hair, EYE_DEPTH)


def _lens(canvas: Canvas, x: float) -> None:
    """The frame of one glass, around the eye at x."""
    turn = 2 * np.pi
    t = np.linspace(0, turn, 30)
    across = LENS_WIDTH * np.cos(t)
    down = LENS_HEIGHT * np.sin(t)
    frame = curve(x + across, EYE_LEVEL + down)
    canvas.line(frame, RIM, GLASSES, LENS_DEPTH)


def _bridge(canvas: Canvas, person: Person) -> None:
    """What joins the two glasses."""
    end = person.eye_gap - 0.07
    left = [-end, EYE_LEVEL]
    right = [end, EYE_LEVEL]
    canvas.line([left, right], RIM, GLASSES, BRIDGE_DEPTH)


# ---- nose ----------------------------------------------------------------------------------------


def nose(canvas: Canvas, person: Person, face: Muscles) -> None:
    """Draws its back and its wings, higher where it is wrinkled, and a moustache below."""
    frown = -face.inner_brow - face.outer_brow
    wrinkle = max(frown, 0)
    tip = person.nose - 0.012 * wrinkle
    wide = person.nose_width
    bridge = [-0.012, -0.03]
    left = -wide * 0.8
    back = [bridge, [left, tip]]
    end = tip + 0.018
    wings = [[-wide, tip], [0, end], [wide, tip]]
    light = shade(person.skin, 0.78)
    canvas.line(back, 0.009, light, NOSE_DEPTH)
    dark = shade(person.skin, 0.62)
    canvas.line(wings, 0.013, dark, WINGS_DEPTH)
    if person.moustache:
        _moustache(canvas, person, tip)


def _moustache(canvas: Canvas, person: Person, tip: float) -> None:
    """A triangle below the tip of the nose."""
    low = tip + 0.055
    high = tip + 0.028
    wide = 0.08
    triangle = [[-wide, low], [0, high], [wide, low]]
    canvas.fill(triangle, person.hair, MOUSTACHE_DEPTH)


# ---- mouth ---------------------------------------------------------------------------------------


def mouth(canvas: Canvas, person: Person, face: Muscles) -> None:
    """Draws the lips, and between them a line, or the inside and teeth of an open mouth."""
    u = np.linspace(-1, 1, 21)
    arch = 1 - u**2
    widened = 1 + 0.28 * face.width
    half = person.mouth * widened
    x = u * half
    lowered = person.mouth_height + 0.01 * face.jaw
    level = lowered - 0.012 * face.corners
    bend = 0.055 * face.corners * arch  # the middle sinks as the corners rise
    dropped = 0.085 * max(face.jaw, 0)
    top = level + bend
    drop = dropped * arch
    pressed = 1 - 0.55 * face.press
    lips = person.lips * pressed
    full = lips * arch
    fuller = 1.3 * lips * arch
    upper = top - full - 0.003
    lower = top + drop + fuller + 0.003
    red = shade(person.skin, 0.45) + RED
    _fill_between(canvas, curve(x, upper), curve(x, lower), red)
    if face.jaw > OPEN:
        _open(canvas, x, top, drop)
    else:
        _closed(canvas, curve(x, top), person)


def _closed(canvas: Canvas, line: Array, person: Person) -> None:
    """The line (m, 2) between closed lips."""
    dark = shade(person.skin, SHADOW)
    canvas.line(line, 0.010, dark, MOUTH_DEPTH)


def _open(canvas: Canvas, x: Array, top: Array, drop: Array) -> None:
    """The inside and the upper teeth, between lips at heights top and top + drop.

    Args:
        canvas: to draw on.
        x: (m,) of both lips, with the corners of the mouth.
        top: (m,) of the upper lip.
        drop: (m,) how far the lower lip is below it.
    """
    inner = x * 0.9
    upper = curve(inner, top)
    lower = curve(inner, top + drop)
    _fill_between(canvas, upper, lower, INSIDE)
    bitten = top + 0.35 * drop
    gums = upper * [0.83, 1]
    edge = curve(x * 0.75, bitten)
    _fill_between(canvas, gums, edge, TEETH)


def _fill_between(canvas: Canvas, upper: Array, lower: Array, colour: ArrayLike) -> None:
    """What lies between two curves (m, 2)."""
    back = lower[::-1]
    outline = np.vstack([upper, back])
    canvas.fill(outline, colour, MOUTH_DEPTH)
