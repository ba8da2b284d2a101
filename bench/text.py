"""Lines -> CSV text: full floats, nothing for None, the same to the letter on every machine."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def to_csv(columns: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> str:
    """A header and a row for each line; what is in no column is left out."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()
