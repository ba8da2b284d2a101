"""RECOLA as AVEC 2016 and 2018 ship it: features and gold standard every 40 ms.

Recordings are of a train, a dev and a test partition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, get_args

from ..bench.checks import InputError, one_of
from ..bench.types import Card, Samples, Task
from ._recordings import arff
from ._recordings.gold import DIMENSIONS, Rated, compared, labelled, raters, shipped, unpaired
from ._recordings.windows import SequenceSettings, cut
from ._shared.files import contents, given, listed, natural

Features = Literal["video_appearance", "video_geometric", "audio", "AU"]
Partitions = Literal["train+dev", "all"]
FOLDERS = {  # AVEC 2016, AVEC 2018, and as some copies of 2016 have it
    "video_appearance": ("features_video_appearance", "features/video/appearance"),
    "video_geometric": ("features_video_geometric", "features/video/geometric"),
    "audio": ("features_audio", "features/audio/eGeMAPSfunct"),
    "AU": ("features_video_AU", "features/video/AU"),
}
GOLD = ("ratings_gold_standard", "labels/gs_1", "ratings/ratings_gold_standard")
INDIVIDUAL = ("ratings_individual", "labels/individual", "ratings/ratings_individual")
NAME = re.compile(r"(train|dev|test)_\d+")


@dataclass(frozen=True)
class Avec(SequenceSettings):
    """Labels identity, the recording, and split (dev is test); targets arousal and valence.

    Targets are the gold standard. features: `AU` only in AVEC 2018; `video_geometric` comes from
    landmarks, which carry identity directly. tuned: where features were computed twice, with the
    window best for either, those for arousal or for valence. partitions: `all` takes the test
    recordings too, as test rows: their labels are not public, so they have no targets.
    """

    block: int = 6
    features: Features = "video_appearance"
    tuned: Literal["arousal", "valence"] = "arousal"
    partitions: Partitions = "train+dev"

    card: ClassVar[Card] = Card(
        title="AVEC 2016 and 2018 on RECOLA",
        licence="signed EULA, non-commercial research",
        source="https://diuf.unifr.ch/main/diva/recola/",
        citation="M. Valstar et al., AVEC 2016: depression, mood, and emotion recognition workshop "
        "and challenge, arXiv 1605.01600; F. Ringeval et al., AVEC 2018 workshop and challenge, "
        "doi:10.1145/3266302.3266316",
    )
    task: ClassVar[Task] = Task("arousal", "identity")

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("features", self.features, get_args(Features))
        one_of("tuned", self.tuned, DIMENSIONS)
        one_of("partitions", self.partitions, get_args(Partitions))

    def load(self, root: Path | None) -> Samples:
        """Windows of every recording; one without gold standard has targets NaN.

        Raises:
            InputError: the layout is another, a file is broken, or features and gold standard do
                not fit in length or time; file and line are named.
        """
        root = given(root, self.card)
        folder = self._folder(root)
        present = _named(folder, "arff")
        files = {name: path for name, path in present.items() if self._takes(name)}
        hidden = [name for name in present if name not in files]
        labels = _first(root, GOLD)
        if labels is None or not files:
            layout = f"{GOLD[0]}/arousal/dev_1.arff, and features of dev_1"
            raise InputError("--data-root", contents(root), layout)
        ratings = _ratings(labels)
        recordings = []
        for name, path in files.items():
            split = "train" if name.startswith("train") else "test"
            named = {"identity": name, "split": split}
            recordings.append(labelled(arff.features(path), named, name, ratings))
        notes = _checked(_first(root, INDIVIDUAL), ratings)
        notes += unpaired(files, [key for key in ratings if key[1] not in hidden])
        notes += self._left_out(folder, hidden)
        return cut(recordings, self, notes=notes)

    def _folder(self, root: Path) -> Path:
        """Where the features are, in a folder arousal or valence of their own or not."""
        base = _first(root, FOLDERS[self.features])
        if base is None:
            present = [name for name, folders in FOLDERS.items() if _first(root, folders)]
            hint = f"get it from {self.card.source}"
            if present:
                hint = f"features={present[0]} is there"
            expected = " or ".join(FOLDERS[self.features])
            raise InputError("--data-root", contents(root), expected, hint)
        tuned = base / self.tuned
        return tuned if tuned.is_dir() else base

    def _takes(self, name: str) -> bool:
        """Whether a recording is of the chosen partitions."""
        return self.partitions == "all" or not name.startswith("test")

    def _left_out(self, folder: Path, hidden: list[str]) -> list[str]:
        """Notes on features that carry identity, hidden recordings, and files left out."""
        notes = []
        if self.features == "video_geometric":
            notes.append("features of landmarks, which carry identity directly")
        if hidden:
            what = "recordings of the test partition left out"
            notes.append(f"{len(hidden)} {what}: {listed(hidden)}")
        paths = folder.glob("*.arff")
        others = sorted(path.name for path in paths if not NAME.fullmatch(path.stem))
        if others:
            what = "files left out that are not of one recording"
            notes.append(f"{len(others)} {what}: {listed(others)}")
        return notes


def _first(root: Path, folders: tuple[str, ...]) -> Path | None:
    """The first of the folders that is there."""
    for name in folders:
        for path in _places(root, name):
            if path.is_dir():
                return path
    return None


def _places(root: Path, name: str) -> Iterator[Path]:
    """Where a folder may be; copies of AVEC 2016 have features/features_audio."""
    yield root / name
    yield root / "features" / name


def _named(folder: Path, suffix: str) -> dict[str, Path]:
    """The files of one recording each, dev_2 before dev_10."""
    paths = {path.name: path for path in folder.glob(f"*.{suffix}")}
    files = {}
    for name in sorted(paths, key=natural):
        path = paths[name]
        if NAME.fullmatch(path.stem):
            files[path.stem] = path
    return files


def _ratings(folder: Path) -> dict[tuple[str, str], Rated]:
    """(dimension, recording) -> the shipped gold standard."""
    ratings = {}
    for dimension in DIMENSIONS:
        for name, path in _named(folder / dimension, "arff").items():
            ratings[dimension, name] = shipped(path)
    return ratings


def _checked(folder: Path | None, ratings: dict[tuple[str, str], Rated]) -> list[str]:
    """A note on how the gold standard goes with the recipe, if the six raters are there."""
    if folder is None:
        return []
    pairs = []
    for (dimension, name), rated in ratings.items():
        path = folder / dimension / f"{name}.csv"
        if path.is_file():
            pairs.append((raters(path, "ewe"), rated))
    return compared(pairs, "the shipped one")
