"""Comparing two codes: do they come from one person? It needs no list of names, so unseen people will do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..bench.types import Array
from ._shared.vectors import RowSpace, Standardise, VectorAdversary, choose

SHRINKAGES = (0.1, 0.5, 0.9, 0.01)
SIDE = 2000  # pairs of each kind that a score is chosen by
PEOPLE = 6  # from which some can be spared for choosing the score
Score = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class Verification:
    """Similarity of pairs of codes: cosine, or PLDA after discriminants, whichever parts held-out people better.

    Under closed-set and held-out it names the person whose mean code is the most similar. Under
    open-set it is fitted on the people that the encoder was trained on, and asked about pairs of
    others: EER, AUC, TPR, D_sys, ZEBRA. Source of PLDA: Ioffe 2006, doi:10.1007/11744085_41, as two
    covariances.
    """

    score: Literal["chosen", "cosine", "plda"] = "chosen"

    def skip(self, z: Array, y: Array) -> str | None:
        return "needs more rows than people" if len(y) <= len(set(y.tolist())) else None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        """An adversary whose scores (n, K) are similarities to the mean code of each person."""
        prepare, similar = self.compare(z, y, source=source, seed=seed)
        rows = prepare(z)
        means = np.stack([rows[y == c].mean(0) for c in range(int(y.max()) + 1)])
        rule = lambda rows: np.stack(
            [similar(rows, np.broadcast_to(m, rows.shape)) for m in means], axis=1
        )
        return VectorAdversary.checked(prepare, rule, rows, y)

    def compare(
        self, z: Array, y: Array, *, source: Array, seed: int
    ) -> tuple[Callable[[Array], Array], Score]:
        """(preparation of codes (n, ...) -> (n, d), similarity of two such arrays row by row -> (n,)).

        z (n, ...), y (n,) people that may be others than those asked about.
        """
        grid = [
            g
            for g in ("cosine", *SHRINKAGES)
            if self.score == "chosen" or (g == "cosine") == (self.score == "cosine")
        ]
        prepare = RowSpace.of(z)
        rows = prepare(z)

        def parted(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            within = _Within.of(z, y)
            return [_auc(_similarity(g, z, within), z_held, y_held, seed) for g in grid]

        people = np.random.default_rng(seed).permutation(np.unique(y))
        if len(people) < PEOPLE:
            best = choose(grid, parted, rows, y, source, seed=seed)
        else:  # people that the score has not seen, as those that it will be asked about
            held = np.isin(y, people[: len(people) // 3])
            best = grid[int(np.argmax(parted(rows[~held], y[~held], rows[held], y[held])))]
        # Cosines of new people are those of whole codes: the row space keeps what old people span
        # only.
        if best == "cosine":
            return Standardise.of(z), cosine
        return prepare, _similarity(best, rows, _Within.of(rows, y))


def cosine(a: Array, b: Array) -> Array:
    """(n,) cosines between the rows of a and b (n, d)."""
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.einsum("nd,nd->n", a, b) / np.maximum(norms, 1e-12)


@dataclass(frozen=True)
class _Within:
    """What every shrinkage shares: the people's means and their mean, and eigenpairs of the covariance around them."""

    centre: Array
    means: Array
    counts: Array
    values: Array
    vectors: Array

    @classmethod
    def of(cls, z: Array, y: Array) -> _Within:
        from scipy.linalg import eigh

        z, (_, own, counts) = (
            z.astype(np.float64),
            np.unique(y, return_inverse=True, return_counts=True),
        )
        means = np.zeros((len(counts), z.shape[1]))
        np.add.at(means, own, z)
        means /= counts[:, None]
        rest = z - means[own]
        values, vectors = eigh(rest.T @ rest / len(z), overwrite_a=True, driver="evd")
        return cls(means.mean(0), means, counts, np.maximum(values, 0), vectors)


def _similarity(kind: str | float, z: Array, within: _Within) -> Score:
    """Cosine of codes around the people's centre, or the log likelihood ratio of PLDA with that shrinkage."""
    if isinstance(kind, str):
        return cosine
    spread = (1 - kind) * within.values + kind * within.values.mean()
    white = within.vectors / np.sqrt(
        np.maximum(spread, 1e-12 * max(float(within.values.mean()), 1e-300))
    )
    between = (within.means - within.centre) @ white
    _, size, axes = np.linalg.svd(between, full_matrices=False)
    # The spread of the people's means holds the noise of finite means too: 1 / (rows a person).
    strength = np.maximum(
        np.square(size) / max(len(between) - 1, 1) - np.mean(1 / within.counts), 0
    )
    kept = strength > 1e-6 * max(float(strength.max(initial=0)), 1e-300)
    project, b = white @ axes[kept].T, strength[kept]
    same = (b + 1) ** 2 - b**2

    def score(a: Array, c: Array) -> Array:
        """log p(a, c | one person) - log p(a) p(c), up to a constant; a sum over independent directions."""
        u, v = (a - within.centre) @ project, (c - within.centre) @ project
        squares = np.square(u) + np.square(v)
        return 0.5 * (squares / (b + 1) - ((b + 1) * squares - 2 * b * u * v) / same).sum(1)

    return score if kept.any() else cosine


def _auc(similar: Score, z: Array, y: Array, seed: int) -> float:
    """How well the similarity parts pairs of one person from pairs of two, among these rows; 0.5 if there are none."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(len(z), size=(2, 40 * SIDE))
    mated = y[a] == y[b]
    pairs = [np.flatnonzero(kind & (a != b))[:SIDE] for kind in (mated, ~mated)]
    if not all(map(len, pairs)):
        return 0.5
    own, others = (similar(z[a[p]], z[b[p]]) for p in pairs)
    below = np.searchsorted(np.sort(others), own, side="left") + np.searchsorted(
        np.sort(others), own, side="right"
    )
    return float(below.mean() / (2 * len(others)))
