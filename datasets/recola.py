"""RECOLA (Ringeval et al. 2013): 23 people in video calls, rated by six raters.

Arousal and valence every 40 ms. Each person is in one recording only, so an attack on identity
divides it in time, with a guard of 9 seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, get_args

from ..bench.checks import InputError, number, one_of
from ..bench.types import Card, Samples, Task
from ._recordings import arff, openface_csv
from ._recordings.gold import (
    DIMENSIONS,
    Gold,
    Rated,
    compared,
    labelled,
    raters,
    shipped,
    unpaired,
)
from ._recordings.recording import Recording
from ._recordings.windows import SequenceSettings, cut
from ._shared.files import contents, given, listed, natural

RATINGS = Path("RECOLA-Annotation/emotional_behaviour")
VIDEO = Path("RECOLA-Video-features")


@dataclass(frozen=True)
class Recola(SequenceSettings):
    """Label identity, the participant; targets arousal and valence, the gold standard of raters.

    features: a glob over the attributes of the video features; only those of action units are free
    of head pose. openface: a folder below the root with OpenFace 2's P16.csv ..., to take its 17
    intensities instead. confidence: of OpenFace; a frame of less is missing. gold: `ewe`, the
    recipe of AVEC 2016, or the plain mean of the raters. check: a folder below the root with
    {arousal,valence}/P16.arff, a gold standard to compare with if it is there.
    """

    block: int = 6
    features: str = "*"
    openface: str = ""
    confidence: float = 0.8
    gold: Gold = "ewe"
    check: str = "ratings_gold_standard"

    card: ClassVar[Card] = Card(
        title="RECOLA",
        licence="signed EULA, non-commercial research",
        source="https://diuf.unifr.ch/main/diva/recola/",
        citation="F. Ringeval et al., Introducing the RECOLA multimodal corpus of remote "
        "collaborative and affective interactions, FG 2013, doi:10.1109/FG.2013.6553805",
    )
    task: ClassVar[Task] = Task("arousal", "identity")

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("gold", self.gold, get_args(Gold))
        number("confidence", self.confidence, 0, 1)

    def load(self, root: Path | None) -> Samples:
        """Windows of every participant who has features; targets are NaN without ratings.

        Raises:
            InputError: the layout is another, a file is broken, or ratings and features do not fit
                in length or time; file and line are named.
        """
        base = self._base(given(root, self.card))
        files = self._files(base)
        ratings = self._ratings(base)
        recordings = []
        for name, path in files.items():
            recording = self._read(path)
            recordings.append(labelled(recording, {"identity": name}, name, ratings))
        notes = ["a mean of six raters"]
        if self.gold != "mean":
            notes = ["a mean of six raters, centred as in AVEC 2016"]
        notes += self._checked(base, ratings)
        notes += unpaired(files, ratings)
        notes += _not_action_units(recordings[0].features)
        return cut(recordings, self, notes=notes)

    def _base(self, root: Path) -> Path:
        """The folder of the set: the root, or RECOLA in it."""
        for base in (root, root / "RECOLA"):
            if (base / RATINGS).is_dir():
                return base
        layout = f"{RATINGS}/{{arousal,valence}}/P16.csv"
        raise InputError("--data-root", contents(root), layout, f"get it from {self.card.source}")

    def _files(self, base: Path) -> dict[str, Path]:
        """The features of each participant."""
        folder = base / (self.openface or VIDEO)
        suffix = "csv" if self.openface else "arff"
        paths = {path.name: path for path in folder.glob(f"P*.{suffix}")}
        if not paths:
            raise InputError("--data-root", contents(base), f"{folder}/P16.{suffix} and others")
        return {paths[name].stem: paths[name] for name in sorted(paths, key=natural)}

    def _read(self, path: Path) -> Recording:
        """The features of a participant, without labels and targets."""
        if not self.openface:
            return arff.features(path, self.features)
        recording, _ = openface_csv.read(path, "au", self.confidence)
        return replace(recording, name=path.stem)

    def _ratings(self, base: Path) -> dict[tuple[str, str], Rated]:
        """(dimension, participant) -> the gold standard of the six raters."""
        ratings = {}
        for dimension in DIMENSIONS:
            for path in sorted((base / RATINGS / dimension).glob("P*.csv")):
                ratings[dimension, path.stem] = raters(path, self.gold)
        return ratings

    def _checked(self, base: Path, ratings: dict[tuple[str, str], Rated]) -> list[str]:
        """A note on how the gold standard goes with a shipped one, if it is there."""
        pairs = []
        for (dimension, name), rated in ratings.items():
            path = base / self.check / dimension / f"{name}.arff"
            if self.check and path.is_file():
                pairs.append((rated, shipped(path)))
        return compared(pairs, self.check)


def _not_action_units(features: Sequence[str]) -> list[str]:
    """A note on features that are no action units."""
    others = [name for name in features if not name.lower().startswith("au")]
    if not others:
        return []
    what = f"{len(others)} of {len(features)} features are not named as action units"
    return [f"{what}, and may carry identity: {listed(others)}"]
