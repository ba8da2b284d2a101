"""The convolutional network."""

import numpy as np
from privbench.bench.registry import build


def test_cnn_takes_images_only():
    cnn = build("attackers", "cnn")
    y = np.arange(4)
    assert "images" in cnn.skip(np.zeros((4, 8)), y)
    assert "8x8" in cnn.skip(np.zeros((4, 1, 4, 4)), y)
    assert cnn.skip(np.zeros((4, 1, 8, 8)), y) is None
