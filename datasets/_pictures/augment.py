"""Augmentation of picture sets as in Narula et al. 2020 (arXiv:2001.06103): rotation, mirroring and random noise.

Copies are training material. They carry the source of their original, so no fold can put a copy of
a test picture into training. The amplitudes below are ours.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...bench.checks import InputError
from ...bench.types import Array, Samples

ANGLE = 10.0  # degrees; the largest rotation either way
NOISE = 0.02  # standard deviation, of a pixel range of 1

Mirror = Mapping[str, Mapping[str, str]]  # label -> {class: its class in the mirror}, both ways


def augmented(originals: Samples, rows: int, *, seed: int, mirror: Mirror | None) -> Samples:
    """`rows` rows: the originals first, then copies, as many of each original as of any other, give or take one.

    Each copy is rotated by up to ANGLE degrees, mirrored with probability one half, and given pixel
    noise.

    Args:
        originals: pictures (n, c, h, w) in [0, 1].
        rows: total number of rows of the result.
        seed: the copies depend on it and on the originals only.
        mirror: the classes that mirroring changes (left and right); an empty one says that it
        changes none, and None
            that it might change some in a way we do not know, so that nothing is mirrored.

    Raises:
        InputError: fewer rows than originals.
    """
    n = len(originals)
    if rows < n:
        raise InputError(
            "augment",
            rows,
            f"0, or a total of at least the {n} originals",
            "copies are added, none removed",
        )
    swaps = _swaps(originals, mirror)
    rng = np.random.default_rng(seed)
    parents = rng.permutation(n)[np.arange(rows - n) % n]
    flips = (rng.random(rows - n) < 0.5) & (swaps is not None)
    angles = rng.uniform(-ANGLE, ANGLE, rows - n)
    x = np.empty((rows, *originals.x.shape[1:]), np.float32)
    x[:n] = originals.x
    for row, (parent, flip, angle) in enumerate(zip(parents, flips, angles, strict=True), start=n):
        x[row] = _copy(originals.x[parent], angle, flip, rng)
    labels = {}
    for name, y in originals.labels.items():
        turned = (swaps or {}).get(name, np.arange(originals.n_classes(name)))[y[parents]]
        labels[name] = np.concatenate([y, np.where(flips, turned, y[parents])])
    source = np.concatenate([originals.source, originals.source[parents]])
    return Samples(x, labels, originals.classes, source, np.arange(rows) < n)


def _swaps(originals: Samples, mirror: Mirror | None) -> dict[str, Array] | None:
    """Label -> (K,) the class number after mirroring, or None if pictures must not be mirrored."""
    if mirror is None:
        return None
    swaps = {}
    for label, pairs in mirror.items():
        names = originals.classes[label]
        if not {pairs.get(name, name) for name in names} <= set(names):
            return None  # a left profile with no class of right profiles to put its mirror image in
        swaps[label] = np.array([names.index(pairs.get(name, name)) for name in names])
    return swaps


def _copy(picture: Array, angle: float, flip: bool, rng: np.random.Generator) -> Array:
    """One changed copy (c, h, w); the corners that a rotation uncovers repeat the edge."""
    from scipy.ndimage import rotate

    turned = rotate(
        picture[..., ::-1] if flip else picture,
        angle,
        axes=(2, 1),
        reshape=False,
        order=1,
        mode="nearest",
    )
    return np.clip(turned + rng.normal(0, NOISE, picture.shape), 0, 1)
