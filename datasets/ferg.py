"""FERG-DB (Aneja et al. 2016): 6 drawn characters x 7 expressions, 55,767 pictures with a transparent background."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from ..bench.checks import InputError, number
from ..bench.types import Card, Samples, Task
from ._pictures.frames import divided, told_apart
from ._pictures.images import ImageSettings, Photo, evenly, find, read, refuse_incomplete

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
        citation="D. Aneja et al., Modeling stylized character expressions via deep learning, ACCV 2016, "
        "doi:10.1007/978-3-319-54184-6_9",
    )
    task: ClassVar[Task] = Task("expression", "identity")

    def __post_init__(self) -> None:
        super().__post_init__()
        number("per_class", self.per_class, 0)
        number("block", self.block, 1)
        if self.published and self.block > 1:
            raise InputError(
                "ferg:block", self.block, "1 with published", "that division takes blocks apart"
            )

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
        photos = []
        for folder, group in groupby(found, key=lambda photo: photo.path.parent):
            own = sorted(group, key=lambda photo: int(photo.path.stem.rpartition("_")[2]))
            chosen = evenly(own, self.per_class)
            blocks = [
                f"{folder.name} {i // self.block}" if self.block > 1 else ""
                for i in range(len(chosen))
            ]
            photos += [
                Photo(p.path, p.labels, block) for p, block in zip(chosen, blocks, strict=True)
            ]
        refuse_incomplete(photos, self, people=6, expression=EXPRESSIONS)
        if self.published:
            return told_apart(
                read(divided(photos, [photo.path.parent for photo in photos]), self, mirror={})
            )
        return read(photos, self, mirror={})
