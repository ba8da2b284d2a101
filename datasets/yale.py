"""Yale Face Database (Belhumeur et al. 1997).

15 people x 11 configurations of light, glasses and expression. Nine pairs of its files are
byte-identical (normal and noglasses of seven people, for instance), so a plain random split tests
on training pictures. Such pairs share a source here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from ..bench.checks import one_of
from ..bench.types import Card, Samples, Task
from ._pictures.images import read
from ._pictures.photos import Photo, find, refuse_incomplete
from ._pictures.settings import ImageSettings

PAPER = ("happy", "sad", "normal", "surprised")
EXPRESSIONS = (*PAPER, "sleepy", "wink")
ALL = (*EXPRESSIONS, "centerlight", "glasses", "leftlight", "noglasses", "rightlight")
CONFIGS = {"paper": PAPER, "expressions": EXPRESSIONS, "all": ALL}
MIRROR = {"expression": {"leftlight": "rightlight", "rightlight": "leftlight"}}
UNNAMED = "centerlight"  # the configuration of subject01.gif


@dataclass(frozen=True)
class Yale(ImageSettings):
    """Labels identity (01 to 15) and expression (the configuration's name).

    configs: the four configurations of Narula et al. 2020, happy, sad, normal and surprised
    (paper); with sleepy and wink (expressions); or all eleven, of which five are light and glasses
    (all).
    """

    configs: Literal["paper", "expressions", "all"] = "paper"

    card: ClassVar[Card] = Card(
        title="Yale Face Database",
        licence="research only",
        source="http://cvc.cs.yale.edu/cvc/projects/yalefaces/yalefaces.html",
        citation="P. Belhumeur, J. Hespanha and D. Kriegman, Eigenfaces vs. Fisherfaces, 1997, "
        "doi:10.1109/34.598228",
    )
    task: ClassVar[Task] = Task("expression", "identity")

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("configs", self.configs, CONFIGS)

    def load(self, root: Path | None) -> Samples:
        """One picture of each person and configuration: 60, 90 or 165."""
        configs = "|".join(ALL)
        _, files = find(
            root,
            self.card,
            inside=("yalefaces", "yale"),
            globs=("subject*",),
            pattern=rf"subject(?P<identity>\d\d)(?:\.(?P<config>{configs}))?"
            r"(?:\.(?i:gif|pgm|png|jpe?g|bmp))?",
            layout="subject<NN>.<config>, with or without .gif, .pgm or .png",
        )
        photos = self._unique(files)
        refuse_incomplete(photos, self, people=15, expression=CONFIGS[self.configs])
        return read(photos, self, mirror=MIRROR if self.configs == "all" else {})

    def _unique(self, files: Sequence[Photo]) -> list[Photo]:
        """The first file of each person and configuration.

        The archive holds subject01.glasses twice, once as .glasses.gif.
        """
        unique: dict[tuple[str, str], Photo] = {}
        for file in files:
            person = file.labels["identity"]
            config = file.labels["config"] or UNNAMED
            if config in CONFIGS[self.configs]:
                photo = Photo(file.path, {"identity": person, "expression": config})
                unique.setdefault((person, config), photo)
        return list(unique.values())
