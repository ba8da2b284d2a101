"""Face Research Lab London Set (DeBruine and Jones 2017).

102 people, neutral and smiling, seen from the front.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from ..bench.checks import InputError
from ..bench.types import Card, Samples, Task
from ._pictures.images import read
from ._pictures.photos import Photo, find, refuse_incomplete
from ._pictures.settings import ImageSettings

TABLES = ("london_faces_info.csv", "london_info.csv")
COLUMNS = {"face_gender": "gender", "face_sex": "gender", "face_eth": "ethnicity"}


@dataclass(frozen=True)
class London(ImageSettings):
    """Labels identity and expression (neutral, smiling).

    Self-reported gender and ethnicity join them if the set's table (london_faces_info.csv) lies
    beside the folders. Age does not: two people did not give theirs, and a row cannot do without a
    label.
    """

    card: ClassVar[Card] = Card(
        title="Face Research Lab London Set",
        licence="CC BY 4.0",
        source="https://doi.org/10.6084/m9.figshare.5047666",
        citation="L. DeBruine and B. Jones, Face Research Lab London Set, 2017, "
        "doi:10.6084/m9.figshare.5047666",
    )
    task: ClassVar[Task] = Task("expression", "identity")

    def load(self, root: Path | None) -> Samples:
        """204 pictures, two a person."""
        folder, photos = find(
            root,
            self.card,
            inside=("london",),
            globs=("*_front/*",),
            pattern=r"(?P<expression>neutral|smiling)_front/(?P<identity>\d{3})_0[38]\.(?i:jpe?g)",
            layout="neutral_front/NNN_03.jpg and smiling_front/NNN_08.jpg",
        )
        refuse_incomplete(photos, self, people=102, expression=("neutral", "smiling"))
        for name in TABLES:
            table = folder / name
            if table.is_file():
                photos = _described(photos, table)
                break
        return read(photos, self, mirror={})


def _described(photos: list[Photo], table: Path) -> list[Photo]:
    """The photos with the labels that the table adds."""
    people = _people(table)
    first = next(iter(people.values()), {})
    columns = {column: label for column, label in COLUMNS.items() if column in first}
    described = []
    for photo in photos:
        person = photo.labels["identity"]
        row = people.get(person, {})
        added = {label: row.get(column) or "NA" for column, label in columns.items()}
        if not added or "NA" in added.values():
            expected = "face_id, face_gender and face_eth of every person"
            raise InputError(table.name, f"nothing complete for {person}", expected)
        described.append(replace(photo, labels={**photo.labels, **added}))
    return described


def _people(table: Path) -> dict[str, Mapping[str, str]]:
    """Each person's row; ids are 005 or X005 in the table, 005 here."""
    people = {}
    with table.open(newline="", encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            identity = row.get("face_id", "").removeprefix("X")
            people[identity.zfill(3)] = row
    return people
