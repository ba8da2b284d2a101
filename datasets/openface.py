"""OpenFace 2 (Baltrusaitis et al. 2018): the action units of each frame of each clip."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, get_args

from ..bench.checks import InputError, number, one_of
from ..bench.types import Card, Samples, Task
from ._recordings import openface_csv
from ._recordings.openface_csv import Features
from ._recordings.windows import SequenceSettings, cut
from ._shared.files import contents, given, junk, listed, natural

Labels = Mapping[str, str]  # what a file's name tells: name -> value
TELLING_FILES_APART = ("subject", "clip")  # names in a pattern that are no labels of their own


@dataclass(frozen=True)
class Openface(SequenceSettings):
    """Labels identity and whatever else the file names tell; a file is one recording.

    pattern: what a file name tells, such as `{subject}_{clip}.csv` or
    `{emotion}/{subject}_{clip}.csv`: {subject} is the label identity, {clip} only tells files
    apart, every other name is a label, and `*` stands for anything. A pattern without / is for the
    name alone, in whichever folder; {subject} is as short as it can be, so of a_b_c.csv it is a.
    features: `au` for the 17 intensities, `au+c` for the 18 presences too. Landmarks, head pose,
    gaze and shape are never taken: they carry identity directly. confidence: a frame of less is
    missing, as is one without success.
    """

    pattern: str = "{subject}_{clip}.csv"
    features: Features = "au"
    confidence: float = 0.8

    card: ClassVar[Card] = Card(
        title="OpenFace 2 action units",
        licence="that of your videos; OpenFace itself is for non-commercial research",
        source="your own CSV files, of FeatureExtraction in "
        "https://github.com/TadasBaltrusaitis/OpenFace",
        citation="T. Baltrusaitis et al., OpenFace 2.0: facial behavior analysis toolkit, FG 2018, "
        "doi:10.1109/FG.2018.00019",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("features", self.features, get_args(Features))
        number("confidence", self.confidence, 0, 1)
        regex(self.pattern)

    @property
    def task(self) -> Task:
        """Serves emotion or expression if the file names tell it, or else their first label."""
        groups = regex(self.pattern).groupindex
        names = [name for name in groups if name not in TELLING_FILES_APART]
        usual = [name for name in ("emotion", "expression") if name in names]
        first = next(iter(usual + names), "")
        return Task(first, "identity")

    def load(self, root: Path | None) -> Samples:
        """Windows of every file whose name fits the pattern, in the order of their names.

        Raises:
            InputError: no such file, two of one subject and clip, a file that is not OpenFace 2's,
                or a frame twice; file and line are named.
        """
        root = given(root, self.card)
        files, others = matching(root, self.pattern)
        recordings = []
        faces = 0
        for path, labels in files:
            recording, more = openface_csv.read(path, self.features, self.confidence)
            name = path.relative_to(root).as_posix()
            recordings.append(replace(recording, name=name, labels=_labels(labels)))
            faces += more
        notes = []
        if faces:
            what = "lines of a second face left out: the most confident of a frame is kept"
            notes.append(f"{faces:,} {what}")
        if others:
            what = f"CSV files left out, whose names are not {self.pattern}"
            notes.append(f"{len(others)} {what}: {listed(others)}")
        return cut(recordings, self, notes=notes)


def _labels(named: Labels) -> dict[str, str]:
    """The labels of a recording, from what its file's name tells."""
    labels = {"identity": named["subject"]}
    for name, value in named.items():
        if name not in TELLING_FILES_APART:
            labels[name] = value
    return labels


def regex(pattern: str) -> re.Pattern[str]:
    """The pattern of file names as a regular expression.

    A name that comes twice means the same twice.

    Raises:
        InputError: a brace without a name in it, no {subject}, or {identity}, which it would be.
    """
    text = ""
    seen = set()
    for part in re.split(r"(\{[^{}]*\}|\*)", pattern):
        text += _regex_of(part, pattern, again=part in seen)
        seen.add(part)
    if "{subject}" not in seen or "{identity}" in seen:
        expected = "{subject} in it, such as {subject}_{clip}.csv"
        raise InputError("pattern", repr(pattern), expected)
    return re.compile(text)


def _regex_of(part: str, pattern: str, *, again: bool) -> str:
    """The regular expression of one part: a name in braces, a star, or plain text."""
    name = part[1:-1]
    if part == "*":
        return "[^/]*"
    if part.startswith("{") and name.isidentifier():
        return f"(?P={name})" if again else f"(?P<{name}>[^/]+?)"
    if "{" in part or "}" in part:
        expected = "names in braces, such as {subject}_{clip}.csv"
        raise InputError("pattern", repr(pattern), expected)
    return re.escape(part)


def matching(root: Path, pattern: str) -> tuple[list[tuple[Path, Labels]], list[str]]:
    """The CSV files that fit the pattern with what their names tell, and the names of the others.

    Raises:
        InputError: no file fits, or two tell the same.
    """
    whole = regex(pattern)
    paths = _csv_files(root)
    files: list[tuple[Path, Labels]] = []
    others = []
    names: dict[tuple[str, ...], str] = {}
    for name in sorted(paths, key=natural):
        path = paths[name]
        match = whole.fullmatch(name if "/" in pattern else path.name)
        if not match:
            others.append(name)
            continue
        first = names.setdefault(match.groups(), name)
        if first != name:
            got = f"{first} and {name}, which tell the same"
            hint = "folders can be in the pattern: {clip}/{subject}.csv"
            raise InputError("pattern", got, "one file of each subject and clip", hint)
        files.append((path, match.groupdict()))
    if not files:
        expected = f"CSV files named {pattern}"
        raise InputError("--data-root", contents(root), expected, "say how with pattern=")
    return files, others


def _csv_files(root: Path) -> dict[str, Path]:
    """All CSV files below the root, by their paths below it."""
    paths = {}
    for path in root.rglob("*.[cC][sS][vV]"):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not junk(name):
            paths[name] = path
    return paths
