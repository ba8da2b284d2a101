"""What the picture sets share: find the files, check that the copy is whole, decode every file alike.

Each picture becomes plain 8-bit grey (or RGB) before anything else happens to it, whatever its
format: in JAFFE one person's files alone are palette images, and reading them raw would hand
identity to the file format.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

import numpy as np

from ...bench.checks import InputError, number, one_of
from ...bench.types import Array, Card, Samples, samples
from .augment import Mirror, augmented

if TYPE_CHECKING:
    from PIL.Image import Image

Fit = Literal["crop", "pad", "stretch"]
EXTENSIONS = "png|jpe?g|pgm|ppm|bmp|tiff?|gif|webp"


@dataclass(frozen=True)
class ImageSettings:
    """How the pictures of a set are read.

    size: side in pixels of the square result. fit: how a picture becomes square: cut to its centre
    (crop), bordered with black (pad), or distorted (stretch). color: three channels instead of one.
    augment: total number of rows including turned, mirrored and noisy copies, drawn from
    augment_seed; 0 makes none. partial: take what is there of an incomplete copy instead of
    refusing it.
    """

    size: int = 48
    fit: Fit = "crop"
    color: bool = False
    augment: int = 0
    augment_seed: int = 0
    partial: bool = False

    card: ClassVar[Card]  # each set brings its own

    def __post_init__(self) -> None:
        number("size", self.size, 8, 1024)
        one_of("fit", self.fit, get_args(Fit))
        number("augment", self.augment, 0)
        number("augment_seed", self.augment_seed, 0)


@dataclass(frozen=True)
class Photo:
    """A file and the names of its labels; photos of one clip share a `source`, "" means that it has none."""

    path: Path
    labels: Mapping[str, str]
    source: str = ""


# ---- find the files
# -------------------------------------------------------------------------------------------------


def given(root: Path | None, card: Card) -> Path:
    """`root`, if it was given and exists; otherwise an InputError that says where the set can be had."""
    if root is None:
        raise InputError(
            "--data-root",
            "nothing",
            f"--data-root DIR, your copy of {card.title}",
            f"get it from {card.source}",
        )
    if not Path(root).exists():
        raise InputError(
            "--data-root",
            f"{root}, which does not exist",
            f"your copy of {card.title}",
            f"from {card.source}",
        )
    return Path(root)


def find(
    root: Path | None,
    card: Card,
    *,
    inside: Sequence[str] = (),
    globs: Sequence[str],
    pattern: str,
    layout: str,
) -> tuple[Path, list[Photo]]:
    """The set's folder, and its files in natural order, labelled by the named groups of `pattern`.

    The folder is `root` or one of root/`inside`, the first that has a file whose path below it
    matches `pattern`.

    Raises:
        InputError: no root, or no folder of this layout there; says what was looked for and what
        was found.
    """
    root = given(root, card)
    for folder in (root, *(root / name for name in inside)):
        paths = {
            path.relative_to(folder).as_posix(): path
            for glob in globs
            for path in folder.glob(glob)
        }
        matches = [
            (path, re.fullmatch(pattern, name)) for name, path in sorted(paths.items(), key=natural)
        ]
        photos = [
            Photo(path, match.groupdict()) for path, match in matches if match and path.is_file()
        ]
        if photos:
            return folder, photos
    raise InputError("--data-root", contents(root), layout, f"get {card.title} from {card.source}")


def natural(item: tuple[str, object]) -> tuple[list[str | int], str]:
    """A sort key on the item's name: img_2 before img_10, the same on every file system."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", item[0])], item[
        0
    ]


def contents(folder: Path) -> str:
    """What lies in a folder, in a few words, for the error that nothing usable does."""
    if folder.is_file():
        return f"{folder}, which is a file"
    names = sorted(
        path.name + "/" * path.is_dir()
        for path in folder.iterdir()
        if not path.name.startswith(".")
    )
    if not names:
        return f"{folder}, which is empty"
    files = (path for path in islice(folder.rglob("*"), 2000) if path.is_file())
    kinds = Counter(path.suffix.lower() or "without extension" for path in files).most_common(4)
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    found = ", ".join(f"{count} {kind}" for kind, count in kinds) or "no files"
    return f"{folder} with {', '.join(names[:4])}{more} ({found})"


# ---- is the copy whole?
# ---------------------------------------------------------------------------------------------


def refuse_gaps(settings: ImageSettings, gaps: Sequence[str], expected: str) -> None:
    """Raise InputError if there are gaps, unless the settings ask for a partial copy."""
    if gaps and not settings.partial:
        more = f" and {len(gaps) - 3} more gaps" if len(gaps) > 3 else ""
        hint = f"half-copied? get it from {settings.card.source}; partial=true takes what is there"
        raise InputError("--data-root", "; ".join(gaps[:3]) + more, expected, hint)


def refuse_incomplete(
    photos: Iterable[Photo], settings: ImageSettings, *, people: int, **classes: Collection[str]
) -> None:
    """Raise InputError unless all `people` are there, each with at least one picture of each class of each label."""
    seen: dict[str, set[tuple[str, str]]] = {}
    for photo in photos:
        seen.setdefault(photo.labels["identity"], set()).update(photo.labels.items())
    wanted = [(label, name) for label, names in classes.items() for name in names]
    gaps = [f"{len(seen)} of {people} people"] if len(seen) < people else []
    gaps += [
        f"{who} has no {name}"
        for who in sorted(seen)
        for label, name in wanted
        if (label, name) not in seen[who]
    ]
    every = " and ".join(f"each {label} ({', '.join(names)})" for label, names in classes.items())
    refuse_gaps(settings, gaps, f"{people} people with pictures of {every}")


def hollow(folder: Path, photos: Iterable[Photo], globs: Iterable[str]) -> list[str]:
    """One line for each folder matched by `globs` that has none of the photos below it."""
    full = {parent for photo in photos for parent in photo.path.parents}
    empty = {
        path for glob in globs for path in folder.glob(glob) if path.is_dir() and path not in full
    }
    names = sorted(path.relative_to(folder).as_posix() for path in empty)
    return [
        f"no picture in {name}/" for name in names if not re.search(r"(^|/)(\.|__MACOSX)", name)
    ]


def evenly(photos: Sequence[Photo], count: int) -> list[Photo]:
    """`count` photos from the middles of as many equal stretches; all of them if count is 0 or more than there are."""
    if not 0 < count < len(photos):
        return list(photos)
    return [photos[int((k + 0.5) * len(photos) / count)] for k in range(count)]


# ---- read them -----------------------------------------------------------------------------------
# -------------------


def read(photos: Sequence[Photo], settings: ImageSettings, *, mirror: Mirror | None) -> Samples:
    """Samples of the photos, in their order, with augmented copies behind them if the settings ask for any.

    Rows whose files are byte-identical, or whose photos name the same source, share a source, and
    so on along the chain. `mirror` is described in `_augment.augmented`.

    Raises:
        InputError: a file cannot be read; it is named, with the cause.
    """
    channels = 3 if settings.color else 1
    x = np.empty(
        (len(photos), channels, settings.size, settings.size), np.float32
    )  # filled in place: sets are large
    digests = []
    for row, photo in enumerate(photos):
        try:
            data = photo.path.read_bytes()
            x[row] = _pixels(data, settings)
        except Exception as error:  # decoders raise a dozen unrelated types on broken files
            cause = " ".join(f"{type(error).__name__}: {error}".split())
            hint = "fetch it again, or remove it"
            raise InputError(
                "image", f"{photo.path} ({cause})", "a picture that can be decoded", hint
            ) from error
        digests.append(hashlib.sha256(data).hexdigest())
    named = {label: [photo.labels[label] for photo in photos] for label in photos[0].labels}
    originals = samples(x, named, source=_sources([photo.source for photo in photos], digests))
    if not settings.augment:
        return originals
    return augmented(originals, settings.augment, seed=settings.augment_seed, mirror=mirror)


def _sources(clips: Sequence[str], digests: Sequence[str]) -> Array:
    """(n,) the connected components of rows that share a clip name or a digest."""
    parent: dict[str, str] = {}

    def top(key: str) -> str:
        while parent.setdefault(key, key) != key:
            parent[key] = key = parent[parent[key]]
        return key

    clips = [
        f"clip {clip}" if clip else f"file {digest}"
        for clip, digest in zip(clips, digests, strict=True)
    ]
    for clip, digest in zip(clips, digests, strict=True):
        parent[top(f"file {digest}")] = top(clip)
    number_of: dict[str, int] = {}
    return np.array([number_of.setdefault(top(clip), len(number_of)) for clip in clips])


def _pixels(data: bytes, settings: ImageSettings) -> Array:
    """(c, size, size) float32 in [0, 1] of one encoded file, resampled bilinearly with antialiasing."""
    from PIL import Image, ImageOps

    with Image.open(BytesIO(data)) as file:
        picture = _opaque(ImageOps.exif_transpose(file)).convert("RGB" if settings.color else "L")
    square, method = (settings.size, settings.size), Image.Resampling.BILINEAR
    if settings.fit == "crop":
        picture = ImageOps.fit(picture, square, method)
    elif settings.fit == "pad":
        picture = ImageOps.pad(picture, square, method)
    else:
        picture = picture.resize(square, method)
    pixels = np.asarray(picture, np.float32) / 255
    return np.moveaxis(pixels, -1, 0) if settings.color else pixels[None]


def _opaque(picture: Image) -> Image:
    """The picture as 8-bit RGB; transparent parts show white, not whatever colour hides beneath them."""
    from PIL import Image

    if picture.mode.startswith("I"):  # 16-bit grey, which Pillow would clip
        deep = np.asarray(picture)
        if deep.min() < 0 or deep.max() > 65535:
            raise ValueError("more than 16 bits a pixel")
        return Image.fromarray((deep / 257).round().astype(np.uint8)).convert("RGB")
    if picture.mode == "F":
        raise ValueError("floating-point pixels, whose range is unknown")
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert(
            "RGB"
        )
    return picture.convert(
        "RGB"
    )  # grey to RGB and back is exact, palette to grey directly is not always
