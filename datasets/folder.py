"""Your own pictures, in folders: <identity>/<expression>/<any name>.png."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ..bench.types import Card, Samples, Task
from ._pictures.images import EXTENSIONS, read
from ._pictures.photos import find, hollow, refuse_gaps
from ._pictures.settings import ImageSettings


@dataclass(frozen=True)
class Folder(ImageSettings):
    """Labels identity and expression, the names of the two folders above each picture.

    Each picture is a source of its own, so frames of a video do not belong here: they are
    near-copies, and a fold would divide them. The `manifest` set takes a source for each row.

    flip: let augmentation mirror pictures; say so only if every label still holds in the mirror.
    """

    flip: bool = False

    card: ClassVar[Card] = Card(
        title="a folder of pictures",
        licence="that of your pictures",
        source="your own pictures, as <identity>/<expression>/*.png",
        citation="none: your own images",
    )
    task: ClassVar[Task] = Task("expression", "identity")

    def load(self, root: Path | None) -> Samples:
        """Every picture two folders down (png, jpg, pgm, ppm, bmp, tif, gif, webp)."""
        picture = rf"[^/.][^/]*\.(?i:{EXTENSIONS})"
        folder, photos = find(
            root,
            self.card,
            globs=("*/*/*",),
            pattern=rf"(?P<identity>[^/.][^/]*)/(?P<expression>[^/.][^/]*)/{picture}",
            layout="<identity>/<expression>/*.png (or jpg, pgm, ppm, bmp, tif, gif, webp)",
        )
        gaps = hollow(folder, photos, ("*", "*/*"))
        refuse_gaps(self, gaps, "a picture in every <identity>/<expression>/")
        return read(photos, self, mirror={} if self.flip else None)
