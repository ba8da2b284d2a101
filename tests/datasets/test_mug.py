"""MUG's layout, and the frames of its takes."""

import shutil

import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.datasets.mug import Mug


def test_mug_keeps_the_frames_of_a_take_together(mug_root):
    """Trap 7. The control: there are far fewer takes than frames; a split by frame divides them."""
    s = Mug(size=8, frames=0).load(mug_root)
    assert len(s) == 2 * 7 * 2 * 7
    assert np.bincount(s.source).tolist() == [7] * 28
    for label in s.labels.values():
        assert all(len(np.unique(label[s.source == source])) == 1 for source in range(28))
    assert s.classes["identity"] == ("001", "002")
    assert len(Mug(size=8).load(mug_root)) == 5 * 28
    assert len(Mug(size=8, frames=1).load(mug_root)) == 28


def test_mug_gaps(mug_root):
    for path in (mug_root / "002/session0/fear/take001").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="got no picture in 002/session0/fear/take001/;"):
        Mug().load(mug_root)
    shutil.rmtree(mug_root / "002/session0/fear")
    assert len(Mug(size=8, frames=1).load(mug_root)) == 26
    shutil.rmtree(mug_root / "001/fear")
    with pytest.raises(InputError, match="got nobody has fear"):
        Mug().load(mug_root)
