"""The files of a set: whether the root is there, the order of names, what lies in a folder."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from ...bench.checks import InputError
from ...bench.types import Card

JUNK = re.compile(r"(^|/)(\.|__MACOSX)")  # what operating systems leave in folders and archives
ENOUGH = 2000  # files that are counted in a folder, for an error


def given(root: Path | None, card: Card) -> Path:
    """`root`, the user's copy of a set.

    Raises:
        InputError: it was not given or does not exist; says where the set can be had.
    """
    copy = f"your copy of {card.title}"
    origin = f"from {card.source}"
    if root is None:
        expected = f"--data-root DIR, {copy}"
        raise InputError("--data-root", "nothing", expected, f"get it {origin}")
    if not Path(root).exists():
        got = f"{root}, which does not exist"
        raise InputError("--data-root", got, copy, origin)
    return Path(root)


def natural(name: str) -> tuple[list[str | int], str]:
    """A sort key of names: img_2 before img_10, the same on every file system."""
    key = []
    for part in re.split(r"(\d+)", name):
        key.append(int(part) if part.isdecimal() else part)
    return key, name


def junk(name: str) -> bool:
    """Whether a path below the root is hidden, or was left by an operating system."""
    return JUNK.search(name) is not None


def contents(folder: Path) -> str:
    """What lies in a folder, in a few words, for the error that nothing usable does."""
    if folder.is_file():
        return f"{folder}, which is a file"
    names = []
    for path in folder.iterdir():
        if not path.name.startswith("."):
            names.append(path.name + "/" if path.is_dir() else path.name)
    if not names:
        return f"{folder}, which is empty"
    first = listed(sorted(names), 4)
    return f"{folder} with {first} ({_kinds(folder)})"


def _kinds(folder: Path) -> str:
    """The commonest kinds of file below a folder, such as `640 .pgm, 1 .txt`."""
    counts = Counter()
    for path in islice(folder.rglob("*"), ENOUGH):
        if path.is_file():
            counts[path.suffix.lower() or "without extension"] += 1
    kinds = [f"{count} {kind}" for kind, count in counts.most_common(4)]
    return ", ".join(kinds) or "no files"


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first few names, and how many more there are."""
    first = ", ".join(names[:most])
    more = len(names) - most
    return f"{first} and {more} more" if more > 0 else first
