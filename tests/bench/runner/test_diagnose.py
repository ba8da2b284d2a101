"""What is odd about codes is flagged, and plain codes are not."""

import numpy as np
from privbench.bench.runner import diagnose


def flags(z, x=None, label=None):
    n = len(z)
    x = np.random.default_rng(9).normal(size=(n, 3)) if x is None else x
    halves = np.arange(n // 2), np.arange(n // 2, n)
    found = diagnose.flags(z.astype(np.float32), x.astype(np.float32), label, *halves)
    return tuple(flag.code for flag in found)


def test_odd_releases_are_named_and_plain_ones_are_not():
    rng = np.random.default_rng(0)
    z, label = rng.normal(size=(200, 8)), np.arange(200) % 3
    assert flags(z, label=label) == ()
    assert flags(np.ones((200, 4))) == ("constant",)
    assert flags(z, x=z) == ("equals-input",)
    assert "equals-input" not in flags(z, x=z + 0.01 * rng.normal(size=z.shape))
    assert "label-only" in flags(np.eye(3)[label], label=label)
    assert "label-only" not in flags(
        np.eye(3)[label] + 0.01 * rng.normal(size=(200, 3)), label=label
    )
    assert flags(np.hstack([z, z[:, :1] + z[:, 1:2]])) == ("rank-deficient",)
    assert flags(z * np.array([1e-6] + [1.0] * 7)) == ("badly-scaled",)
    assert "same-codes-in-test" in flags(np.round(z[:, :1]))


def test_wide_codes_of_full_rank_are_not_called_deficient():
    z = np.random.default_rng(0).normal(size=(60, 500))
    assert flags(z) == ()
    assert flags(np.vstack([z, z])) == ("same-codes-in-test",)
