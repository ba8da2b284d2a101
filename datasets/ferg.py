"""FERG-DB (Aneja et al. 2016): 6 drawn characters x 7 expressions, 55,767 pictures with a transparent background."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from ..bench.checks import number
from ..bench.types import Card, Samples, Task
from ._images import ImageSettings, evenly, find, read, refuse_incomplete

CHARACTERS = ("aia", "bonnie", "jules", "malcolm", "mery", "ray")
EXPRESSIONS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")


@dataclass(frozen=True)
class Ferg(ImageSettings):
    """Labels identity (the character) and expression; the transparent background becomes white.

    per_class: how many evenly spaced pictures of each character and expression, 0 for all of them.
    """

    per_class: int = 0

    card: ClassVar[Card] = Card(
        title="FERG-DB",
        licence="non-commercial research, on request",
        source="http://grail.cs.washington.edu/projects/deepexpr/ferg-2d-db.html",
        citation="D. Aneja et al., Modeling stylized character expressions via deep learning, ACCV 2016, "
        "doi:10.1007/978-3-319-54184-6_9",
    )
    task: ClassVar[Task] = Task("expression", "identity")

    def __post_init__(self) -> None:
        super().__post_init__()
        number("per_class", self.per_class, 0)

    def load(self, root: Path | None) -> Samples:
        """Up to 55,767 pictures."""
        _, found = find(
            root,
            self.card,
            inside=("FERG_DB_256", "ferg", "ferg/FERG_DB_256"),
            globs=("*/*/*.png",),
            pattern=rf"(?P<identity>{'|'.join(CHARACTERS)})/(?P=identity)_(?P<expression>{'|'.join(EXPRESSIONS)})"
            r"/(?P=identity)_(?P=expression)_\d+\.png",
            layout="FERG_DB_256/<char>/<char>_<emotion>/<char>_<emotion>_<n>.png",
        )
        groups = groupby(found, key=lambda photo: photo.path.parent)
        photos = [photo for _, group in groups for photo in evenly(list(group), self.per_class)]
        refuse_incomplete(photos, self, people=6, expression=EXPRESSIONS)
        return read(photos, self, mirror={})
