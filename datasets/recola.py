"""RECOLA (Ringeval et al. 2013): 23 people in video calls, arousal and valence every 40 ms by six raters.

Each person is in one recording only, so an attack on identity divides it in time, with a guard of 9
seconds.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, get_args

from ..bench.checks import InputError, number, one_of
from ..bench.types import Card, Samples, Task
from . import openface
from ._pictures.images import contents, given, natural
from ._recordings.gold import DIMENSIONS, Gold, compared, features, raters, shipped, told
from ._recordings.sequences import Recording, listed
from ._recordings.windows import SequenceSettings, cut

RATINGS = Path("RECOLA-Annotation/emotional_behaviour")
VIDEO = Path("RECOLA-Video-features")


@dataclass(frozen=True)
class Recola(SequenceSettings):
    """Label identity, the participant; targets arousal and valence, the gold standard of six raters.

    features: a glob over the attributes of the video features; only those of action units are free
    of head pose. openface: a folder below the root with OpenFace 2's P16.csv ..., to take its 17
    intensities instead. confidence: of
    OpenFace; a frame of less is missing. gold: `ewe`, the recipe of AVEC 2016, or the plain mean of
    the raters. check: a folder below the root with {arousal,valence}/P16.arff, a gold standard to
    compare with if it is there.
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
        citation="F. Ringeval et al., Introducing the RECOLA multimodal corpus of remote collaborative and affective "
        "interactions, FG 2013, doi:10.1109/FG.2013.6553805",
    )
    task: ClassVar[Task] = Task("arousal", "identity")

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("gold", self.gold, get_args(Gold))
        number("confidence", self.confidence, 0, 1)

    def load(self, root: Path | None) -> Samples:
        """Windows of every participant who has features; whoever has no ratings has targets NaN.

        Raises:
            InputError: the layout is another, a file is broken, or ratings and features do not fit
            in length or time;
                file and line are named.
        """
        base = self._base(given(root, self.card))
        folder, suffix = (base / self.openface, "csv") if self.openface else (base / VIDEO, "arff")
        found = {
            path.stem: path
            for path in sorted(folder.glob(f"P*.{suffix}"), key=lambda p: natural((p.name, 0)))
        }
        if not found:
            raise InputError("--data-root", contents(base), f"{folder}/P16.{suffix} and others")
        paths = {
            (d, path.stem): path for d in DIMENSIONS for path in (base / RATINGS / d).glob("P*.csv")
        }
        rated = {key: raters(path, self.gold) for key, path in sorted(paths.items())}
        recordings = [
            told(
                self._read(path),
                {d: rated[d, name] for d in DIMENSIONS if (d, name) in rated},
                {"identity": name},
            )
            for name, path in found.items()
        ]
        there = (
            {key: base / self.check / key[0] / f"{key[1]}.arff" for key in rated}
            if self.check
            else {}
        )
        notes = compared(
            [(rated[k], shipped(path)) for k, path in there.items() if path.is_file()], self.check
        )
        notes.insert(
            0,
            "a mean of six raters"
            if self.gold == "mean"
            else "a mean of six raters, centred as in AVEC 2016",
        )
        return cut(recordings, self, notes=[*notes, *unpaired(found, rated), *posed(recordings)])

    def _base(self, root: Path) -> Path:
        for base in (root, root / "RECOLA"):
            if (base / RATINGS).is_dir():
                return base
        layout = f"{RATINGS}/{{arousal,valence}}/P16.csv"
        raise InputError("--data-root", contents(root), layout, f"get it from {self.card.source}")

    def _read(self, path: Path) -> Recording:
        if not self.openface:
            return features(path, self.features)
        return replace(openface.read(path, "au", self.confidence)[0], name=path.stem)


def unpaired(found: Collection[str], rated: Collection[tuple[str, str]]) -> list[str]:
    """Notes on who has features without ratings, or the other way round."""
    people = {name for _, name in rated}
    bare = [name for name in found if any((d, name) not in rated for d in DIMENSIONS)]
    lost = sorted(people - set(found), key=lambda name: natural((name, 0)))
    notes = (
        [f"{len(bare)} of {len(found)} recordings without all ratings: {listed(bare)}"]
        if bare
        else []
    )
    return notes + (
        [f"{len(lost)} recordings left out, rated but without features: {listed(lost)}"]
        if lost
        else []
    )


def posed(recordings: list[Recording]) -> list[str]:
    """A note on features that are no action units."""
    names = recordings[0].features
    others = [name for name in names if not name.lower().startswith("au")]
    if not others:
        return []
    what = f"{len(others)} of {len(names)} features are not named as action units"
    return [f"{what}, and may carry identity: {listed(others)}"]
