"""Which points are dominated by another, and how much of the plane the rest dominate.

Everything is minimised: for a privacy-utility trade-off the points are (leakage, 1 - utility). No
result depends on the order of the points.

Index: `non_dominated`, `fronts`, `hypervolume`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def non_dominated(points: ArrayLike, /) -> NDArray[np.bool_]:
    """(n,) True where no other point is as small in every coordinate and smaller in one; O(n^2).

    Equal points do not dominate each other: all copies of a good point are kept. Source: Kung et
    al. 1975, doi:10.1145/321906.321910.

    Raises:
        ValueError: if a coordinate is not finite; a missing number has no place on a front.
    """
    p = _points(points)
    no_worse = (p[:, None] <= p[None]).all(axis=2)
    better = (p[:, None] < p[None]).any(axis=2)
    dominates = no_worse & better
    return np.asarray(~dominates.any(axis=0))


def fronts(points: ArrayLike, /) -> NDArray[np.int64]:
    """(n,) the layer of each point: 1 is the front, 2 the front of what remains without it, and on.

    Source: non-dominated sorting, Deb et al. 2002, doi:10.1109/4235.996017.

    Raises:
        ValueError: if a coordinate is not finite.
    """
    p = _points(points)
    layer = np.zeros(len(p), np.int64)
    while (layer == 0).any():
        left = np.flatnonzero(layer == 0)
        front = left[non_dominated(p[left])]
        layer[front] = layer.max() + 1
    return layer


def hypervolume(points: ArrayLike, /, reference: ArrayLike) -> float:
    """Area of the plane that at least one of the points (n, 2) dominates, up to the reference (2,).

    Area of the union of the rectangles [point, reference]; from 0, larger is better, in the product
    of the two units. A point that is not below the reference in both coordinates adds nothing.
    Source: Zitzler and Thiele 1999, doi:10.1109/4235.797969; computed by moocore, O(n log n).

    Raises:
        ValueError: unless the points are (n, 2), the reference is two numbers, and all are finite.
    """
    p = _points(points)
    worst = np.asarray(reference, float)
    if p.shape[1] != 2 or worst.shape != (2,) or not np.isfinite(worst).all():
        got = f"points {p.shape}, reference {worst.tolist()}"
        raise ValueError(f"hypervolume: {got}; expected (n, 2) and two numbers")
    import moocore

    return float(moocore.hypervolume(p, ref=worst))


def _points(points: ArrayLike) -> NDArray[np.float64]:
    p = np.asarray(points, float)
    if p.size == 0:
        p = p.reshape(0, 2)
    if p.ndim != 2 or not np.isfinite(p).all():
        raise ValueError(f"points: shape {p.shape}; expected (n, coordinates), all finite")
    return p
