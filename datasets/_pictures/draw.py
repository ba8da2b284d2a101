"""Draw one cartoon face from numbers: its parts one over the other, then light and noise."""

from __future__ import annotations

import numpy as np

from ...bench.types import Array
from . import features, head
from .canvas import Canvas
from .faces import Muscles, Person, View


def draw(person: Person, face: Muscles, seen: View, size: int, rng: np.random.Generator) -> Array:
    """A picture (3, size, size) float32 in [0, 1] of a person with a face.

    Args:
        person: whose face it is.
        face: what it shows.
        seen: how the picture is taken.
        size: its side in pixels.
        rng: draws the noise.
    """
    canvas = Canvas(size, seen)
    head.hair_behind(canvas, person)
    head.head(canvas, person)
    features.eyes(canvas, person, face)
    features.nose(canvas, person, face)
    features.mouth(canvas, person, face)
    head.hair_front(canvas, person)
    picture = canvas.reduced()
    exposed = _exposed(picture, seen, rng)
    return exposed.transpose(2, 0, 1)


def _exposed(picture: Array, seen: View, rng: np.random.Generator) -> Array:
    """The picture with light from one side, the camera's contrast, and noise.

    Args:
        picture: (size, size, 3) in [0, 1], as the result.
        seen: how the picture is taken.
        rng: draws the noise, which is grey.
    """
    size = len(picture)
    square = np.mgrid[0:size, 0:size]
    y, x = square / size - 0.5
    sideways, upward = seen.light
    light = 1 + sideways * x + upward * y
    lit = picture * light[..., None]
    contrast = (lit - 0.5) * seen.contrast
    exposed = contrast + 0.5 + seen.brightness
    grey = (size, size, 1)
    noise = rng.normal(0, seen.noise, grey)
    noisy = exposed + noise
    clipped = np.clip(noisy, 0, 1)
    return clipped.astype(np.float32)
