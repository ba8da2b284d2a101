"""Noise, blur and downsample: what they do to pictures."""

import numpy as np
import pytest
from privbench.bench import testing
from privbench.bench.checks import InputError
from privbench.bench.registry import build
from privbench.bench.types import Task

TOY = testing.toy_images()


def test_noise_has_its_deviation_and_cannot_be_averaged_away():
    x = np.full((50, 1, 16, 16), 0.5, np.float32)
    x += 1e-4 * np.arange(50, dtype=np.float32)[:, None, None, None]  # no two are the same picture
    defense = build("defenses", "noise:sigma=0.1")
    noisy = defense.transform(x)
    noise = noisy - x
    assert noise.std() == pytest.approx(0.1, rel=0.03)
    again = defense.transform(x[3:5])
    assert np.array_equal(noisy[3:5], again)
    correlation = np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]
    assert abs(correlation) < 0.2


def test_blur_keeps_the_mean_and_removes_detail():
    x = TOY.x
    blurred = build("defenses", "blur:sigma=2").transform(x)
    assert blurred.mean() == pytest.approx(x.mean(), abs=0.02)
    detail = np.abs(np.diff(x)).mean()
    assert np.abs(np.diff(blurred)).mean() < 0.3 * detail
    sharp = build("defenses", "blur:sigma=0").transform(x)
    assert np.array_equal(sharp, x)


def test_downsample_keeps_block_means_only():
    x = TOY.x
    means = x.reshape(len(x), 1, 4, 4, 4, 4).mean((3, 5))
    pixelated = build("defenses", "downsample:pixelate=true").transform(x)
    corners = pixelated[:, :, ::4, ::4]
    assert np.allclose(corners, means, atol=1e-6)
    assert np.allclose(pixelated, corners.repeat(4, 2).repeat(4, 3))
    smooth = build("defenses", "downsample").transform(x)
    assert smooth.shape == x.shape
    with pytest.raises(InputError, match="at most 16"):
        build("defenses", "downsample:factor=17").transform(x)


@pytest.mark.parametrize("spec", ["noise:epochs=1", "blur:epochs=1", "downsample:epochs=1"])
def test_transforms_release_the_picture_and_the_features_learnt_on_it(spec):
    encoder = build("defenses", spec).fit(TOY, Task(), seed=0, device="cpu")
    releases = encoder(TOY.x)
    assert releases["image"].shape == TOY.x.shape
    assert releases["features"].shape == (len(TOY), 128 * 2 * 2)
