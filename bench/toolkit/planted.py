"""Codes with a planted leak whose size is known: what an honest suite must find, and what no suite can.

Each maker takes class numbers y (n,) in 0..K-1 and a seed, and gives Planted codes with as many
dimensions as asked. They are controls: an attacker that misses much of what is there is too weak to
call anything else clean.

Index: `means`, `covariances`, `scale_trap`, `parity`; by name in `MAKERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..checks import InputError, number
from ..types import Array
from . import memory

DRAWS = 20_000  # of the Bayes rule's own accuracy: a standard error of 0.0035 at most
ROOM = 8  # dimensions that people differ in, where there are that many
BLOCK = 1024  # rows made at a time


@dataclass(frozen=True)
class Planted:
    """z: (n, d) float32. bayes: accuracy of the best classifier there is, if all people are equally frequent.

    open: whether an attacker without a key can find it.
    """

    z: Array
    bayes: float
    open: bool = True


@dataclass(frozen=True)
class People:
    """A Gaussian for each person: means (K, m), factors (K, m, m) of the covariances F F'."""

    means: Array
    factors: Array

    def draw(self, y: Array, rng: np.random.Generator) -> Array:
        """(n, m) float64, one row for each class number."""
        noise = rng.standard_normal((len(y), self.means.shape[1]))
        return self.means[y] + np.einsum("nij,nj->ni", self.factors[y], noise)

    def scores(self, z: Array) -> Array:
        """Log densities (n, K) up to a constant: the largest is the best answer that there is."""
        found = np.empty((len(z), len(self.means)))
        for k, (mean, factor) in enumerate(zip(self.means, self.factors, strict=True)):
            white = np.linalg.solve(factor, (z - mean).T)
            found[:, k] = -0.5 * np.square(white).sum(0) - np.linalg.slogdet(factor)[1]
        return found

    def bayes(self, rng: np.random.Generator) -> float:
        """Accuracy of the largest density, from DRAWS draws, all people equally frequent."""
        y = np.arange(DRAWS) % len(self.means)
        return float((self.scores(self.draw(y, rng)).argmax(1) == y).mean())


def means(y: Array, d: int, *, seed: int, delta: float = 3.0, loud: float = 1.0) -> Planted:
    """People differ in their means, delta from the origin in random directions; unit covariance, the rest is noise.

    loud: how many times the deviation of that noise the people's dimensions have; other than 1
    turns them into random directions of all columns.
    """
    return _planted(_apart(y, d, seed, delta), y, d, seed, scale=loud, turn=loud != 1)


def covariances(y: Array, d: int, *, seed: int, spread: float = 1.0, loud: float = 1.0) -> Planted:
    """People differ in how they vary, and not on average: no hyperplane and no class mean tells them apart.

    spread: standard deviation of the logarithm of the deviation along each person's own axes; every
    person has the same volume, so that no single distance tells them apart either. loud: how many
    times the deviation of the noise the leak has, in random directions of all columns.
    """
    rng, k, m = np.random.default_rng([seed, 0]), _people(y, d), min(d, ROOM)
    size = rng.normal(0, spread, (k, m))
    axes = np.linalg.qr(rng.standard_normal((k, m, m)))[0]
    factors = axes * np.exp(size - size.mean(1, keepdims=True))[:, None]
    return _planted(People(np.zeros((k, m)), factors), y, d, seed, scale=loud, turn=True)


def scale_trap(y: Array, d: int, *, seed: int, delta: float = 3.0, scale: float = 1e-4) -> Planted:
    """As `means`, with the dimensions that tell people apart made small: the same leak for whoever standardises."""
    return _planted(_apart(y, d, seed, delta), y, d, seed, scale=scale)


def parity(y: Array, d: int, *, seed: int, keyed: int = 8) -> Planted:
    """Each bit of the person's number is the parity of the signs of `keyed` coordinates that only a key holder knows.

    The coordinates themselves are standard normal and independent of the person, `keyed - 1` of
    them at a time too: no probe without the key does better than guessing on any number of rows
    that anybody has. With it: certainty.
    """
    k = _people(y, d)
    bits = max(int(k - 1).bit_length(), 1)
    if bits * keyed > d:
        raise InputError(
            "d",
            d,
            f"at least {bits * keyed} for {k} people",
            f"{keyed} coordinates for each of {bits} bits",
        )
    rng = np.random.default_rng([seed, 1])
    z = rng.standard_normal((len(y), d))
    for bit, own in enumerate(key(d, bits, keyed, seed)):
        odd = (z[:, own] > 0).sum(1) % 2
        z[:, own[0]] *= np.where(odd == (y >> bit) % 2, 1, -1)
    return Planted(z.astype(np.float32), 1.0, open=False)


def key(d: int, bits: int, keyed: int, seed: int) -> Array:
    """(bits, keyed) the coordinates of `parity`: whoever has them reads the person off the signs."""
    return np.random.default_rng([seed, 0]).permutation(d)[: bits * keyed].reshape(bits, keyed)


MAKERS: dict[str, Callable[..., Planted]] = {
    "means": means,
    "covariances": covariances,
    "scale-trap": scale_trap,
    "parity": parity,
}


def _apart(y: Array, d: int, seed: int, delta: float) -> People:
    number("delta", delta, 0)
    rng, k, m = np.random.default_rng([seed, 0]), _people(y, d), min(d, max(ROOM, int(y.max()) + 1))
    directions = rng.standard_normal((k, m))
    if k <= m:  # orthogonal, as in the table of known answers
        directions = np.linalg.qr(directions.T)[0].T
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return People(delta * directions, np.tile(np.eye(m), (k, 1, 1)))


def _planted(
    people: People, y: Array, d: int, seed: int, *, scale: float = 1.0, turn: bool = False
) -> Planted:
    """People's rows, `scale` times as large, beside noise of deviation 1: in the first columns, or turned into random
    directions of all columns.
    """
    rng = np.random.default_rng([seed, 1])
    leak = (scale * people.draw(y, rng)).astype(np.float32)
    m, z = leak.shape[1], memory.empty((len(y), d))
    frame = np.linalg.qr(rng.standard_normal((d, m)))[0].astype(np.float32) if turn else None
    for start in range(0, len(y), BLOCK):
        rows, own = z[start : start + BLOCK], leak[start : start + BLOCK]
        rng.standard_normal(dtype=np.float32, out=rows)
        if frame is None:
            rows[:, :m] = own
        else:
            rows += (own - rows @ frame) @ frame.T
    return Planted(z, people.bayes(np.random.default_rng([seed, 2])))


def _people(y: Array, d: int) -> int:
    number("d", d, 1)
    if len(y) == 0 or y.min() < 0 or y.max() < 1:
        raise InputError("y", f"{len(y)} class numbers", "0..K-1 for at least two people")
    return int(y.max()) + 1
