"""Measures of likeness against known answers and other people's implementations."""

import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.bench.metrics.images import SLACK, psnr, ssim
from scipy.ndimage import gaussian_filter
from skimage import metrics


@pytest.fixture
def pair():
    """Colour pictures that are no squares, and the same with noise."""
    rng = np.random.default_rng(0)
    a = gaussian_filter(rng.random((3, 3, 17, 22)), (0, 0, 1, 1))
    a = (a - a.min()) / np.ptp(a)
    return a.astype(np.float32), np.clip(a + rng.normal(0, 0.1, a.shape), 0, 1).astype(np.float32)


def plain_ssim(a, b):
    """The formula of Wang et al. 2004, window after window, for one picture (c, h, w)."""
    steps = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    weights = np.outer(steps, steps) / steps.sum() ** 2
    values = []
    for x, y in zip(a.astype(float), b.astype(float), strict=True):
        for i in range(x.shape[0] - 10):
            for j in range(x.shape[1] - 10):
                u, v = x[i : i + 11, j : j + 11], y[i : i + 11, j : j + 11]
                mu, mv = (weights * u).sum(), (weights * v).sum()
                su, sv = (weights * (u - mu) ** 2).sum(), (weights * (v - mv) ** 2).sum()
                suv = (weights * (u - mu) * (v - mv)).sum()
                light = (2 * mu * mv + 1e-4) / (mu**2 + mv**2 + 1e-4)
                values.append(light * (2 * suv + 9e-4) / (su + sv + 9e-4))
    return np.mean(values)


def test_ssim_is_that_of_plain_loops_over_windows(pair):
    a, b = pair
    assert ssim(a, b).shape == (3,)
    assert np.allclose(
        ssim(a, b), [plain_ssim(*both) for both in zip(a, b, strict=True)], atol=1e-10
    )


def test_ssim_is_that_of_scikit_image(pair):
    options = {
        "gaussian_weights": True,
        "sigma": 1.5,
        "use_sample_covariance": False,
        "data_range": 1,
        "channel_axis": 0,
    }
    theirs = [metrics.structural_similarity(*both, **options) for both in zip(*pair, strict=True)]
    assert np.allclose(ssim(*pair), theirs, atol=1e-5)
    assert np.allclose(
        psnr(*pair), [metrics.peak_signal_noise_ratio(*both) for both in zip(*pair, strict=True)]
    )


def test_known_answers():
    a = np.random.default_rng(0).random((4, 1, 12, 11)).astype(np.float32)
    assert np.allclose(ssim(a, a), 1)
    assert np.isinf(psnr(a, a)).all()
    assert (ssim(a, 1 - a) < -0.5).all()  # the form turned round
    dark, light = np.full((1, 2, 11, 11), 0.2), np.full((1, 2, 11, 11), 0.3)
    assert psnr(dark, light) == pytest.approx([20])
    assert psnr(np.zeros((1, 1, 2, 2)), np.ones((1, 1, 2, 2))) == pytest.approx([0])
    assert ssim(dark, light) == pytest.approx(
        [(2 * 0.2 * 0.3 + 1e-4) / (0.2**2 + 0.3**2 + 1e-4)]
    )  # light alone


def test_both_are_symmetric_and_fall_with_noise(pair):
    a, b = pair
    worse = np.clip(a + 3 * (b - a), 0, 1)
    for measure in (ssim, psnr):
        assert np.allclose(measure(a, b), measure(b, a))
        assert (measure(a, worse) < measure(a, b)).all()


@pytest.mark.parametrize("measure", [ssim, psnr])
def test_what_is_no_pair_of_pictures_is_refused(measure):
    good = np.zeros((2, 1, 16, 16))
    for a, b, message in (
        (good, good[:1], "two batches of one shape"),
        (good[:, 0], good[:, 0], "images"),
        (good, good + 1.1, r"values in \[0, 1\]"),
        (good, good + np.nan, "finite"),
    ):
        with pytest.raises(InputError, match=message):
            measure(a, b)
    for rounding in (1e-7, SLACK, -SLACK):
        assert (measure(good, good + rounding) > 0.99).all()
    with pytest.raises(InputError, match="values in"):
        measure(good, good - 2 * SLACK)
    with pytest.raises(InputError, match="values in"):
        measure(good, good + 1 + 2 * SLACK)
    assert measure(good, good + 1 + SLACK) is not None


def test_ssim_needs_a_window():
    with pytest.raises(InputError, match="11x11"):
        ssim(np.zeros((1, 1, 10, 40)), np.zeros((1, 1, 10, 40)))
