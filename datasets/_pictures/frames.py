"""Frames of videos: divided within each video, as PPRL-VGAN was published, or kept together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from ...bench.types import Samples
from .photos import Photo

SHARE = 0.15  # of the frames of each video that test


def divided(photos: Sequence[Photo], videos: Sequence[Hashable]) -> list[Photo]:
    """The photos with a label `split`: of each video 85% train, drawn once and for all.

    No photo has a source: near-copies of test frames are learnt from, which is why such numbers
    flatter.

    Args:
        photos: those of a video are neighbours in the list.
        videos: the video of each photo.
    """
    rng = np.random.default_rng(0)
    pairs = zip(photos, videos, strict=True)
    marked = []
    for _, group in groupby(pairs, key=lambda pair: pair[1]):
        frames = [photo for photo, _ in group]
        marked += _split(frames, rng)
    return marked


def _split(frames: Sequence[Photo], rng: np.random.Generator) -> list[Photo]:
    """The frames of one video, marked `test` or `train`."""
    tested = round(SHARE * len(frames))
    order = rng.permutation(len(frames))
    test = set(order[:tested].tolist())
    marked = []
    for i, frame in enumerate(frames):
        side = "test" if i in test else "train"
        marked.append(Photo(frame.path, {**frame.labels, "split": side}))
    return marked


def with_copies_in_training(rows: Samples) -> Samples:
    """`divided` rows, where test frames that equal a training frame train as well.

    Equal is byte-identical: they share a source.
    """
    split = rows.labels["split"]
    train = rows.classes["split"].index("train")
    trained = rows.source[split == train]
    copied = np.isin(rows.source, trained)
    mended = np.where(copied, train, split)
    return replace(rows, labels={**rows.labels, "split": mended})
