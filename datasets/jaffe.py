"""JAFFE, the Japanese Female Facial Expression set (Lyons et al. 1998).

10 people x 7 expressions, 213 pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ..bench.types import Card, Samples, Task
from ._pictures.images import read
from ._pictures.photos import Photo, find, refuse_incomplete
from ._pictures.settings import ImageSettings

CODES = {
    "NE": "neutral",
    "HA": "happy",
    "SA": "sad",
    "SU": "surprise",
    "AN": "anger",
    "DI": "disgust",
    "FE": "fear",
}


@dataclass(frozen=True)
class Jaffe(ImageSettings):
    """Labels identity (the person's initials) and expression."""

    card: ClassVar[Card] = Card(
        title="JAFFE",
        licence="on request, for non-commercial research; not to be passed on",
        source="https://zenodo.org/records/3451524",
        citation="M. Lyons et al., Coding facial expressions with Gabor wavelets, 1998, "
        "doi:10.1109/AFGR.1998.670949",
    )
    task: ClassVar[Task] = Task("expression", "identity")

    def load(self, root: Path | None) -> Samples:
        """213 pictures, two to four of each person and expression."""
        codes = "|".join(CODES)
        _, files = find(
            root,
            self.card,
            inside=("jaffe", "jaffedbase"),
            globs=("*",),
            pattern=rf"(?P<identity>[A-Z]{{2}})\.(?P<code>{codes})\d+\.\d+\.(?i:tiff?)",
            layout="<PP>.<EE><r>.<n>.tiff, such as KA.AN1.39.tiff",
        )
        photos = [_named(file) for file in files]
        refuse_incomplete(photos, self, people=10, expression=tuple(CODES.values()))
        return read(photos, self, mirror={})


def _named(file: Photo) -> Photo:
    """The photo with the name of its expression instead of the code."""
    expression = CODES[file.labels["code"]]
    return Photo(file.path, {"identity": file.labels["identity"], "expression": expression})
