"""JAFFE's layout, and its palette files."""

import numpy as np
import pytest
from PIL import Image
from privbench.bench.checks import InputError
from privbench.datasets import jaffe
from privbench.datasets.jaffe import Jaffe


def test_jaffe_labels_and_palette_files(jaffe_root):
    """Trap 4: control first, KM's files are palette images and the others are not."""
    with (
        Image.open(jaffe_root / "jaffe/KM.NE1.29.tiff") as km,
        Image.open(jaffe_root / "jaffe/KA.NE1.1.tiff") as ka,
    ):
        assert (km.mode, ka.mode) == ("P", "L")
    s = Jaffe(size=10).load(jaffe_root)
    assert s.x.shape == (140, 1, 10, 10)
    assert set(s.classes["expression"]) == set(jaffe.CODES.values())
    assert s.classes["identity"][2] == "KM"
    with Image.open(jaffe_root / "jaffe/KM.NE1.29.tiff") as km:
        grey = np.asarray(km.convert("RGB").convert("L"), np.float32) / 255
    neutral = s.classes["expression"].index("neutral")
    rows = np.flatnonzero((s.labels["identity"] == 2) & (s.labels["expression"] == neutral))
    assert any(np.array_equal(s.x[row, 0], grey) for row in rows)


def test_jaffe_names_gaps(jaffe_root):
    for path in (jaffe_root / "jaffe").glob("UY.FE*"):
        path.unlink()
    with pytest.raises(InputError, match="got UY has no fear"):
        Jaffe().load(jaffe_root)
