"""What a defense that makes pictures can do: exchange identities, morph expressions, complete.

Works with any encoder that has `distribution(x)` -> (mean, ...) codes (n, d), `decode(z, who)` ->
pictures (n, c, h, w) in [0, 1] and `form.people`. A judge, two networks trained on real pictures,
says what became of them. Throughout, `who` are identities and `what` are expressions, both (n,)
class numbers.
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
TOLERANCE = 0.01  # of a posterior: a step that loses less of it has lost none


@dataclass(frozen=True)
class Judge:
    """Networks trained on real pictures: whose, which expression. The largest score wins."""

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
        """This box, if it lies in pictures of (c, h, w) and is neither empty nor all of them.

        Raises:
            InputError: if it does not, or is.
        """
        _, h, w = shape
        asked = f"rows {self.top}:{self.bottom}, columns {self.left}:{self.right}"
        rows_fit = 0 <= self.top < self.bottom <= h
        columns_fit = 0 <= self.left < self.right <= w
        if not (rows_fit and columns_fit):
            raise InputError("--rows, --columns", asked, f"a region inside of 0:{h} and 0:{w}")
        if (self.bottom - self.top, self.right - self.left) == (h, w):
            raise InputError("--rows, --columns", asked, "less than the whole picture")
        return self

    def of(self, x: Array) -> Array:
        """The region of pictures (..., h, w), as a view of them."""
        return x[..., self.top : self.bottom, self.left : self.right]


@dataclass(frozen=True)
class Completion:
    """Pictures (n, c, h, w) as they were, with the box blacked out, and with it filled again."""

    real: Array
    masked: Array
    completed: Array
    box: Box


def mouth(shape: tuple[int, ...]) -> Box:
    """The published region, rows 40:55 and columns 18:47 of 64x64, in pictures of (c, h, w)."""
    _, h, w = shape
    top = round(40 * h / 64)
    bottom = round(55 * h / 64)
    left = round(18 * w / 64)
    right = round(47 * w / 64)
    return Box(top, bottom, left, right)


def exchange(encoder: Any, x: Array) -> Array:
    """(people, n, c, h, w): each picture under each identity, from the means of its codes."""
    mean = encoder.distribution(x)[0]
    made = []
    for person in range(encoder.form.people):
        who = np.full(len(x), person)
        made.append(encoder.decode(mean, who))
    return np.stack(made)


def morph(encoder: Any, a: Array, b: Array, who: Array, steps: int) -> Array:
    """(steps, n, c, h, w): from the expressions of a to those of b, with the faces of who.

    a, b: (n, c, h, w) pictures; who: (n,) identities.
    """
    number("--steps", steps, 2)
    first = encoder.distribution(a)[0]
    last = encoder.distribution(b)[0]
    path = []
    for t in np.linspace(0, 1, steps):
        z = (1 - t) * first + t * last
        path.append(encoder.decode(z, who))
    return np.stack(path)


def complete(encoder: Any, x: Array, who: Array, box: Box) -> Completion:
    """The box of pictures x (n, c, h, w) blacked out, and filled from a synthesis."""
    region = box.inside(x.shape[1:])
    masked = x.copy()
    region.of(masked)[...] = 0
    mean = encoder.distribution(masked)[0]
    made = encoder.decode(mean, who)
    completed = masked.copy()
    region.of(completed)[...] = region.of(made)
    return Completion(x, masked, completed, region)


def merits_of_exchange(
    judge: Judge, x: Array, made: Array, who: Array, what: Array
) -> dict[str, float]:
    """Shares of synthetic pictures with the target's face, and with the input's expression.

    x: (n, c, h, w) the input. made: (people, n, c, h, w) what `exchange` made of it. who, what:
    (n,) identities and expressions of the input.
    """
    people = len(made)
    pictures = made.reshape(-1, *made.shape[2:])
    target = np.repeat(np.arange(people), made.shape[1])
    before = np.tile(who, people)
    expression = np.tile(what, people)
    identity = judge.identity(pictures).argmax(1)
    right = identity == target
    exchanged = target != before
    still = identity == before
    kept = still[exchanged]
    return {
        "identity is the target's": float(right.mean()),
        "identity is still the input's, where another was asked for": float(kept.mean()),
        "expression is the input's": _accuracy(judge.expression, pictures, expression),
        "expression of real pictures": _accuracy(judge.expression, x, what),
        "identity of real pictures": _accuracy(judge.identity, x, who),
    }


def merits_of_morph(
    judge: Judge, path: Array, who: Array, start: Array, end: Array
) -> dict[str, float]:
    """How the posterior of the last expression grows on the way, and whether the face stays.

    path: (steps, n, c, h, w) of `morph`. who: (n,) the identities. start, end: (n,) expressions,
    different in each pair.
    """
    steps, n = path.shape[:2]
    pictures = path.reshape(-1, *path.shape[2:])
    scores = judge.expression(pictures)
    posterior = _softmax(scores).reshape(steps, n, -1)
    row = np.arange(n)
    last = posterior[:, row, end]
    first = posterior[:, row, start]
    gains = np.diff(last, axis=0)
    keeps = gains >= -TOLERANCE
    identity = judge.identity(pictures).argmax(1)
    stays = identity.reshape(steps, n) == who
    begins = posterior[0].argmax(1) == start
    ends = posterior[-1].argmax(1) == end
    return {
        "steps towards the last expression that do not lose any of it": float(keeps.mean()),
        "begins with the first expression": float(begins.mean()),
        "ends with the last expression": float(ends.mean()),
        "posterior of the last expression, from": float(last[0].mean()),
        "posterior of the last expression, to": float(last[-1].mean()),
        "posterior of the first expression, to": float(first[-1].mean()),
        "identity is the target's along the way": float(stays.mean()),
    }


def merits_of_completion(
    judge: Judge, completion: Completion, mean: Array, who: Array, what: Array
) -> dict[str, float]:
    """How like the completed region is to the true one, and what can be read off the picture again.

    mean: (c, h, w) the mean training picture, whose region is what one would paste without looking.
    who, what: (n,) identities and expressions.
    """
    merits = _likeness(completion, mean)
    pictures = {
        "completed": completion.completed,
        "masked": completion.masked,
        "real": completion.real,
    }
    for state, x in pictures.items():
        merits[f"expression, {state}"] = _accuracy(judge.expression, x, what)
    merits["identity is still their own"] = _accuracy(judge.identity, completion.completed, who)
    return merits


def _likeness(completion: Completion, mean: Array) -> dict[str, float]:
    """Each measure of likeness to the true region: of the completed one, of the mean picture's."""
    box = completion.box
    true = box.of(completion.real)
    filled = np.clip(box.of(completion.completed), 0, 1)
    pasted = np.broadcast_to(box.of(mean), true.shape)
    too_small = min(true.shape[2:]) < images.WINDOW
    likeness: dict[str, float] = {}
    for name, measure in images.MEASURES.items():
        if name == "ssim" and too_small:
            continue
        of_filled = measure(true, filled)
        of_pasted = measure(true, pasted)
        likeness[f"{name} of the region"] = float(of_filled.mean())
        likeness[f"{name} of the mean picture's region"] = float(of_pasted.mean())
    return likeness


def _accuracy(score: Score, x: Array, y: Array) -> float:
    """The share of pictures whose largest score is that of their class."""
    predicted = score(x).argmax(1)
    correct = predicted == y
    return float(correct.mean())


def _softmax(scores: Array) -> Array:
    e = np.exp(scores - scores.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)
