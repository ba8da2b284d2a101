"""MUG Facial Expression Database (Aifanti et al. 2010): 52 people online (86 in all), sequences of 7 expressions.

The frames of a take are near-copies of each other, so a take is one source and no fold divides it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from ..bench.checks import number
from ..bench.types import Card, Samples, Task
from ._pictures.frames import divided, told_apart
from ._pictures.images import ImageSettings, Photo, evenly, find, hollow, read, refuse_gaps

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
        citation="N. Aifanti, C. Papachristou and A. Delopoulos, The MUG facial expression database, WIAMIS 2010",
    )
    task: ClassVar[Task] = Task("expression", "identity")

    def __post_init__(self) -> None:
        super().__post_init__()
        number("frames", self.frames, 0)

    def load(self, root: Path | None) -> Samples:
        """The chosen frames of every take."""
        folder, found = find(
            root,
            self.card,
            inside=("subjects", "subjects3", "mug"),
            globs=("*/*/take*/*", "*/session*/*/take*/*"),
            pattern=rf"(?P<identity>(?!session|\.)[^/]+)/(?:session[^/]*/)?(?P<expression>{'|'.join(EXPRESSIONS)})"
            r"/take[^/]*/[^/.][^/]*\.(?i:jpe?g)",
            layout="<subject>/[session*/]<emotion>/take*/img_NNNN.jpg",
        )
        # People are not counted: licensees get different parts of the set, and not everybody acted
        # every emotion.
        missing = sorted(set(EXPRESSIONS) - {photo.labels["expression"] for photo in found})
        gaps = [f"nobody has {name}" for name in missing]
        takes = [f"{depth}/{name}/take*" for depth in ("*", "*/session*") for name in EXPRESSIONS]
        gaps += hollow(folder, found, takes)
        refuse_gaps(self, gaps, "frames in every take, and all of " + ", ".join(EXPRESSIONS))
        photos = []
        for take, group in groupby(found, key=lambda photo: photo.path.parent.as_posix()):
            photos += [
                Photo(frame.path, frame.labels, take) for frame in evenly(list(group), self.frames)
            ]
        if self.published:
            return told_apart(
                read(divided(photos, [photo.source for photo in photos]), self, mirror={})
            )
        return read(photos, self, mirror={})
