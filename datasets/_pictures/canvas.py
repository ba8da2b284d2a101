"""A canvas for filled shapes, in the coordinates of a head that is turned, moved and scaled.

Everything is drawn in a unit square (x to the right, y down) on a canvas four times too large and
then reduced, which gives smooth edges at 48 pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...bench.types import Array
from .faces import View

SUPERSAMPLING = 4
CORNERS = 40  # of the polygon that stands for an ellipse


class Canvas:
    """Shapes in face coordinates, whose origin is the middle of the head.

    The view is applied here, once. Points are (m, 2), colours are three numbers in [0, 1]. Features
    with depth slide over the head as it turns.
    """

    def __init__(self, size: int, seen: View):
        from PIL import Image, ImageDraw

        self.size = size
        self.pixels = size * SUPERSAMPLING
        self.seen = seen
        square = (self.pixels, self.pixels)
        grey = int(255 * seen.background)
        self.image = Image.new("RGB", square, (grey, grey, grey))
        self.pen = ImageDraw.Draw(self.image)

    def fill(self, points: ArrayLike, colour: ArrayLike, depth: float = 0.0) -> None:
        """A filled polygon."""
        corners = self._placed(points, depth)
        self.pen.polygon(corners, fill=_rgb(colour))

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, colour: ArrayLike, depth: float = 0.0
    ) -> None:
        """A filled ellipse of middle (x, y) and half axes rx, ry."""
        t = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
        across = rx * np.cos(t)
        down = ry * np.sin(t)
        self.fill(curve(x + across, y + down), colour, depth)

    def line(self, points: ArrayLike, width: float, colour: ArrayLike, depth: float = 0.0) -> None:
        """A line through points, of a width in units of the square."""
        thick = max(1, round(width * self.pixels))
        course = self._placed(points, depth)
        self.pen.line(course, fill=_rgb(colour), width=thick, joint="curve")

    def reduced(self) -> Array:
        """The picture (size, size, 3) float32 in [0, 1]."""
        from PIL import Image

        square = (self.size, self.size)
        small = self.image.resize(square, Image.Resampling.BOX)
        return np.asarray(small, np.float32) / 255

    def _placed(self, points: ArrayLike, depth: float) -> list[tuple[float, ...]]:
        """Where points of the face lie on the canvas, in its pixels."""
        x, y = np.asarray(points, float).T
        x = _turned(x, self.seen.yaw, depth)
        y = _turned(y, self.seen.pitch, depth)
        unit = self._rolled(x, y)
        pixels = unit * self.pixels
        return [tuple(point) for point in pixels.tolist()]

    def _rolled(self, x: Array, y: Array) -> Array:
        """Points (m, 2) in the unit square: the head leans, is scaled and moved."""
        roll = self.seen.roll
        scale = self.seen.scale
        right, down = self.seen.shift
        cos = np.cos(roll) * scale
        sin = np.sin(roll) * scale
        leaning_x = cos * x - sin * y
        leaning_y = sin * x + cos * y
        return curve(leaning_x + 0.5 + right, leaning_y + 0.50 + down)


def curve(x: Array, y: Array) -> Array:
    """Points (m, 2) of their coordinates (m,)."""
    return np.stack([x, y], axis=1)


def _turned(along: Array, angle: float, depth: float) -> Array:
    """Coordinates (m,) along one axis of points of a depth, after a turn of the head (radians)."""
    flat = along * np.cos(angle)
    deep = depth * np.sin(angle)
    return flat + deep


def _rgb(colour: ArrayLike) -> tuple[int, ...]:
    """The colour as Pillow takes it, in 0 to 255."""
    bright = np.asarray(colour, float) * 255
    levels = np.clip(bright, 0, 255)
    return tuple(int(level) for level in levels)


def shade(colour: ArrayLike, share: float) -> Array:
    """A colour with so much of its brightness."""
    return np.array(colour) * share
