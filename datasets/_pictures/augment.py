"""Augmentation of picture sets as in Narula et al. 2020 (arXiv:2001.06103).

Rotation, mirroring and random noise. Copies are training material. They carry the source of their
original, so no fold can put a copy of a test picture into training. The amplitudes below are ours.
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
    """So many rows: the originals first, then copies, equally many of each, give or take one.

    Each copy is rotated by up to ANGLE degrees, mirrored with probability one half, and given pixel
    noise.

    Args:
        originals: pictures (n, c, h, w) in [0, 1].
        rows: total number of rows of the result.
        seed: the copies depend on it and on the originals only.
        mirror: the classes that mirroring changes (left and right); an empty one says that it
            changes none, and None that it might change some in a way we do not know, so that
            nothing is mirrored.

    Raises:
        InputError: fewer rows than originals.
    """
    n = len(originals)
    if rows < n:
        total = f"0, or a total of at least the {n} originals"
        raise InputError("augment", rows, total, "copies are added, none removed")
    copies = rows - n
    swaps = _swaps(originals, mirror)
    rng = np.random.default_rng(seed)
    order = rng.permutation(n)
    parents = order[np.arange(copies) % n]
    heads = rng.random(copies) < 0.5
    flips = heads & (swaps is not None)
    angles = rng.uniform(-ANGLE, ANGLE, copies)
    shape = originals.x.shape[1:]
    x = np.empty((rows, *shape), np.float32)
    x[:n] = originals.x
    for i in range(copies):
        picture = originals.x[parents[i]]
        x[n + i] = _copy(picture, angles[i], flips[i], rng)
    labels = {}
    for name, y in originals.labels.items():
        swap = swaps.get(name) if swaps else None
        copied = _copied(y[parents], flips, swap)
        labels[name] = np.concatenate([y, copied])
    copied = originals.source[parents]
    source = np.concatenate([originals.source, copied])
    original = np.arange(rows) < n
    return Samples(x, labels, originals.classes, source, original)


def _swaps(originals: Samples, mirror: Mirror | None) -> dict[str, Array] | None:
    """Label -> (K,) the class number after mirroring, or None if pictures must not be mirrored."""
    if mirror is None:
        return None
    swaps = {}
    for label, pairs in mirror.items():
        names = originals.classes[label]
        mirrored = [pairs.get(name, name) for name in names]
        if not set(mirrored) <= set(names):
            return None  # a left profile with no class of right profiles to put its mirror image in
        swaps[label] = np.array([names.index(name) for name in mirrored])
    return swaps


def _copied(y: Array, flips: Array, swap: Array | None) -> Array:
    """The classes (m,) of copies, given those of their originals and which are mirrored (m,)."""
    if swap is None:
        return y
    return np.where(flips, swap[y], y)


def _copy(picture: Array, angle: float, flip: bool, rng: np.random.Generator) -> Array:
    """One changed copy (c, h, w); the corners that a rotation uncovers repeat the edge."""
    from scipy.ndimage import rotate

    facing = picture[..., ::-1] if flip else picture
    turned = rotate(facing, angle, axes=(2, 1), reshape=False, order=1, mode="nearest")
    noise = rng.normal(0, NOISE, picture.shape)
    return np.clip(turned + noise, 0, 1)
