"""How many frames of recordings are present, masked or left out, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ...bench.types import Array
from .._shared.files import listed


@dataclass
class Tally:
    """Counts over all recordings.

    frames, recordings: how many there are. masked, out: reason -> frames, in the order in which the
    reasons came up. empty: names of recordings that give no row. twins: recordings that equal
    another.
    """

    frames: int = 0
    recordings: int = 0
    masked: Counter[str] = field(default_factory=Counter)
    out: Counter[str] = field(default_factory=Counter)
    empty: list[str] = field(default_factory=list)
    twins: int = 0


def notes_of(tally: Tally, x: Array, targets: Mapping[str, Array]) -> list[str]:
    """What a reader must know of the rows x (n, t, d) and targets (n, t): counts, and reasons."""
    present = ~np.isnan(x[..., 0])
    notes = [_total(tally, int(present.sum()))]
    notes += _reasons(tally.masked, f"{tally.frames:,} frames masked")
    notes += _reasons(tally.out, f"{tally.frames:,} frames left out")
    empty = tally.empty
    if empty:
        names = listed(empty)
        share = f"{len(empty)} of {tally.recordings}"
        notes.append(f"{share} recordings give no row: {names}")
    if tally.twins:
        what = "recordings equal another to the last digit and share its source"
        notes.append(f"{tally.twins} {what}")
    for name, y in targets.items():
        notes += _unrated(name, y, present)
    return notes


def _total(tally: Tally, present: int) -> str:
    """How many frames are present, masked and left out: together, all of them."""
    masked = sum(tally.masked.values())
    out = sum(tally.out.values())
    total = f"{tally.frames:,} frames in {tally.recordings} recordings"
    return f"{total}: {present:,} present, {masked:,} masked, {out:,} left out"


def _reasons(counts: Counter[str], total: str) -> list[str]:
    """A note for each reason that holds for some frame."""
    notes = []
    for reason, count in counts.items():
        if count:
            notes.append(f"{count:,} of {total}: {reason}")
    return notes


def _unrated(name: str, y: Array, present: Array) -> list[str]:
    """A note, or none, on the present frames (n, t) that have no value of a target."""
    there = present.sum()
    blank = present & np.isnan(y)
    unrated = blank.sum()
    if not unrated:
        return []
    return [f"{unrated:,} of {there:,} present frames have no {name}"]
