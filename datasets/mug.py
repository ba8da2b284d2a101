"""MUG Facial Expression Database (Aifanti et al. 2010).

52 people online (86 in all), sequences of 7 expressions. The frames of a take are near-copies of
each other, so a take is one source and no fold divides it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from ..bench.checks import number
from ..bench.types import Card, Samples, Task
from ._pictures.frames import divided, with_copies_in_training
from ._pictures.images import read
from ._pictures.photos import Photo, evenly, find, hollow, refuse_gaps
from ._pictures.settings import ImageSettings

EXPRESSIONS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")


@dataclass(frozen=True)
class Mug(ImageSettings):
    """Labels identity and expression; source is the take.

    frames: how many evenly spaced frames of a take, 0 for all of them. A take of an expression
    begins and ends with a neutral face; the frames are taken from the middles of equal stretches,
    so that 1 is the middle of the take. published: for `--protocol given --folds 1`, a label
    `split` that divides the frames of each take 85 to 15.
    """

    frames: int = 5
    published: bool = False

    card: ClassVar[Card] = Card(
        title="MUG Facial Expression Database",
        licence="licence agreement, non-commercial research",
        source="https://mug.ee.auth.gr/fed/",
        citation="N. Aifanti, C. Papachristou and A. Delopoulos, "
        "The MUG facial expression database, WIAMIS 2010",
    )
    task: ClassVar[Task] = Task("expression", "identity")

    def __post_init__(self) -> None:
        super().__post_init__()
        number("frames", self.frames, 0)

    def load(self, root: Path | None) -> Samples:
        """The chosen frames of every take."""
        expressions = "|".join(EXPRESSIONS)
        folder, files = find(
            root,
            self.card,
            inside=("subjects", "subjects3", "mug"),
            globs=("*/*/take*/*", "*/session*/*/take*/*"),
            pattern=r"(?P<identity>(?!session|\.)[^/]+)/(?:session[^/]*/)?"
            rf"(?P<expression>{expressions})/take[^/]*/[^/.][^/]*\.(?i:jpe?g)",
            layout="<subject>/[session*/]<emotion>/take*/img_NNNN.jpg",
        )
        expected = "frames in every take, and all of " + ", ".join(EXPRESSIONS)
        refuse_gaps(self, _gaps(folder, files), expected)
        photos = []
        for take, group in groupby(files, key=_take):
            frames = evenly(list(group), self.frames)
            photos += [Photo(frame.path, frame.labels, take) for frame in frames]
        if not self.published:
            return read(photos, self, mirror={})
        takes = [photo.source for photo in photos]
        return with_copies_in_training(read(divided(photos, takes), self, mirror={}))


def _take(file: Photo) -> str:
    """The take of a file: its folder."""
    return file.path.parent.as_posix()


def _gaps(folder: Path, files: Sequence[Photo]) -> list[str]:
    """A line for each expression without a file, and for each empty take.

    People are not counted: licensees get different parts of the set, and not everybody acted every
    emotion.
    """
    acted = {file.labels["expression"] for file in files}
    missing = sorted(set(EXPRESSIONS) - acted)
    takes = [f"*/{name}/take*" for name in EXPRESSIONS]
    takes += [f"*/session*/{name}/take*" for name in EXPRESSIONS]
    return [f"nobody has {name}" for name in missing] + hollow(folder, files, takes)
