"""One recording: its frames, which of them are missing and why, and the frames between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ...bench.checks import InputError
from ...bench.types import Array
from .tables import place

FRAME = 0.04  # seconds a frame where no clock says otherwise
SPARSEST = 100  # a file's frames may spread over so many times their number


@dataclass(frozen=True)
class Recording:
    """The t frames of one recording.

    x: (t, d) float32, NaN in all numbers of a missing frame. masked: reason -> (t,) bool, the
    frames that are missing for it. times: (t,) seconds. lines: (t,) where each frame stands in the
    file. targets: name -> (t,), NaN where there is no rating.
    """

    name: str
    path: Path
    features: tuple[str, ...]
    x: Array
    masked: Mapping[str, Array]
    times: Array
    lines: Array
    labels: Mapping[str, str]
    targets: Mapping[str, Array] = field(default_factory=dict)


def masked(x: Array, reasons: Mapping[str, Array]) -> tuple[Array, dict[str, Array]]:
    """x (t, d) as float32, NaN in masked frames; and reason -> (t,) bool, made disjoint.

    The first reason that holds counts.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        single = np.array(x, np.float32)
    infinite: Array = np.asarray(~np.isfinite(single).all(1))
    missing = np.zeros(len(x), bool)
    disjoint = {}
    for reason, holds in {**reasons, "a feature is missing or infinite": infinite}.items():
        disjoint[reason] = holds & ~missing
        missing = missing | holds
    single[missing] = np.nan
    return single, disjoint


def filled(recording: Recording, at: Array) -> Recording:
    """The recording with its frames at the positions `at` (t,), and missing frames in between.

    Args:
        recording: of t frames.
        at: whole numbers that increase from 0.

    Raises:
        InputError: the frames spread too far; file and line of the widest gap are named.
    """
    length = int(at[-1]) + 1
    if length == len(at):
        return recording
    _refuse_spread(recording, at)
    positions = np.arange(length)
    before = np.searchsorted(at, positions, side="right") - 1
    absent = np.ones(length, bool)
    absent[at] = False
    reasons = {"absent from the file": absent}
    for reason, holds in recording.masked.items():
        reasons[reason] = holds[before] & ~absent
    targets = {name: _spread(y, at) for name, y in recording.targets.items()}
    return replace(
        recording,
        x=_spread(recording.x, at),
        masked=reasons,
        times=np.interp(positions, at, recording.times),
        lines=recording.lines[before],
        targets=targets,
    )


def _refuse_spread(recording: Recording, at: Array) -> None:
    """InputError if the frames would drown in missing ones, which would also fill the memory."""
    length = int(at[-1]) + 1
    if length <= SPARSEST * len(at):
        return
    after_the_gap = np.argmax(np.diff(at)) + 1
    where = place(recording.path, int(recording.lines[after_the_gap]))
    got = f"{len(at)} frames spread over {length:,}"
    raise InputError(where, got, "fewer gaps", "a wrong number or time?")


def _spread(values: Array, at: Array) -> Array:
    """The values (t, ...) at their positions (t,), NaN between them."""
    length = int(at[-1]) + 1
    wide = np.full((length, *values.shape[1:]), np.nan, np.float32)
    wide[at] = values
    return wide
