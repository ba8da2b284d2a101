"""Which points are beaten by another, and how much of the plane the rest dominate. Everything is minimised.

For a privacy-utility trade-off the points are (leakage, 1 - utility). No result depends on the
order of the points.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def non_dominated(points: ArrayLike, /) -> NDArray[np.bool_]:
    """(n,) True where no other point is as small in every coordinate and smaller in one; O(n^2).

    Equal points do not dominate each other: all copies of a good point are kept.

    Raises:
        ValueError: if a coordinate is not finite; a missing number has no place on a front.
    """
    p = _points(points)
    no_worse = (p[:, None] <= p[None]).all(axis=2)
    better = (p[:, None] < p[None]).any(axis=2)
    return np.asarray(~(no_worse & better).any(axis=0))


def fronts(points: ArrayLike, /) -> NDArray[np.int64]:
    """(n,) the layer of each point: 1 is the front, 2 the front of what remains without it, and so on.

    Source: non-dominated sorting, Deb et al. 2002, doi:10.1109/4235.996017.
    """
    p = _points(points)
    layer = np.zeros(len(p), np.int64)
    while (left := np.flatnonzero(layer == 0)).size:
        layer[left[non_dominated(p[left])]] = layer.max() + 1
    return layer


def hypervolume(points: ArrayLike, /, reference: ArrayLike) -> float:
    """Area of the plane between the points (n, 2) and the reference (2,): what at least one point dominates.

    From 0; larger is better. A point that is not below the reference in both coordinates adds
    nothing. Source: Zitzler and Thiele 1999, doi:10.1109/4235.797969; computed by moocore, O(n log
    n).

    Raises:
        ValueError: unless the points are (n, 2), the reference is two numbers, and all are finite.
    """
    p, worst = _points(points), np.asarray(reference, float)
    if p.shape[1] != 2 or worst.shape != (2,) or not np.isfinite(worst).all():
        raise ValueError(
            f"hypervolume: points {p.shape}, reference {worst.tolist()}; expected (n, 2) and two numbers"
        )
    import moocore

    return float(moocore.hypervolume(p, ref=worst))


def _points(points: ArrayLike) -> NDArray[np.float64]:
    p = np.asarray(points, float)
    p = p.reshape(0, 2) if p.size == 0 else p
    if p.ndim != 2 or not np.isfinite(p).all():
        raise ValueError(f"points: shape {p.shape}; expected (n, coordinates), all finite")
    return p
