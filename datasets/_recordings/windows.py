"""Recordings cut into windows and blocks, and what is left out of them.

Every frame of a file is present, masked (NaN in all its numbers) or left out; `notes` says how many
are which, and why.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ...bench.checks import InputError, number, one_of
from ...bench.types import Array, Samples, samples
from .sequences import FRAME, Recording, listed, place

Standardise = Literal["none", "person"]
GUARD = 9.0  # seconds: the longest window over which AVEC's features look
SLOWEST = 5.0  # seconds a frame; a clock that is slower is in other units
_MASKED, _OUT = "masked:", "out:"  # of the frames that are tallied


@dataclass(frozen=True)
class SequenceSettings:
    """How recordings become rows.

    window: frames a row, which do not overlap. A shorter one at the end is filled up with missing
    frames if it has at least half of them, and left out otherwise. block: so many windows in a row
    are one source, and the `guard` frames after each block are left out; 0 makes a recording one
    source. Whoever has a single recording can only be looked
    for in it if it is divided like this. guard: frames; none for 9 seconds by the recording's own
    clock. standardise: `person` takes each feature to mean 0 and deviation 1 over all present
    frames of a person, of whichever fold. That removes where somebody's face rests, so it is a
    privacy choice and not only a preparation.
    """

    window: int = 250
    block: int = 0
    guard: int | None = None
    standardise: Standardise = "none"

    def __post_init__(self) -> None:
        number("window", self.window, 2)
        number("block", self.block, 0)
        number("guard", self.guard or 0, 0)
        one_of("standardise", self.standardise, get_args(Standardise))


def cut(
    recordings: Sequence[Recording], settings: SequenceSettings, *, notes: Sequence[str] = ()
) -> Samples:
    """Rows (n, window, d) of all recordings, in their order.

    Raises:
        InputError: if the recordings have other features than the first, or none of them gives a
        row.
    """
    rows, tally, empty, twins = [], Counter(), [], {}
    for recording in recordings:
        if recording.features != recordings[0].features:
            raise InputError(
                place(recording.path),
                f"{len(recording.features)} features, others than those of the first file",
                f"the {len(recordings[0].features)} of {place(recordings[0].path)}",
            )
        digest = hashlib.blake2b(recording.x.tobytes()).digest()
        source = twins.setdefault(digest, recording.name)
        own = _rows(recording, source, settings, tally)
        tally["twins"] += bool(own) and source != recording.name
        rows += own
        empty += [] if own else [recording.name]
    if not rows:
        raise InputError(
            "window",
            settings.window,
            "recordings of at least half as many frames, some present",
            f"none of {len(recordings)}, such as {', '.join(empty[:3])}",
        )
    x, names = np.stack([row.x for row in rows]), list(rows[0].labels)
    labels = {name: [row.labels[name] for row in rows] for name in names}
    targets = {name: np.stack([row.targets[name] for row in rows]) for name in rows[0].targets}
    order = {name: i for i, name in enumerate(dict.fromkeys(row.source for row in rows))}
    said = _notes(x, targets, tally, len(recordings), empty)
    if settings.standardise == "person":
        x = standardised(x, np.asarray(labels["identity"]))
        said.append(
            "each feature standardised over the present frames of a person: itself a privacy choice"
        )
    source = np.array([order[row.source] for row in rows])
    if settings.block and len({row.whole for row in rows}) == len(set(labels["identity"])):
        said.append(
            "one recording a person: to know the session (camera, light, day) is to know the person here"
        )
    return samples(x, labels, source=source, targets=targets, notes=(*notes, *said))


@dataclass(frozen=True)
class _Row:
    x: Array
    labels: Mapping[str, str]
    targets: Mapping[str, Array]
    source: str
    whole: str  # the recording, of which the source may be a block


def _rows(
    recording: Recording, source: str, settings: SequenceSettings, tally: Counter[str]
) -> list[_Row]:
    length, window, rows = len(recording.x), settings.window, []
    guard = _guard(recording, settings)
    block = settings.block * window or length
    for start in range(0, length, block + guard if settings.block else block):
        end = min(start + block, length)
        tally[_OUT + "the guard after a block"] += min(guard, length - end)
        for a in range(start, end, window):
            b, name = min(a + window, end), f"{source} {start}" if settings.block else source
            x = _padded(recording.x[a:b], window)
            if 2 * (b - a) < window:
                what = "recordings" if length == b - a else "last windows"
                tally[f"{_OUT}{what} of less than half of {window} frames"] += b - a
            elif np.isnan(x[:, 0]).all():
                tally[_OUT + "windows without a present frame"] += b - a
            else:
                targets = {k: _padded(v[a:b], window) for k, v in recording.targets.items()}
                rows.append(_Row(x, recording.labels, targets, name, source))
                tally.update(
                    {_MASKED + why: int(gone[a:b].sum()) for why, gone in recording.masked.items()}
                )
    tally["frames"] += length
    return rows


def _guard(recording: Recording, settings: SequenceSettings) -> int:
    """Frames of the gap after a block: 9 s by the recording's own clock, where it has one."""
    if settings.guard is not None:
        return settings.guard
    step = float(np.median(np.diff(recording.times))) if len(recording.times) > 1 else FRAME
    if settings.block and step > SLOWEST:
        raise InputError(
            place(recording.path),
            f"a frame every {step:g} s",
            f"one every {SLOWEST:g} s or more often",
            "is its clock in milliseconds? give guard=FRAMES",
        )
    return max(1, round(GUARD / step)) if step > 0 else round(GUARD / FRAME)


def _padded(values: Array, length: int) -> Array:
    return np.pad(
        values, [(0, length - len(values))] + [(0, 0)] * (values.ndim - 1), constant_values=np.nan
    )


def standardised(x: Array, person: Array) -> Array:
    """x (n, t, d) with mean 0 and deviation 1 of each feature over the present frames of a person (n,)."""
    out = np.empty_like(x)
    for who in np.unique(person):
        own = x[person == who].astype(np.float64)
        mean, sd = np.nanmean(own, (0, 1)), np.nanstd(own, (0, 1))
        out[person == who] = (own - mean) / np.where(sd > 1e-6 * np.abs(mean), sd, 1)
    return out


def _notes(
    x: Array,
    targets: Mapping[str, Array],
    tally: Counter[str],
    recordings: int,
    empty: Sequence[str],
) -> list[str]:
    total, there = tally["frames"], ~np.isnan(x[..., 0])
    gone = {
        kind: {k[len(kind) :]: n for k, n in tally.items() if k.startswith(kind) and n}
        for kind in (_MASKED, _OUT)
    }
    masked, out = (f"{sum(own.values()):,}" for own in gone.values())
    said = [
        f"{total:,} frames in {recordings} recordings: {there.sum():,} present, {masked} masked, {out} left out"
    ]
    said += [f"{n:,} of {total:,} frames masked: {why}" for why, n in gone[_MASKED].items()]
    said += [f"{n:,} of {total:,} frames left out: {why}" for why, n in gone[_OUT].items()]
    if empty:
        said.append(f"{len(empty)} of {recordings} recordings give no row: {listed(empty)}")
    if tally["twins"]:
        said.append(
            f"{tally['twins']} recordings equal another to the last digit and share its source"
        )
    for name, told in targets.items():
        if unsaid := int((there & np.isnan(told)).sum()):
            said.append(f"{unsaid:,} of {there.sum():,} present frames have no {name}")
    return said
