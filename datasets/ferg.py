"""FERG-DB (Aneja et al. 2016): 6 drawn characters x 7 expressions.

55,767 pictures with a transparent background.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from ..bench.checks import InputError, number
from ..bench.types import Card, Samples, Task
from ._pictures.frames import divided, with_copies_in_training
from ._pictures.images import read
from ._pictures.photos import Photo, evenly, find, refuse_incomplete
from ._pictures.settings import ImageSettings

CHARACTERS = ("aia", "bonnie", "jules", "malcolm", "mery", "ray")
EXPRESSIONS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")


@dataclass(frozen=True)
class Ferg(ImageSettings):
    """Labels identity (the character) and expression; the transparent background becomes white.

    per_class: how many evenly spaced pictures of each character and expression, 0 for all of them.
    block: so many neighbours among the chosen ones of a character and expression, which are
    near-copies, share a source. published: for `--protocol given --folds 1`, a label `split` that
    divides each character and expression 85 to 15, near-copies or not.
    """

    per_class: int = 0
    block: int = 1
    published: bool = False

    card: ClassVar[Card] = Card(
        title="FERG-DB",
        licence="non-commercial research, on request",
        source="http://grail.cs.washington.edu/projects/deepexpr/ferg-2d-db.html",
        citation="D. Aneja et al., Modeling stylized character expressions via deep learning, "
        "ACCV 2016, doi:10.1007/978-3-319-54184-6_9",
    )
    task: ClassVar[Task] = Task("expression", "identity")

    def __post_init__(self) -> None:
        super().__post_init__()
        number("per_class", self.per_class, 0)
        number("block", self.block, 1)
        if self.published and self.block > 1:
            hint = "that division takes blocks apart"
            raise InputError("ferg:block", self.block, "1 with published", hint)

    def load(self, root: Path | None) -> Samples:
        """Up to 55,767 pictures."""
        characters = "|".join(CHARACTERS)
        expressions = "|".join(EXPRESSIONS)
        _, files = find(
            root,
            self.card,
            inside=("FERG_DB_256", "ferg", "ferg/FERG_DB_256"),
            globs=("*/*/*.png",),
            pattern=rf"(?P<identity>{characters})/(?P=identity)_(?P<expression>{expressions})"
            r"/(?P=identity)_(?P=expression)_\d+\.png",
            layout="FERG_DB_256/<char>/<char>_<emotion>/<char>_<emotion>_<n>.png",
        )
        photos = []
        for folder, group in groupby(files, key=lambda file: file.path.parent):
            photos += self._chosen(folder.name, sorted(group, key=_number))
        refuse_incomplete(photos, self, people=6, expression=EXPRESSIONS)
        if not self.published:
            return read(photos, self, mirror={})
        folders = [photo.path.parent for photo in photos]
        return with_copies_in_training(read(divided(photos, folders), self, mirror={}))

    def _chosen(self, folder: str, files: Sequence[Photo]) -> list[Photo]:
        """The chosen ones of a folder's files, in blocks."""
        photos = []
        for i, file in enumerate(evenly(files, self.per_class)):
            block = f"{folder} {i // self.block}" if self.block > 1 else ""
            photos.append(Photo(file.path, file.labels, block))
        return photos


def _number(file: Photo) -> int:
    """The number at the end of a file's name."""
    return int(file.path.stem.rpartition("_")[2])
