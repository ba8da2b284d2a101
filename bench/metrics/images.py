"""How alike rebuilt pictures and the true ones are: `f(a, b) -> (n,)` for batches in [0, 1].

a, b: (n, c, h, w) pictures with values in [0, 1].

Index: `ssim` (structural similarity, at most 1) and `psnr` (decibels); both are symmetric and
larger for more alike pictures. A number means something beside that of the blind guess alone, the
mean picture: where all pictures are taken alike, that one is not bad.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from ..checks import InputError, finite, images
from ..types import Array

WINDOW = 11  # pixels a side
SIGMA = 1.5  # of a window, in pixels
C1 = 0.01**2  # K1 squared; with C2, what keeps dark and flat windows from dividing by 0
C2 = 0.03**2  # K2 squared
PICTURE = (1, 2, 3)  # the axes of a batch that a number of each picture is the mean over
SLACK = 1e-6  # outside of [0, 1] that is rounding


def ssim(a: Array, b: Array) -> Array:
    """(n,) mean structural similarity of pictures a and b (n, c, h, w); range [-1, 1], 1 if equal.

    (2 ma mb + K1^2) (2 cov + K2^2) / ((ma^2 + mb^2 + K1^2) (va + vb + K2^2)) of a window with means
    ma and mb, variances va and vb; larger is more alike, no unit. Gaussian windows of 11x11 pixels
    with sigma 1.5, population covariances, K1 = 0.01, K2 = 0.03; the mean over all windows that lie
    in the picture, and over the channels. Source: Wang et al. 2004, doi:10.1109/TIP.2003.819861, as
    in scikit-image's structural_similarity(gaussian_weights=True, use_sample_covariance=False,
    data_range=1).

    Raises:
        InputError: if shapes differ or are no pictures, a value is not finite or outside of [0, 1],
            or a picture is smaller than a window.
    """
    a, b = _checked(a, b)
    h, w = a.shape[2:]
    if min(h, w) < WINDOW:
        expected = f"at least {WINDOW}x{WINDOW}, a window"
        raise InputError("pictures", f"{h}x{w} pixels", expected)
    mean_a = _windows(a)
    mean_b = _windows(b)
    var_a = _windows(a * a) - mean_a**2
    var_b = _windows(b * b) - mean_b**2
    cov = _windows(a * b) - mean_a * mean_b
    light = 2 * mean_a * mean_b + C1
    most_light = mean_a**2 + mean_b**2 + C1
    form = 2 * cov + C2
    most_form = var_a + var_b + C2
    likeness = (light / most_light) * (form / most_form)
    return likeness.mean(PICTURE)


def psnr(a: Array, b: Array) -> Array:
    """(n,) peak signal-to-noise ratio of pictures a and b (n, c, h, w), in decibels.

    -10 log10 mean (a - b)^2; range [0, inf], larger is more alike; infinite where two pictures are
    equal. Source: Huynh-Thu and Ghanbari 2008, doi:10.1049/el:20080522.

    Raises:
        InputError: if shapes differ or are no pictures, or a value is not finite or outside of
            [0, 1].
    """
    a, b = _checked(a, b)
    mean_square = np.square(a - b).mean(PICTURE)
    with np.errstate(divide="ignore"):
        return -10 * np.log10(mean_square)


MEASURES = {"ssim": ssim, "psnr": psnr}


def _windows(x: Array) -> Array:
    """(n, c, h - 10, w - 10) weighted means of all windows that lie in the picture."""
    radius = WINDOW // 2
    inside = slice(radius, -radius)
    means = gaussian_filter(x, SIGMA, radius=radius, axes=(2, 3))
    return means[..., inside, inside]


def _checked(a: Array, b: Array) -> tuple[Array, Array]:
    if a.shape != b.shape:
        raise InputError("pictures", f"shapes {a.shape} and {b.shape}", "two batches of one shape")
    for x in (a, b):
        finite("pictures", images("pictures", x))
        if not x.size:
            continue
        least = x.min()
        most = x.max()
        if least < -SLACK or most > 1 + SLACK:
            got = f"values from {least:.3g} to {most:.3g}"
            raise InputError("pictures", got, "values in [0, 1]")
    return a.astype(np.float64), b.astype(np.float64)
