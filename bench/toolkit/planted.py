"""Codes with a planted leak of known size: what an honest suite must find, and what no suite can.

Each maker takes class numbers y (n,) in 0..K-1, the number of dimensions d, and a seed, and gives
Planted codes (n, d). They are controls: an attacker that misses much of what is there is too weak
to call anything else clean.

Index: `means`, `covariances`, `scale_trap`, `parity`; by name in `MAKERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..checks import InputError, number
from ..types import Array
from . import memory

DRAWS = 20_000  # for the accuracy of the Bayes rule: a standard error of 0.0035 at most
ROOM = 8  # dimensions that people differ in, where there are that many
BLOCK = 1024  # rows made at a time


@dataclass(frozen=True)
class Planted:
    """Codes z (n, d) float32 with a leak of known size.

    bayes: accuracy of the best classifier there is, if all people are equally frequent. open:
    whether an attacker without a key can find it.
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
        m = self.means.shape[1]
        noise = rng.standard_normal((len(y), m))
        spread = np.einsum("nij,nj->ni", self.factors[y], noise)
        return self.means[y] + spread

    def scores(self, z: Array) -> Array:
        """Log densities (n, K) up to a constant: the largest is the best prediction there is."""
        log_density = np.empty((len(z), len(self.means)))
        for k, factor in enumerate(self.factors):
            centred = z - self.means[k]
            white = np.linalg.solve(factor, centred.T)
            _, volume = np.linalg.slogdet(factor)
            distance = np.square(white).sum(0)
            log_density[:, k] = -0.5 * distance - volume
        return log_density

    def bayes(self, rng: np.random.Generator) -> float:
        """Accuracy of the largest density, from DRAWS draws, all people equally frequent."""
        people = len(self.means)
        y = np.arange(DRAWS) % people
        z = self.draw(y, rng)
        correct = self.scores(z).argmax(1) == y
        return float(correct.mean())


@dataclass(frozen=True)
class _Place:
    """Where the leak stands among the columns.

    scale: how many times as large it is. turn: in random directions of all columns, not in the
    first ones.
    """

    scale: float = 1.0
    turn: bool = False


def means(y: Array, d: int, *, seed: int, delta: float = 3.0, loud: float = 1.0) -> Planted:
    """Codes in which people differ in their means; unit covariance, the rest is noise.

    delta: distance of the means from the origin, in random directions. loud: how many times the
    deviation of that noise the people's dimensions have; other than 1 turns them into random
    directions of all columns.
    """
    place = _Place(loud, turn=loud != 1)
    people = _apart(y, d, seed, delta)
    return _planted(people, y, d, seed, place)


def covariances(y: Array, d: int, *, seed: int, spread: float = 1.0, loud: float = 1.0) -> Planted:
    """Codes in which people differ in how they vary, and not on average.

    No hyperplane and no class mean tells them apart. spread: standard deviation of the logarithm of
    the deviation along each person's axes; every person has the same volume, so that no single
    distance tells them apart either. loud: how many times the deviation of the noise the leak has,
    in random directions of all columns.
    """
    rng = np.random.default_rng([seed, 0])
    k = _people(y, d)
    m = min(d, ROOM)
    size = rng.normal(0, spread, (k, m))
    axes, _ = np.linalg.qr(rng.standard_normal((k, m, m)))
    deviation = np.exp(size - size.mean(1, keepdims=True))
    factors = axes * deviation[:, None]
    people = People(np.zeros((k, m)), factors)
    return _planted(people, y, d, seed, _Place(loud, turn=True))


def scale_trap(y: Array, d: int, *, seed: int, delta: float = 3.0, scale: float = 1e-4) -> Planted:
    """As `means`, with the dimensions that tell people apart made small.

    It is the same leak for an attacker that standardises.
    """
    people = _apart(y, d, seed, delta)
    return _planted(people, y, d, seed, _Place(scale))


def parity(y: Array, d: int, *, seed: int, keyed: int = 8) -> Planted:
    """Codes where each bit of the class number is the parity of the signs of `keyed` coordinates.

    Which coordinates they are only a holder of the key knows. The coordinates themselves are
    standard normal and independent of the person, `keyed - 1` of them at a time too: no attacker
    without the key does better than guessing on any number of rows that can be had. With it:
    certainty.

    Raises:
        InputError: if d is too small for the people's bits.
    """
    k = _people(y, d)
    bits = max(int(k - 1).bit_length(), 1)
    if bits * keyed > d:
        expected = f"at least {bits * keyed} for {k} people"
        raise InputError("d", d, expected, f"{keyed} coordinates for each of {bits} bits")
    rng = np.random.default_rng([seed, 1])
    z = rng.standard_normal((len(y), d))
    for bit, coordinates in enumerate(key(d, bits, keyed, seed)):
        positive = z[:, coordinates] > 0
        odd = positive.sum(1) % 2
        wanted = (y >> bit) % 2
        z[:, coordinates[0]] *= np.where(odd == wanted, 1, -1)
    return Planted(z.astype(np.float32), 1.0, open=False)


def key(d: int, bits: int, keyed: int, seed: int) -> Array:
    """(bits, keyed) the coordinates of `parity`: with them the person is read off the signs."""
    rng = np.random.default_rng([seed, 0])
    coordinates = rng.permutation(d)[: bits * keyed]
    return coordinates.reshape(bits, keyed)


MAKERS: dict[str, Callable[..., Planted]] = {
    "means": means,
    "covariances": covariances,
    "scale-trap": scale_trap,
    "parity": parity,
}


def _apart(y: Array, d: int, seed: int, delta: float) -> People:
    """People of unit covariance whose means lie delta from the origin."""
    number("delta", delta, 0)
    rng = np.random.default_rng([seed, 0])
    k = _people(y, d)
    m = min(d, max(ROOM, k))
    directions = rng.standard_normal((k, m))
    if k <= m:  # orthogonal, as in the table of known answers
        basis, _ = np.linalg.qr(directions.T)
        directions = basis.T
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    unit = np.tile(np.eye(m), (k, 1, 1))
    return People(delta * directions, unit)


def _planted(people: People, y: Array, d: int, seed: int, place: _Place) -> Planted:
    """The people's rows, placed among columns of noise of deviation 1."""
    rng = np.random.default_rng([seed, 1])
    rows = people.draw(y, rng)
    leak = (place.scale * rows).astype(np.float32)
    m = leak.shape[1]
    frame = None
    if place.turn:
        basis, _ = np.linalg.qr(rng.standard_normal((d, m)))
        frame = basis.astype(np.float32)
    z = memory.empty((len(y), d))
    for start in range(0, len(y), BLOCK):
        block = slice(start, start + BLOCK)
        rows = z[block]
        rng.standard_normal(dtype=np.float32, out=rows)
        if frame is None:
            rows[:, :m] = leak[block]
        else:
            instead = leak[block] - rows @ frame
            rows += instead @ frame.T
    bayes = people.bayes(np.random.default_rng([seed, 2]))
    return Planted(z, bayes)


def _people(y: Array, d: int) -> int:
    """How many people the class numbers y (n,) name."""
    number("d", d, 1)
    if len(y) == 0 or y.min() < 0 or y.max() < 1:
        raise InputError("y", f"{len(y)} class numbers", "0..K-1 for at least two people")
    return int(y.max()) + 1
