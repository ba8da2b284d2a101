"""k nearest neighbours, exact and in blocks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..bench.checks import InputError
from ..bench.reasons import Reason
from ..bench.types import Array
from ._shared.vectors import Standardise, VectorAdversary, accuracy, choose

if TYPE_CHECKING:
    from torch import Tensor

KS = (1, 3, 5, 9)
METRICS = ("euclidean", "cosine", "plain")
SPARE = 8  # neighbours measured again in float64 beyond those asked for
BLOCK = 2**24  # numbers held at once
ALL_ALIKE = Reason(
    "nothing-to-compare",
    "all training rows are the same: nobody is nearer than anybody else",
)


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
        """Why fewer rows than neighbours cannot be taken, or None."""
        if self.k and len(y) < self.k:
            return f"has {len(y)} rows, fewer than k={self.k}"
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> VectorAdversary:
        """An adversary whose scores (n, K) are shares of the votes of the nearest rows."""
        n_classes = int(y.max()) + 1
        metrics = METRICS if self.metric == "chosen" else (self.metric,)
        spaces = {metric: Space.of(metric, z) for metric in metrics}
        ks = self._ks(len(y))
        grid = list(product(metrics, ks))

        def accuracies(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            most = min(ks[-1], len(y))
            correct = []
            for space in spaces.values():
                near = nearest(space(z_held), space(z), most, device=device)
                scores = (vote(*near, y, k, n_classes) for k in ks)
                correct += [accuracy(of_k, y_held) for of_k in scores]
            return correct

        metric, k = choose(grid, accuracies, z, y, source, seed=seed)
        space = spaces[metric]
        known = space(z)

        def rule(rows: Array) -> Array:
            near = nearest(rows, known, k, device=device)
            return vote(*near, y, k, n_classes)

        if (known == known[0]).all():
            return VectorAdversary(space, rule, ALL_ALIKE, sound=False)
        return VectorAdversary(space, rule)

    def _ks(self, n: int) -> list[int]:
        """Numbers of neighbours to choose from where there are n rows, the smallest first."""
        if self.k is not None:
            return [self.k]
        return [k for k in KS if k <= 0.8 * n]


@dataclass(frozen=True)
class Space:
    """Codes (n, ...) -> rows (n, d) whose Euclidean distance is the metric.

    For the cosine these lie on the unit sphere. prepare: None for the codes as they are, which are
    multiplied by `scale` only.
    """

    metric: str
    prepare: Standardise | None
    scale: float

    @classmethod
    def of(cls, metric: str, z: Array) -> Space:
        """The space of training codes z (n, ...)."""
        prepare = None if metric == "plain" else Standardise.of(z)
        # One factor for all numbers changes no neighbour; without it squares of large ones would
        # overflow.
        largest = float(np.abs(z).max())
        scale = 1 / max(largest, 1e-30)
        return cls(metric, prepare, scale)

    def __call__(self, z: Array) -> Array:
        """Rows (n, d) of codes z (n, ...)."""
        if self.prepare is None:
            flat = z.reshape(len(z), -1)
            return flat * np.float32(self.scale)
        rows = self.prepare(z)
        if self.metric != "cosine":
            return rows
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.maximum(norms, 1e-12)


def nearest(queries: Array, rows: Array, k: int, *, device: str = "cpu") -> tuple[Array, Array]:
    """(distances, row numbers), both (n, k): of the k nearest rows, the closest first.

    By Euclidean distance. Blocks of queries (n, d) meet all rows (m, d) in one float32 product. The
    best k of it and some more are measured again in float64, because a difference of large squares
    forgets small distances. Ties go to the lower row number.
    """
    known = _tensor(rows, device)
    squares = known.square().sum(1)
    wide = min(k + SPARE, len(rows))
    largest = max(len(rows), wide * rows.shape[1])
    block = max(1, BLOCK // largest)
    distances = np.empty((len(queries), k))
    neighbours = np.empty((len(queries), k), np.int64)
    for start in range(0, len(queries), block):
        part = slice(start, start + block)
        asked = _tensor(queries[part], device)
        some = _candidates(asked, known, squares, wide)
        exact, order = _measured(asked, known[some])
        closest = order[:, :k]
        distances[part] = exact[:, :k].cpu().numpy()
        neighbours[part] = some.gather(1, closest).cpu().numpy()
    return distances, neighbours


def _tensor(rows: Array, device: str) -> Tensor:
    """Rows on the device, in one piece of memory."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(rows)).to(device)


def _candidates(asked: Tensor, known: Tensor, squares: Tensor, wide: int) -> Tensor:
    """(n, wide) numbers of roughly the nearest rows, in rising order. squares: norms of `known`."""
    import torch

    # Less the query's own square: the order is the same.
    rough = torch.addmm(squares, asked, known.T, alpha=-2)
    indices = rough.topk(wide, largest=False, sorted=False).indices
    return indices.sort(1).values


def _measured(asked: Tensor, near: Tensor) -> tuple[Tensor, Tensor]:
    """(distances, order) in float64, both (n, m), of queries (n, d) and rows (n, m, d); sorted."""
    import torch

    off = near - asked[:, None]
    squares = off.square_().sum(2, dtype=torch.float64)
    squares, order = squares.sort(dim=1, stable=True)
    return squares.sqrt(), order


def vote(distances: Array, neighbours: Array, y: Array, k: int, n_classes: int) -> Array:
    """(n, K) shares of the votes of the first k neighbours, each for its own class.

    Weighted by closeness: a bare vote would tie often. distances, neighbours: what `nearest`
    returns, (n, k) or wider. y: classes of the rows that were searched.
    """
    near = distances[:, :k]
    weights = 1.0 / (near + 1e-6)
    n = len(neighbours)
    scores = np.zeros((n, n_classes))
    rows = np.arange(n)
    classes = y[neighbours[:, :k]]
    np.add.at(scores, (rows[:, None], classes), weights)
    total = scores.sum(1, keepdims=True)
    return scores / total
