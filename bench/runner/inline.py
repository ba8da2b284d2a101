"""Where groups of cells execute: in this process, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..types import Samples
from . import cells, worker
from .local import Result
from .plan import Group


def execute(groups: Sequence[Group], samples: Samples, *, cache: Path | None) -> Iterator[Result]:
    """Run all groups; yields each cell as it is finished.

    The records are those of any other way.
    """
    if not groups:
        return
    with worker.settled(groups[0].plan):
        for group in groups:
            for cell, records in cells.run(group, samples, cache=cache):
                yield group, cell, records
