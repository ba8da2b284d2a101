"""Copies are deterministic, even, tied to their originals and never mislabelled."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.bench.types import Samples, samples
from privbench.datasets._pictures.augment import ANGLE, NOISE, augmented
from privbench.datasets.cmu_faces import MIRROR


@pytest.fixture
def profiles() -> Samples:
    """Seven faces that look left (bright left half) or right; rows 0 and 1 share a source."""
    pose = np.array(["left", "right", "left", "right", "left", "right", "left"])
    x = np.zeros((7, 1, 16, 16), np.float32)
    x[pose == "left", :, :, :8] = x[pose == "right", :, :, 8:] = 1
    named = {"pose": pose, "identity": np.arange(7)}
    return samples(x, named, source=np.array([0, 0, 1, 2, 3, 4, 5]))


def looks_left(x: np.ndarray) -> np.ndarray:
    return x[..., :8].mean((1, 2, 3)) > x[..., 8:].mean((1, 2, 3))


def test_originals_come_first_and_copies_are_even_and_tied(profiles):
    grown = augmented(profiles, 24, seed=0, mirror=MIRROR)
    assert len(grown) == 24
    assert list(grown.original) == [True] * 7 + [False] * 17
    np.testing.assert_array_equal(grown.x[:7], profiles.x)
    np.testing.assert_array_equal(grown.source[:7], profiles.source)
    copies = Counter(grown.labels["identity"][7:].tolist())
    assert set(copies.values()) == {2, 3}
    for row in range(7, 24):
        assert grown.source[row] == profiles.source[grown.labels["identity"][row]]


def test_copies_depend_on_the_seed_and_on_nothing_else(profiles):
    first, again = (augmented(profiles, 20, seed=1, mirror=MIRROR) for _ in range(2))
    np.testing.assert_array_equal(first.x, again.x)
    assert not np.array_equal(first.x, augmented(profiles, 20, seed=2, mirror=MIRROR).x)


def test_copies_are_changed_but_stay_in_range(profiles):
    grown = augmented(profiles, 50, seed=0, mirror=MIRROR)
    assert grown.x.dtype == np.float32
    assert grown.x.min() >= 0
    assert grown.x.max() <= 1
    assert not any((copy == profiles.x).all((1, 2, 3)).any() for copy in grown.x[7:])


def test_mirrored_profiles_change_their_label(profiles):
    """The control: with a mirror that changes no label, some copies that look left are right."""
    grown = augmented(profiles, 200, seed=0, mirror=MIRROR)
    left = profiles.classes["pose"].index("left")
    np.testing.assert_array_equal(looks_left(grown.x), grown.labels["pose"] == left)
    assert (grown.labels["pose"][7:] != profiles.labels["pose"][grown.labels["identity"][7:]]).any()
    wrong = augmented(profiles, 200, seed=0, mirror={})
    assert (looks_left(wrong.x) != (wrong.labels["pose"] == left)).any()


def test_nothing_is_mirrored_where_labels_are_unknown_or_lack_their_counterpart(profiles):
    only_left = profiles.take(profiles.labels["pose"] == 0)
    only_left = replace(
        only_left, labels={"pose": only_left.labels["pose"]}, classes={"pose": ("left",)}
    )
    assert looks_left(augmented(only_left, 60, seed=0, mirror=MIRROR).x).all()
    assert looks_left(augmented(only_left, 60, seed=0, mirror=None).x).all()
    assert not looks_left(augmented(only_left, 60, seed=0, mirror={}).x).all()


def test_amplitudes_are_those_documented():
    x = np.full((1, 1, 64, 64), 0.5, np.float32)
    x[..., 30:34, :] = 1  # a horizontal bar
    flat = samples(np.full_like(x, 0.5), {"identity": [0]})
    assert augmented(flat, 20, seed=0, mirror={}).x[1:].std() == pytest.approx(NOISE, rel=0.05)
    bars = augmented(samples(x, {"identity": [0]}), 60, seed=0, mirror={}).x[1:, 0]
    heights = np.arange(64)[None, :, None]
    weight = np.where(bars > 0.7, 1.0, 0.0)
    middle = (weight * heights).sum(1) / np.maximum(weight.sum(1), 1)
    angles = np.degrees(np.arctan((middle[:, 54] - middle[:, 10]) / 44))
    assert 0.6 * ANGLE < np.abs(angles).max() < ANGLE + 1
    assert angles.min() < -3 < 3 < angles.max()


def test_fewer_rows_than_originals_is_an_error(profiles):
    assert len(augmented(profiles, 7, seed=0, mirror={})) == 7
    with pytest.raises(
        InputError, match="augment: got 6; expected 0, or a total of at least the 7 originals"
    ):
        augmented(profiles, 6, seed=0, mirror={})
