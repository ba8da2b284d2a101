"""What a defense that makes pictures can do: exchange identities, morph expressions, complete a masked region.

Works with any encoder that has `distribution(x)` -> (mean, ...) codes (n, d), `decode(z, who)` ->
pictures (n, c, h, w) in [0, 1] and `form.people`. A judge, two networks trained on real pictures,
says what became of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..checks import InputError, number
from ..metrics import images
from ..types import Array

Score = Callable[[Array], Array]  # pictures (n, c, h, w) -> scores (n, K)


@dataclass(frozen=True)
class Judge:
    """Networks trained on real pictures: whose, and with which expression. The largest score wins."""

    identity: Score
    expression: Score


@dataclass(frozen=True)
class Box:
    """A region of a picture: rows top to bottom - 1, columns left to right - 1."""

    top: int
    bottom: int
    left: int
    right: int

    def inside(self, shape: tuple[int, ...]) -> Box:
        """This box, if it lies in pictures of (c, h, w) and is neither empty nor all of them."""
        (_, h, w), asked = shape, f"rows {self.top}:{self.bottom}, columns {self.left}:{self.right}"
        if not (0 <= self.top < self.bottom <= h and 0 <= self.left < self.right <= w):
            raise InputError("--rows, --columns", asked, f"a region inside of 0:{h} and 0:{w}")
        if (self.bottom - self.top, self.right - self.left) == (h, w):
            raise InputError("--rows, --columns", asked, "less than the whole picture")
        return self

    def of(self, x: Array) -> Array:
        return x[..., self.top : self.bottom, self.left : self.right]


def mouth(shape: tuple[int, ...]) -> Box:
    """The published region, rows 40:55 and columns 18:47 of 64x64, in pictures of (c, h, w)."""
    _, h, w = shape
    top, bottom, left, right = (round(a * b / 64) for a, b in ((40, h), (55, h), (18, w), (47, w)))
    return Box(top, bottom, left, right)


def exchange(encoder: Any, x: Array) -> Array:
    """(people, n, c, h, w): each picture under each identity, from the means of its codes."""
    mean = encoder.distribution(x)[0]
    return np.stack(
        [encoder.decode(mean, np.full(len(x), who)) for who in range(encoder.form.people)]
    )


def morph(encoder: Any, a: Array, b: Array, who: Array, steps: int) -> Array:
    """(steps, n, c, h, w): from the expressions of a to those of b (n, c, h, w), all with the faces of who (n,)."""
    number("--steps", steps, 2)
    first, last = encoder.distribution(a)[0], encoder.distribution(b)[0]
    return np.stack(
        [encoder.decode((1 - t) * first + t * last, who) for t in np.linspace(0, 1, steps)]
    )


def complete(encoder: Any, x: Array, who: Array, box: Box) -> tuple[Array, Array]:
    """(masked, completed) pictures (n, c, h, w): the box blacked out, and filled from a synthesis of the same face."""
    own = box.inside(x.shape[1:])
    masked = x.copy()
    own.of(masked)[...] = 0
    made = encoder.decode(encoder.distribution(masked)[0], who)
    completed = masked.copy()
    own.of(completed)[...] = own.of(made)
    return masked, completed


def merits_of_exchange(
    judge: Judge, x: Array, made: Array, who: Array, what: Array
) -> dict[str, float]:
    """Shares of the synthetic pictures with the face of their target, and with the expression of their input."""
    targets = np.repeat(np.arange(len(made)), made.shape[1])
    flat, others = made.reshape(-1, *made.shape[2:]), targets != np.tile(who, len(made))
    named = judge.identity(flat).argmax(1)
    return {
        "identity is the target's": float((named == targets).mean()),
        "identity is still the input's, where another was asked for": float(
            (named == np.tile(who, len(made)))[others].mean()
        ),
        "expression is the input's": float(
            (judge.expression(flat).argmax(1) == np.tile(what, len(made))).mean()
        ),
        "expression of real pictures": float((judge.expression(x).argmax(1) == what).mean()),
        "identity of real pictures": float((judge.identity(x).argmax(1) == who).mean()),
    }


def merits_of_morph(
    judge: Judge, path: Array, who: Array, start: Array, end: Array
) -> dict[str, float]:
    """How the judge's posterior of the last expression grows along the way, and whether the face stays.

    start, end: (n,) expressions, all different in each pair.
    """
    steps, n = path.shape[:2]
    flat = path.reshape(-1, *path.shape[2:])
    posterior = _softmax(judge.expression(flat)).reshape(steps, n, -1)
    last, first = posterior[:, np.arange(n), end], posterior[:, np.arange(n), start]
    named = judge.identity(flat).argmax(1).reshape(steps, n)
    return {
        "steps towards the last expression that do not lose any of it": float(
            (np.diff(last, axis=0) >= -0.01).mean()
        ),
        "begins with the first expression": float((posterior[0].argmax(1) == start).mean()),
        "ends with the last expression": float((posterior[-1].argmax(1) == end).mean()),
        "posterior of the last expression, from": float(last[0].mean()),
        "posterior of the last expression, to": float(last[-1].mean()),
        "posterior of the first expression, to": float(first[-1].mean()),
        "identity is the target's along the way": float((named == who).mean()),
    }


def merits_of_completion(
    judge: Judge,
    x: Array,
    masked: Array,
    completed: Array,
    blind: Array,
    who: Array,
    what: Array,
    box: Box,
) -> dict[str, float]:
    """How like the completed region is to the true one, and what can be read off the picture again.

    blind: (c, h, w) the mean training picture, whose region is what one would paste without
    looking.
    """
    true, filled = box.of(x), np.clip(box.of(completed), 0, 1)
    guess = np.broadcast_to(box.of(blind), true.shape)
    found: dict[str, float] = {}
    for name, measure in images.MEASURES.items():
        if name == "ssim" and min(true.shape[2:]) < images.WINDOW:
            continue
        found[f"{name} of the region"] = float(measure(true, filled).mean())
        found[f"{name} of the mean picture's region"] = float(measure(true, guess).mean())
    right = lambda pictures, score, y: float((score(pictures).argmax(1) == y).mean())
    return found | {
        "expression, completed": right(completed, judge.expression, what),
        "expression, masked": right(masked, judge.expression, what),
        "expression, real": right(x, judge.expression, what),
        "identity is still their own": right(completed, judge.identity, who),
    }


def _softmax(scores: Array) -> Array:
    e = np.exp(scores - scores.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)
