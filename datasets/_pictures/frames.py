"""Frames of videos: divided within each video, as PPRL-VGAN was published, or kept together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from ...bench.types import Samples
from .images import Photo

SHARE = 0.15  # of the frames of each video that test


def divided(photos: Sequence[Photo], videos: Sequence[Hashable]) -> list[Photo]:
    """The photos with a label `split`: of each video (neighbours in the list) 85% train, drawn once and for all.

    No photo has a source: near-copies of test frames are learnt from, which is why such numbers
    flatter.
    """
    rng, found = np.random.default_rng(0), []
    for _, group in groupby(zip(photos, videos, strict=True), key=lambda pair: pair[1]):
        own = [photo for photo, _ in group]
        test = set(rng.permutation(len(own))[: round(SHARE * len(own))].tolist())
        found += [
            Photo(photo.path, {**photo.labels, "split": "test" if i in test else "train"})
            for i, photo in enumerate(own)
        ]
    return found


def told_apart(found: Samples) -> Samples:
    """`divided` samples, where test frames that are byte-identical to a training frame train as well."""
    sides = found.classes["split"]
    train = sides.index("train")
    shared = np.isin(found.source, found.source[found.labels["split"] == train])
    return replace(
        found, labels={**found.labels, "split": np.where(shared, train, found.labels["split"])}
    )
