"""FERG-DB's layout, and its near-copies."""

import shutil

import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.datasets import ferg
from privbench.datasets.ferg import Ferg


def test_ferg_labels_and_choice(ferg_root):
    assert len(Ferg(size=8).load(ferg_root)) == 6 * 7 * 11
    s = Ferg(size=8, per_class=2).load(ferg_root)
    assert len(s) == 84
    assert s.classes == {"identity": ferg.CHARACTERS, "expression": ferg.EXPRESSIONS}
    shutil.rmtree(ferg_root / "FERG_DB_256/ray/ray_joy")
    with pytest.raises(InputError, match="got ray has no joy"):
        Ferg().load(ferg_root)


def test_neighbours_of_ferg_share_a_source_where_asked(ferg_root):
    s = Ferg(size=8, block=4).load(ferg_root)
    assert len(np.unique(s.source)) == 6 * 7 * 3  # 11 pictures each: 4, 4 and 3
    with pytest.raises(InputError, match="ferg:block"):
        Ferg(published=True, block=4)
