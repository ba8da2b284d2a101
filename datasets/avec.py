"""RECOLA as AVEC 2016 and 2018 ship it: train, dev and test recordings, features and gold standard every 40 ms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, get_args

from ..bench.checks import InputError, one_of
from ..bench.types import Card, Samples, Task
from ._pictures.images import contents, given, natural
from ._recordings.gold import DIMENSIONS, Rated, compared, features, raters, shipped, told
from ._recordings.sequences import listed
from ._recordings.windows import SequenceSettings, cut
from .recola import unpaired

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
    """Labels identity, the recording, and split (dev is test); targets arousal and valence, the gold standard.

    features: `AU` only in AVEC 2018; `video_geometric` comes from landmarks, which carry identity
    directly. tuned:
    where features were computed twice, with the window best for either, those for arousal or for
    valence. partitions: `all` takes the test recordings too, as test rows: their labels are not
    public, so they have no targets.
    """

    block: int = 6
    features: Features = "video_appearance"
    tuned: Literal["arousal", "valence"] = "arousal"
    partitions: Partitions = "train+dev"

    card: ClassVar[Card] = Card(
        title="AVEC 2016 and 2018 on RECOLA",
        licence="signed EULA, non-commercial research",
        source="https://diuf.unifr.ch/main/diva/recola/",
        citation="M. Valstar et al., AVEC 2016: depression, mood, and emotion recognition workshop and challenge, "
        "arXiv 1605.01600; F. Ringeval et al., AVEC 2018 workshop and challenge, doi:10.1145/3266302.3266316",
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
            not fit in length or
                time; file and line are named.
        """
        root = given(root, self.card)
        folder = self._folder(root)
        found = _named(folder, "arff")
        hidden = [name for name in found if name.startswith("test") and self.partitions != "all"]
        found = {name: path for name, path in found.items() if name not in hidden}
        gold = _first(root, GOLD)
        if gold is None or not found:
            raise InputError(
                "--data-root",
                contents(root),
                f"{GOLD[0]}/arousal/dev_1.arff, and features of dev_1",
            )
        rated = {
            (d, name): shipped(path)
            for d in DIMENSIONS
            for name, path in _named(gold / d, "arff").items()
        }
        recordings = [
            told(
                features(path),
                {d: rated[d, name] for d in DIMENSIONS if (d, name) in rated},
                {"identity": name, "split": "train" if name.startswith("train") else "test"},
            )
            for name, path in found.items()
        ]
        known = {key: told for key, told in rated.items() if key[1] not in hidden}
        notes = _again(_first(root, INDIVIDUAL), rated) + unpaired(found, known)
        if self.features == "video_geometric":
            notes.append("features of landmarks, which carry identity directly")
        if hidden:
            notes.append(
                f"{len(hidden)} recordings of the test partition left out: {listed(hidden)}"
            )
        if others := sorted(
            path.name for path in folder.glob("*.arff") if not NAME.fullmatch(path.stem)
        ):
            notes.append(
                f"{len(others)} files left out that are not of one recording: {listed(others)}"
            )
        return cut(recordings, self, notes=notes)

    def _folder(self, root: Path) -> Path:
        """Where the features are, in a folder arousal or valence of their own or not."""
        there = [name for name, folders in FOLDERS.items() if _first(root, folders)]
        base = _first(root, FOLDERS[self.features])
        if base is None:
            hint = f"features={there[0]} is there" if there else f"get it from {self.card.source}"
            raise InputError(
                "--data-root", contents(root), " or ".join(FOLDERS[self.features]), hint
            )
        return base / self.tuned if (base / self.tuned).is_dir() else base


def _first(root: Path, folders: tuple[str, ...]) -> Path | None:
    """The first of the folders that is there; copies of AVEC 2016 have features/features_audio."""
    return next(
        (
            root / up / name
            for name in folders
            for up in ("", "features")
            if (root / up / name).is_dir()
        ),
        None,
    )


def _named(folder: Path, suffix: str) -> dict[str, Path]:
    """The files of one recording each, dev_2 before dev_10."""
    paths = [path for path in folder.glob(f"*.{suffix}") if NAME.fullmatch(path.stem)]
    return {path.stem: path for path in sorted(paths, key=lambda path: natural((path.name, 0)))}


def _again(folder: Path | None, rated: dict[tuple[str, str], Rated]) -> list[str]:
    """A note on how the gold standard goes with what the recipe makes of the six raters, if they are there."""
    if folder is None:
        return []
    theirs = {key: folder / key[0] / f"{key[1]}.csv" for key in rated}
    pairs = [(raters(path, "ewe"), rated[key]) for key, path in theirs.items() if path.is_file()]
    return compared(pairs, "the shipped one")
