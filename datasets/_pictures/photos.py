"""The photos of a set: find its files, label them by their names, check that the copy is whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...bench.checks import InputError
from ...bench.types import Card
from .._shared.files import contents, given, junk, natural
from .settings import ImageSettings


@dataclass(frozen=True)
class Photo:
    """A file and the names of its labels; photos of one clip share a `source`, "" is none."""

    path: Path
    labels: Mapping[str, str]
    source: str = ""


# ---- find the files ------------------------------------------------------------------------------


def find(
    root: Path | None,
    card: Card,
    *,
    inside: Sequence[str] = (),
    globs: Sequence[str],
    pattern: str,
    layout: str,
) -> tuple[Path, list[Photo]]:
    """The set's folder, and its files in natural order.

    The folder is `root` or one of root/`inside`, the first that has a file whose path below it
    matches `pattern`.

    Args:
        root: the user's copy of the set, or a folder that holds it.
        card: of the set, for errors.
        inside: names of folders in which copies of the set often lie.
        globs: the files that are looked at.
        pattern: a regular expression of paths below the folder; its named groups are the labels.
        layout: the expected paths in words, for errors.

    Raises:
        InputError: no root, or no folder of this layout there; says what was looked for and what
            is there.
    """
    root = given(root, card)
    for folder in (root, *(root / name for name in inside)):
        photos = _matching(folder, globs, pattern)
        if photos:
            return folder, photos
    hint = f"get {card.title} from {card.source}"
    raise InputError("--data-root", contents(root), layout, hint)


def _matching(folder: Path, globs: Sequence[str], pattern: str) -> list[Photo]:
    """The files below a folder that match, in natural order."""
    paths = _below(folder, globs)
    photos = []
    for name in sorted(paths, key=natural):
        match = re.fullmatch(pattern, name)
        if match and paths[name].is_file():
            photos.append(Photo(paths[name], match.groupdict()))
    return photos


def _below(folder: Path, globs: Iterable[str]) -> dict[str, Path]:
    """Files and folders that match a glob, by their paths below the folder."""
    paths = {}
    for glob in globs:
        for path in folder.glob(glob):
            name = path.relative_to(folder).as_posix()
            paths[name] = path
    return paths


# ---- is the copy whole? --------------------------------------------------------------------------


def refuse_gaps(settings: ImageSettings, gaps: Sequence[str], expected: str) -> None:
    """Nothing, if there are no gaps or the settings take a partial copy.

    Raises:
        InputError: there are; the first three are named.
    """
    if not gaps or settings.partial:
        return
    more = len(gaps) - 3
    got = "; ".join(gaps[:3])
    if more > 0:
        got += f" and {more} more gaps"
    source = settings.card.source
    hint = f"half-copied? get it from {source}; partial=true takes what is there"
    raise InputError("--data-root", got, expected, hint)


def refuse_incomplete(
    photos: Iterable[Photo], settings: ImageSettings, *, people: int, **classes: Collection[str]
) -> None:
    """Nothing, if so many people are there, each with a picture of each class of each label.

    Args:
        photos: those that were found.
        settings: of the set; a partial copy may be incomplete.
        people: the number of people of the whole set.
        **classes: label -> its class names.

    Raises:
        InputError: people or pictures are missing; the first three gaps are named.
    """
    labels = _labels_of_people(photos)
    gaps = []
    if len(labels) < people:
        gaps.append(f"{len(labels)} of {people} people")
    for person in sorted(labels):
        gaps += _missing(person, labels[person], classes)
    every = [f"each {label} ({', '.join(names)})" for label, names in classes.items()]
    expected = " and ".join(every)
    refuse_gaps(settings, gaps, f"{people} people with pictures of {expected}")


def _labels_of_people(photos: Iterable[Photo]) -> dict[str, set[tuple[str, str]]]:
    """Person -> the pairs of label and class name that some photo shows."""
    labels: dict[str, set[tuple[str, str]]] = {}
    for photo in photos:
        person = photo.labels["identity"]
        labels.setdefault(person, set()).update(photo.labels.items())
    return labels


def _missing(
    person: str, shown: Collection[tuple[str, str]], classes: Mapping[str, Collection[str]]
) -> list[str]:
    """A line for each class of which a person has no picture."""
    gaps = []
    for label, names in classes.items():
        missing = [name for name in names if (label, name) not in shown]
        gaps += [f"{person} has no {name}" for name in missing]
    return gaps


def hollow(folder: Path, photos: Iterable[Photo], globs: Iterable[str]) -> list[str]:
    """A line for each folder matched by `globs` that has none of the photos below it."""
    full: set[Path] = set()
    for photo in photos:
        full.update(photo.path.parents)
    paths = _below(folder, globs)
    empty = [name for name, path in paths.items() if path.is_dir() and path not in full]
    return [f"no picture in {name}/" for name in sorted(empty) if not junk(name)]


def evenly(photos: Sequence[Photo], count: int) -> list[Photo]:
    """`count` photos from the middles of as many equal stretches.

    All photos, if count is 0 or more than there are.
    """
    if not 0 < count < len(photos):
        return list(photos)
    chosen = []
    for k in range(count):
        middle = (k + 0.5) * len(photos) / count
        chosen.append(photos[int(middle)])
    return chosen
