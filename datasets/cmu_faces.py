"""CMU Face Images (Mitchell 1997): 20 people x 4 poses x 4 expressions x open eyes or sunglasses.

Fully crossed, one picture a cell: a random split leaves only *other* expressions of that person and
pose in training, so a probe of expression falls below chance, and for unseen people it stays at
chance. There is no headroom in it, which is why the default task here is `eyes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, get_args

from ..bench.checks import one_of
from ..bench.types import Card, Samples, Task
from ._pictures.images import read
from ._pictures.photos import find, refuse_incomplete
from ._pictures.settings import ImageSettings

Scale = Literal["2", "4", "full"]
LABELS = {
    "pose": ("straight", "left", "right", "up"),
    "expression": ("neutral", "happy", "sad", "angry"),
    "eyes": ("open", "sunglasses"),
}
MIRROR = {"pose": {"left": "right", "right": "left"}}


@dataclass(frozen=True)
class CmuFaces(ImageSettings):
    """Labels identity, pose, expression and eyes.

    scale: which of the three sizes kept of each photograph: 128x120 (full), 64x60 (2) or 32x30 (4).
    """

    scale: Scale = "2"

    card: ClassVar[Card] = Card(
        title="CMU Face Images",
        licence="free for educational use, with attribution",
        source="https://archive.ics.uci.edu/dataset/124/cmu+face+images",
        citation="T. Mitchell, CMU Face Images, UCI Machine Learning Repository, 1997",
    )
    task: ClassVar[Task] = Task("eyes", "identity")

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("scale", self.scale, get_args(Scale))

    def load(self, root: Path | None) -> Samples:
        """The pictures of one scale, up to 640: the archive has 624, and 16 marked .bad."""
        groups = [f"(?P<{label}>{'|'.join(names)})" for label, names in LABELS.items()]
        labels = "_".join(groups)
        end = "" if self.scale == "full" else f"_{self.scale}"
        _, photos = find(
            root,
            self.card,
            inside=("faces", "faces_4", "cmu-faces/faces"),
            globs=("*/*.pgm",),
            pattern=rf"(?P<identity>[^/]+)/(?P=identity)_{labels}{end}\.pgm",
            layout=f"faces/<user>/<user>_<pose>_<expression>_<eyes>{end}.pgm",
        )
        refuse_incomplete(photos, self, people=20, **LABELS)
        return read(photos, self, mirror=MIRROR)
