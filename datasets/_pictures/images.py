"""Decode the photos of a set, every file alike.

Each picture becomes plain 8-bit grey (or RGB) before anything else happens to it, whatever its
format: in JAFFE one person's files alone are palette images, and reading them raw would hand
identity to the file format.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from ...bench.checks import InputError
from ...bench.types import Array, Samples, samples
from .augment import Mirror, augmented
from .photos import Photo
from .settings import ImageSettings

if TYPE_CHECKING:
    from PIL.Image import Image

EXTENSIONS = "png|jpe?g|pgm|ppm|bmp|tiff?|gif|webp"
DEEPEST = 65535  # the brightest level of 16 bits a pixel


def read(photos: Sequence[Photo], settings: ImageSettings, *, mirror: Mirror | None) -> Samples:
    """The photos as rows (n, c, size, size) in their order, and augmented copies behind them.

    Rows whose files are byte-identical, or whose photos name the same source, share a source, and
    so on along the chain.

    Args:
        photos: at least one.
        settings: how pictures are read, and how many copies are made.
        mirror: the classes that mirroring changes, as in `augment.augmented`.

    Raises:
        InputError: a file cannot be read; it is named, with the cause.
    """
    channels = 3 if settings.color else 1
    # filled in place: sets are large
    x = np.empty((len(photos), channels, settings.size, settings.size), np.float32)
    digests = []
    for row, photo in enumerate(photos):
        x[row], digest = _decoded(photo, settings)
        digests.append(digest)
    labels = {}
    for label in photos[0].labels:
        labels[label] = [photo.labels[label] for photo in photos]
    clips = [photo.source for photo in photos]
    originals = samples(x, labels, source=_sources(clips, digests))
    if not settings.augment:
        return originals
    return augmented(originals, settings.augment, seed=settings.augment_seed, mirror=mirror)


def _decoded(photo: Photo, settings: ImageSettings) -> tuple[Array, str]:
    """The pixels (c, size, size) of a photo, and the digest of its file."""
    try:
        data = photo.path.read_bytes()
        pixels = _pixels(data, settings)
    except Exception as error:  # decoders raise a dozen unrelated types on broken files
        cause = " ".join(f"{type(error).__name__}: {error}".split())
        got = f"{photo.path} ({cause})"
        hint = "fetch it again, or remove it"
        raise InputError("image", got, "a picture that can be decoded", hint) from error
    return pixels, hashlib.sha256(data).hexdigest()


def _sources(clips: Sequence[str], digests: Sequence[str]) -> Array:
    """(n,) the connected components of rows that share a clip name or a digest."""
    parent: dict[str, str] = {}

    def top(key: str) -> str:
        while parent.setdefault(key, key) != key:
            above = parent[parent[key]]
            parent[key] = above
            key = above
        return key

    files = [f"file {digest}" for digest in digests]
    keys = []
    for clip, file in zip(clips, files, strict=True):
        key = f"clip {clip}" if clip else file
        keys.append(key)
        parent[top(file)] = top(key)
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(top(key), len(numbers)) for key in keys])


def _pixels(data: bytes, settings: ImageSettings) -> Array:
    """(c, size, size) float32 in [0, 1] of an encoded file, resampled bilinearly, antialiased."""
    from PIL import Image, ImageOps

    with Image.open(BytesIO(data)) as file:
        upright = ImageOps.exif_transpose(file)
        picture = _opaque(upright).convert("RGB" if settings.color else "L")
    square = (settings.size, settings.size)
    method = Image.Resampling.BILINEAR
    if settings.fit == "crop":
        picture = ImageOps.fit(picture, square, method)
    elif settings.fit == "pad":
        picture = ImageOps.pad(picture, square, method)
    else:
        picture = picture.resize(square, method)
    pixels = np.asarray(picture, np.float32) / 255
    return np.moveaxis(pixels, -1, 0) if settings.color else pixels[None]


def _opaque(picture: Image) -> Image:
    """The picture as 8-bit RGB; transparent parts show white, not the colour beneath them."""
    if picture.mode.startswith("I"):
        return _of_16_bits(picture)
    if picture.mode == "F":
        raise ValueError("floating-point pixels, whose range is unknown")
    if "A" in picture.getbands() or "transparency" in picture.info:
        return _on_white(picture)
    # grey to RGB and back is exact, palette to grey directly is not always
    return picture.convert("RGB")


def _of_16_bits(picture: Image) -> Image:
    """16-bit grey scaled to 8 bits, where Pillow would clip it."""
    from PIL import Image

    deep = np.asarray(picture)
    if deep.min() < 0 or deep.max() > DEEPEST:
        raise ValueError("more than 16 bits a pixel")
    levels = (deep / 257).round()
    return Image.fromarray(levels.astype(np.uint8)).convert("RGB")


def _on_white(picture: Image) -> Image:
    """A picture with transparent parts, on a white ground."""
    from PIL import Image

    ground = Image.new("RGBA", picture.size, "white")
    merged = Image.alpha_composite(ground, picture.convert("RGBA"))
    return merged.convert("RGB")
