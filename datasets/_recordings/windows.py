"""Recordings cut into windows and blocks, and what is left out of them.

Every frame of a file is present, masked (NaN in all its numbers) or left out; `tally.notes_of` says
how many are which, and why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ...bench.checks import InputError, number, one_of
from ...bench.types import Array, Samples, samples
from .recording import FRAME, Recording
from .tables import place
from .tally import Tally, notes_of

Standardise = Literal["none", "person"]
GUARD = 9.0  # seconds: the longest window over which AVEC's features look
SLOWEST = 5.0  # seconds a frame; a clock that is slower is in other units


@dataclass(frozen=True)
class SequenceSettings:
    """How recordings become rows.

    window: frames a row, which do not overlap. A shorter one at the end is filled up with missing
    frames if it has at least half of them, and left out otherwise. block: so many windows in a row
    are one source, and the `guard` frames after each block are left out; 0 makes a recording one
    source. A person with a single recording can only be looked for in it if it is divided like
    this. guard: frames; none for 9 seconds by the recording's own clock. standardise: `person`
    takes each feature to mean 0 and deviation 1 over all present frames of a person, of whichever
    fold. That removes where a person's face rests, so it is a privacy choice and not only a
    preparation.
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


@dataclass(frozen=True)
class _Row:
    """A window of a recording: x (window, d), its targets (window,), and what it belongs to."""

    x: Array
    labels: Mapping[str, str]
    targets: Mapping[str, Array]
    source: str
    whole: str  # the recording, of which the source may be a block


def cut(
    recordings: Sequence[Recording], settings: SequenceSettings, *, notes: Sequence[str] = ()
) -> Samples:
    """Rows (n, window, d) of all recordings, in their order.

    Args:
        recordings: at least one, all with the same features.
        settings: of the windows.
        notes: what else a reader must know; come before those of what is left out.

    Raises:
        InputError: if the recordings have other features than the first, or none of them gives a
            row.
    """
    rows = []
    tally = Tally()
    sources: dict[bytes, str] = {}
    for recording in recordings:
        _refuse_other_features(recording, recordings[0])
        source = sources.setdefault(_digest(recording), recording.name)
        windows = _rows(recording, source, settings, tally)
        rows += windows
        if not windows:
            tally.empty.append(recording.name)
        elif source != recording.name:
            tally.twins += 1
    if not rows:
        expected = "recordings of at least half as many frames, some present"
        hint = f"none of {len(recordings)}, such as {', '.join(tally.empty[:3])}"
        raise InputError("window", settings.window, expected, hint)
    return _samples(rows, settings, notes, tally)


def _refuse_other_features(recording: Recording, first: Recording) -> None:
    if recording.features != first.features:
        got = f"{len(recording.features)} features, others than those of the first file"
        expected = f"the {len(first.features)} of {place(first.path)}"
        raise InputError(place(recording.path), got, expected)


def _digest(recording: Recording) -> bytes:
    """The same for recordings that equal each other to the last digit."""
    return hashlib.blake2b(recording.x.tobytes()).digest()


# ---- rows of one recording -----------------------------------------------------------------------


def _rows(
    recording: Recording, source: str, settings: SequenceSettings, tally: Tally
) -> list[_Row]:
    """The windows of a recording that are taken; the tally learns of all its frames."""
    rows = []
    for name, part in _parts(recording, source, settings, tally):
        x = _padded(recording.x[part], settings.window)
        frames = part.stop - part.start
        reason = _why_left_out(x, frames, len(recording.x))
        if reason:
            tally.out[reason] += frames
            continue
        targets = {k: _padded(y[part], settings.window) for k, y in recording.targets.items()}
        rows.append(_Row(x, recording.labels, targets, name, source))
        for why, missing in recording.masked.items():
            tally.masked[why] += int(missing[part].sum())
    tally.frames += len(recording.x)
    tally.recordings += 1
    return rows


def _parts(
    recording: Recording, source: str, settings: SequenceSettings, tally: Tally
) -> Iterator[tuple[str, slice]]:
    """(source, frames) of each window, the last of a block shorter; guards go to the tally."""
    length = len(recording.x)
    window = settings.window
    guard = _guard(recording, settings)
    block = settings.block * window or length
    step = block + guard if settings.block else block
    for start in range(0, length, step):
        end = min(start + block, length)
        tally.out["the guard after a block"] += min(guard, length - end)
        name = f"{source} {start}" if settings.block else source
        for first in range(start, end, window):
            yield name, slice(first, min(first + window, end))


def _guard(recording: Recording, settings: SequenceSettings) -> int:
    """Frames of the gap after a block: 9 s by the recording's own clock, where it has one."""
    if settings.guard is not None:
        return settings.guard
    step = FRAME
    if len(recording.times) > 1:
        step = float(np.median(np.diff(recording.times)))
    if settings.block and step > SLOWEST:
        got = f"a frame every {step:g} s"
        expected = f"one every {SLOWEST:g} s or more often"
        hint = "is its clock in milliseconds? give guard=FRAMES"
        raise InputError(place(recording.path), got, expected, hint)
    return max(1, round(GUARD / step)) if step > 0 else round(GUARD / FRAME)


def _padded(values: Array, length: int) -> Array:
    """Values (t, ...) with missing frames (NaN) behind them, (length, ...)."""
    behind = (0, length - len(values))
    others = [(0, 0)] * (values.ndim - 1)
    return np.pad(values, [behind, *others], constant_values=np.nan)


def _why_left_out(x: Array, frames: int, length: int) -> str:
    """Why a window x (window, d) of so many frames is no row; "" if it is one.

    Args:
        x: filled up to the length of a window.
        frames: those of the recording among them.
        length: frames of the recording.
    """
    window = len(x)
    if 2 * frames < window:
        what = "recordings" if frames == length else "last windows"
        return f"{what} of less than half of {window} frames"
    if np.isnan(x[:, 0]).all():
        return "windows without a present frame"
    return ""


# ---- all rows ------------------------------------------------------------------------------------


def _samples(
    rows: Sequence[_Row], settings: SequenceSettings, notes: Sequence[str], tally: Tally
) -> Samples:
    """The rows together, and the notes on them."""
    x = np.stack([row.x for row in rows])
    labels = {}
    for name in rows[0].labels:
        labels[name] = [row.labels[name] for row in rows]
    targets = {}
    for name in rows[0].targets:
        targets[name] = np.stack([row.targets[name] for row in rows])
    added = notes_of(tally, x, targets)
    if settings.standardise == "person":
        x = standardised(x, np.asarray(labels["identity"]))
        standard = "each feature standardised over the present frames of a person"
        added.append(f"{standard}: itself a privacy choice")
    wholes = {row.whole for row in rows}
    if settings.block and len(wholes) == len(set(labels["identity"])):
        session = "to know the session (camera, light, day) is to know the person here"
        added.append(f"one recording a person: {session}")
    numbers: dict[str, int] = {}
    source = np.array([numbers.setdefault(row.source, len(numbers)) for row in rows])
    return samples(x, labels, source=source, targets=targets, notes=(*notes, *added))


def standardised(x: Array, person: Array) -> Array:
    """x (n, t, d) with mean 0 and deviation 1 of each feature over a person's present frames.

    Args:
        x: NaN in missing frames.
        person: (n,) of each row.
    """
    out = np.empty_like(x)
    for identity in np.unique(person):
        rows = person == identity
        frames = x[rows].astype(np.float64)
        mean = np.nanmean(frames, (0, 1))
        sd = np.nanstd(frames, (0, 1))
        varies = sd > 1e-6 * np.abs(mean)
        out[rows] = (frames - mean) / np.where(varies, sd, 1)
    return out
