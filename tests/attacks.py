"""Attackers fitted on codes whose answer is known: what the tests of the attackers share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from privbench.bench.registry import build, names
from scipy.stats import binom, multivariate_normal

WEAK = {"vgan-mlp"}  # kept as it was published: 40 plain gradient steps on codes as they are


@dataclass(frozen=True)
class Codes:
    """Codes z (n, d) of people y (n,); train and test are row numbers."""

    z: np.ndarray
    y: np.ndarray
    train: np.ndarray
    test: np.ndarray


def learners():
    """Names of the attackers that learn from vectors."""
    z = np.zeros((4, 8))
    y = np.arange(4) % 2
    learning = []
    for name in names("attackers"):
        attacker = build("attackers", name)
        blind = not getattr(attacker, "looks", True) or getattr(attacker, "needs_inputs", False)
        if not blind and name not in WEAK and attacker.skip(z, y) is None:
            learning.append(name)
    return learning


def fitted(spec, z, y, source=None, seed=0):
    """An adversary that knows all these rows, each of a source of its own unless given."""
    source = np.arange(len(y)) if source is None else source
    return build("attackers", spec).fit(z, y, source=source, seed=seed, device="cpu")


def correct(scores, y):
    """Share of rows whose largest score is that of their class."""
    return float((scores.argmax(1) == y).mean())


def accuracy(spec, codes):
    """Of the attacker on the test rows of `Codes`, fitted on the others."""
    known = codes.train
    adversary = fitted(spec, codes.z[known], codes.y[known])
    return correct(adversary(codes.z[codes.test]), codes.y[codes.test])


def dealt(z, y, seed=0):
    """Codes whose rows are dealt to train and test at random."""
    order = np.random.default_rng(seed).permutation(len(y))
    half = len(y) // 2
    return Codes(z, y, order[:half], order[half:])


def in_order(z, y, known=None):
    """Codes whose first rows (half of them, unless given) are those to learn from."""
    known = len(y) // 2 if known is None else known
    rows = np.arange(len(y))
    return Codes(z, y, rows[:known], rows[known:])


def highest_by_luck(n, chance, risk=0.0005):
    """The accuracy on n rows that guessing exceeds with no more than this risk."""
    return binom.isf(risk, n, chance) / n


def by_means(n=400, k=4, d=12, delta=3.0, seed=0):
    """(z, y): class i has the mean delta * e_i; the classes take turns."""
    y = np.arange(n) % k
    noise = np.random.default_rng(seed).normal(size=(n, d))
    z = noise + delta * np.eye(d)[y]
    return z.astype(np.float32), y


def by_covariances():
    """(z, y, Bayes accuracy on the second half) of 10 people with mean 0 and total variance 8.

    100 rows a half for each.
    """
    rng = np.random.default_rng(0)
    roots = rng.normal(size=(10, 8, 8))
    roots *= np.sqrt(8 / np.square(roots).sum((1, 2), keepdims=True))
    y = np.arange(2000) % 10
    z = np.einsum("nij,nj->ni", roots[y], rng.normal(size=(2000, 8)))
    z = z.astype(np.float32)
    densities = [multivariate_normal(cov=root @ root.T) for root in roots]
    likely = np.stack([density.logpdf(z[1000:]) for density in densities], axis=1)
    return z, y, correct(likely, y[1000:])
