"""Linear discriminant analysis."""

import numpy as np
from attacks import accuracy, dealt
from privbench.bench.registry import build


def rotated(scale):
    """Identity in ten columns made small, under a fixed rotation: no column is small any more."""
    samples = build("datasets", "gaussian:people=10,rows=49,delta=12").load(None)
    d = samples.x.shape[1]
    square = np.random.default_rng(5).normal(size=(d, d))
    turn, _ = np.linalg.qr(square)
    factors = np.where(np.arange(d) < 10, scale, 1)
    z = samples.x * factors @ turn
    return dealt(z.astype(np.float32), samples.labels["identity"])


def test_a_small_leak_under_a_rotation_is_found_by_whitening():
    assert accuracy("lda", rotated(0.01)) > 0.9
