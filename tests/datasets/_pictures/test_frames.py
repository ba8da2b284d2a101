"""Frames of videos: divided as published, or kept together."""

import numpy as np
import pytest
from privbench.bench.runner import folds
from privbench.datasets.ferg import Ferg
from privbench.datasets.mug import Mug


def test_published_divides_the_frames_of_each_video_and_grouped_does_not(mug_root, ferg_root):
    for dataset, root, share in (
        (Mug(size=8, frames=0, published=True), mug_root, 0.15),
        (Ferg(size=8, published=True), ferg_root, 2 / 11),
    ):
        s = dataset.load(root)
        assert s.classes["split"] == ("test", "train")
        test = s.labels["split"] == 0
        assert test.mean() == pytest.approx(share, abs=0.06)
        for cell in np.unique(np.stack([s.labels["identity"], s.labels["expression"]]), axis=1).T:
            video = (s.labels["identity"] == cell[0]) & (s.labels["expression"] == cell[1])
            assert set(test[video]) == {True, False}  # every video is on both sides
        assert not set(s.source[test]) & set(s.source[~test])
        fold = folds.make(s, dataset.task, "given", 1, seed=0)[0]
        assert np.array_equal(np.sort(fold.test), np.flatnonzero(test))
        assert np.array_equal(dataset.load(root).labels["split"], s.labels["split"])
    assert "split" not in Mug(size=8).load(mug_root).labels


def test_a_test_frame_that_is_a_training_frame_trains(draw, ferg_root):
    for n in range(1, 12):
        draw(f"FERG_DB_256/ray/ray_joy/ray_joy_{n}.png", like="the same", mode="RGBA")
    s = Ferg(size=8, published=True).load(ferg_root)
    same = (s.labels["identity"] == 5) & (s.labels["expression"] == 3)
    assert (s.labels["split"][same] == 1).all()
