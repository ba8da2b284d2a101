"""Comparing two codes: do they come from one person? It needs no list of names.

So people that it has not seen will do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..bench.types import Array
from ._shared.vectors import RowSpace, Standardise, VectorAdversary, by_class, choose

SHRINKAGES = (0.1, 0.5, 0.9, 0.01)
SIDE = 2000  # pairs of each kind that a score is chosen by
PEOPLE = 6  # from which some can be spared for choosing the score
Prepare = Callable[[Array], Array]
Score = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class Verification:
    """Similarity of pairs of codes: cosine or PLDA, whichever parts held-out people better.

    Under closed-set and held-out it names the person whose mean code is the most similar. Under
    open-set it is fitted on the people that the encoder was trained on, and asked about pairs of
    others: EER, AUC, TPR, D_sys, ZEBRA.

    score: that of PLDA is a log likelihood ratio after discriminants. Source of PLDA: Ioffe 2006,
    doi:10.1007/11744085_41, as two covariances.
    """

    score: Literal["chosen", "cosine", "plda"] = "chosen"

    def skip(self, z: Array, y: Array) -> str | None:
        """Why there is no pair of one person to learn from, or None."""
        if len(y) <= len(np.unique(y)):
            return "needs more rows than people"
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        """An adversary whose scores (n, K) are similarities to the mean code of each person."""
        prepare, similarity = self.compare(z, y, source=source, seed=seed)
        rows = prepare(z)
        means = [members.mean(0) for members in by_class(rows, y)]

        def rule(rows: Array) -> Array:
            scores = []
            for mean in means:
                each = np.broadcast_to(mean, rows.shape)
                scores.append(similarity(rows, each))
            return np.stack(scores, axis=1)

        return VectorAdversary.checked(prepare, rule, rows, y)

    def compare(self, z: Array, y: Array, *, source: Array, seed: int) -> tuple[Prepare, Score]:
        """(preparation of codes (n, ...) -> (n, d), similarity (n,) of two such arrays).

        The similarity is that of each row of the one to the same row of the other. z (n, ...), y
        (n,) people that may be others than those asked about.
        """
        prepare = RowSpace.of(z)
        rows = prepare(z)
        best = self._best(rows, y, source, seed)
        # Cosines of new people are those of whole codes: the row space keeps what old people span
        # only.
        if best == "cosine":
            return Standardise.of(z), cosine
        return prepare, _similarity(best, _Within.of(rows, y))

    def _best(self, rows: Array, y: Array, source: Array, seed: int) -> str | float:
        """The kind of similarity that parts held-out people best, or rows if people are few."""
        kinds = self._kinds()

        def areas(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            within = _Within.of(z, y)
            scores = (_similarity(kind, within) for kind in kinds)
            return [_auc(score, z_held, y_held, seed) for score in scores]

        rng = np.random.default_rng(seed)
        people = rng.permutation(np.unique(y))
        if len(people) < PEOPLE:
            return choose(kinds, areas, rows, y, source, seed=seed)
        # People that the score has not seen, as those that it will be asked about.
        third = len(people) // 3
        held = np.isin(y, people[:third])
        known = ~held
        area = areas(rows[known], y[known], rows[held], y[held])
        return kinds[int(np.argmax(area))]

    def _kinds(self) -> list[str | float]:
        """Similarities to choose from: "cosine", or the shrinkage of a PLDA."""
        if self.score == "cosine":
            return ["cosine"]
        if self.score == "plda":
            return list(SHRINKAGES)
        return ["cosine", *SHRINKAGES]


def cosine(a: Array, b: Array) -> Array:
    """(n,) cosines between the rows of a and b (n, d)."""
    norm_a = np.linalg.norm(a, axis=1)
    norm_b = np.linalg.norm(b, axis=1)
    norms = norm_a * norm_b
    products = np.einsum("nd,nd->n", a, b)
    return products / np.maximum(norms, 1e-12)


@dataclass(frozen=True)
class _Within:
    """What every shrinkage shares: means and counts of the people, eigenpairs of the covariance.

    centre: (d,) mean of the means (K, d). The covariance is that of rows around their person's
    mean.
    """

    centre: Array
    means: Array
    counts: Array
    values: Array
    vectors: Array

    @classmethod
    def of(cls, z: Array, y: Array) -> _Within:
        """Of rows z (n, d) and people y (n,), any numbers."""
        from scipy.linalg import eigh

        z = z.astype(np.float64)
        _, person, counts = np.unique(y, return_inverse=True, return_counts=True)
        d = z.shape[1]
        means = np.zeros((len(counts), d))
        np.add.at(means, person, z)
        means /= counts[:, None]
        rest = z - means[person]
        covariance = rest.T @ rest / len(z)
        values, vectors = eigh(covariance, overwrite_a=True, driver="evd")
        values = np.maximum(values, 0)
        return cls(means.mean(0), means, counts, values, vectors)

    def whitening(self, shrinkage: float) -> Array:
        """(d, d) that turns rows so that the shrunken covariance becomes the identity."""
        mean = self.values.mean()
        spread = (1 - shrinkage) * self.values + shrinkage * mean
        floor = 1e-12 * max(float(mean), 1e-300)
        spread = np.maximum(spread, floor)
        return self.vectors / np.sqrt(spread)


def _similarity(kind: str | float, within: _Within) -> Score:
    """Cosine of codes, or the log likelihood ratio of PLDA with that shrinkage."""
    if isinstance(kind, str):
        return cosine
    white = within.whitening(kind)
    between = (within.means - within.centre) @ white
    _, size, axes = np.linalg.svd(between, full_matrices=False)
    # The spread of the people's means holds the noise of finite means too: 1 / (rows a person).
    noise = np.mean(1 / within.counts)
    freedom = max(len(between) - 1, 1)
    variance = np.square(size) / freedom
    strength = np.maximum(variance - noise, 0)
    strongest = float(strength.max(initial=0))
    kept = strength > 1e-6 * max(strongest, 1e-300)
    if not kept.any():
        return cosine
    project = white @ axes[kept].T
    return _Plda(within.centre, project, strength[kept])


@dataclass(frozen=True)
class _Plda:
    """log p(a, c | one person) - log p(a) p(c) up to a constant, a sum over independent directions.

    centre: (d,). project: (d, k) onto directions in which people have variance b (k,), in units of
    that of a person's rows.
    """

    centre: Array
    project: Array
    b: Array

    def __call__(self, a: Array, c: Array) -> Array:
        """(n,) scores of the rows of a and c (n, d); larger for one person."""
        b = self.b
        same = (b + 1) ** 2 - b**2
        u = self._projected(a)
        v = self._projected(c)
        squares = np.square(u) + np.square(v)
        apart = squares / (b + 1)
        products = 2 * b * u * v
        together = ((b + 1) * squares - products) / same
        return 0.5 * (apart - together).sum(1)

    def _projected(self, rows: Array) -> Array:
        """(n, k) of rows (n, d)."""
        centred = rows - self.centre
        return centred @ self.project


def _auc(similarity: Score, z: Array, y: Array, seed: int) -> float:
    """Area under the ROC curve of pairs of one person among pairs of two; 0.5 if there are none."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(len(z), size=(2, 40 * SIDE))
    mated = y[a] == y[b]
    different = a != b

    def scores(kind: Array) -> Array:
        pairs = np.flatnonzero(kind & different)[:SIDE]
        return similarity(z[a[pairs]], z[b[pairs]])

    mates = scores(mated)
    others = np.sort(scores(~mated))
    if not len(mates) or not len(others):
        return 0.5
    below = np.searchsorted(others, mates, side="left")
    not_above = np.searchsorted(others, mates, side="right")
    rank = (below + not_above).mean()
    highest = 2 * len(others)
    return float(rank / highest)
