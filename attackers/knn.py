"""k nearest neighbours, exact and in blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..bench.checks import InputError
from ..bench.types import Array
from ._shared.vectors import Standardise, VectorAdversary, accuracy, choose

KS = (1, 3, 5, 9)
SPARE = 8  # neighbours measured again in float64 beyond those asked for
BLOCK = 2**24  # numbers held at once


@dataclass(frozen=True)
class Knn:
    """Nearest neighbours; k and the metric are chosen on held-out training rows unless given.

    metric: euclidean or cosine distance of standardised codes, or plain: euclidean of the codes as
    they are.
    """

    k: int | None = None
    metric: Literal["chosen", "euclidean", "cosine", "plain"] = "chosen"

    def __post_init__(self) -> None:
        if self.k is not None and self.k < 1:
            raise InputError("knn:k", self.k, "at least 1")

    def skip(self, z: Array, y: Array) -> str | None:
        return f"has {len(y)} rows, fewer than k={self.k}" if self.k and len(y) < self.k else None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        metrics = ["euclidean", "cosine", "plain"] if self.metric == "chosen" else [self.metric]
        space = {m: Space.of(m, z) for m in metrics}
        ks = [k for k in KS if k <= 0.8 * len(y)] if self.k is None else [self.k]

        def accuracies(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            near = {
                m: nearest(space[m](z_held), space[m](z), min(ks[-1], len(y)), device=device)
                for m in metrics
            }
            return [accuracy(vote(*near[m], y, k, n_classes), y_held) for m in metrics for k in ks]

        n_classes = int(y.max()) + 1
        metric, k = choose(
            [(m, k) for m in metrics for k in ks], accuracies, z, y, source, seed=seed
        )
        known = space[metric](z)
        rule = lambda rows: vote(*nearest(rows, known, k, device=device), y, k, n_classes)
        alike = bool((known == known[0]).all())
        note = "all training rows are the same: nobody is nearer than anybody else" if alike else ""
        return VectorAdversary(space[metric], rule, note, sound=not alike)


@dataclass(frozen=True)
class Space:
    """Codes (n, ...) -> rows (n, d) whose Euclidean distance is the metric: cosine is that of the unit sphere."""

    metric: str
    prepare: Standardise | None
    scale: float

    @classmethod
    def of(cls, metric: str, z: Array) -> Space:
        # One factor for all numbers changes no neighbour; without it squares of large ones would
        # overflow.
        return cls(
            metric,
            None if metric == "plain" else Standardise.of(z),
            1 / max(float(np.abs(z).max()), 1e-30),
        )

    def __call__(self, z: Array) -> Array:
        rows = (
            z.reshape(len(z), -1) * np.float32(self.scale)
            if self.prepare is None
            else self.prepare(z)
        )
        return (
            rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
            if self.metric == "cosine"
            else rows
        )


def nearest(queries: Array, rows: Array, k: int, *, device: str = "cpu") -> tuple[Array, Array]:
    """(distances, row numbers), both (n, k): the k nearest rows by Euclidean distance, closest first.

    Blocks of queries meet all rows in one float32 product. The best k of it and some more are
    measured again in float64, because a difference of large squares forgets small distances. Ties
    go to the lower row number.
    """
    import torch

    known = torch.from_numpy(np.ascontiguousarray(rows)).to(device)
    squares = known.square().sum(1)
    wide = min(k + SPARE, len(rows))
    block = max(1, BLOCK // max(len(rows), wide * rows.shape[1]))
    distances, found = np.empty((len(queries), k)), np.empty((len(queries), k), np.int64)
    for start in range(0, len(queries), block):
        part = torch.from_numpy(np.ascontiguousarray(queries[start : start + block])).to(device)
        rough = torch.addmm(
            squares, part, known.T, alpha=-2
        )  # less the query's own square: same order
        some = rough.topk(wide, largest=False, sorted=False).indices.sort(1).values
        exact = (known[some] - part[:, None]).square_().sum(2, dtype=torch.float64)
        exact, order = exact.sort(dim=1, stable=True)
        distances[start : start + block] = exact[:, :k].sqrt().cpu().numpy()
        found[start : start + block] = some.gather(1, order[:, :k]).cpu().numpy()
    return distances, found


def vote(distances: Array, found: Array, y: Array, k: int, n_classes: int) -> Array:
    """(n, K) shares of the votes of the first k neighbours, weighted by closeness: a bare vote would tie often."""
    weights = 1.0 / (distances[:, :k] + 1e-6)
    scores = np.zeros((len(found), n_classes))
    np.add.at(scores, (np.arange(len(found))[:, None], y[found[:, :k]]), weights)
    return scores / scores.sum(1, keepdims=True)
