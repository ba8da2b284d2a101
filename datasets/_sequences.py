"""What the sequence sets share: read tables, mask frames, cut recordings into windows, say what is left out.

Every frame of a file is present, masked (NaN in all its numbers) or left out; `notes` says how many are which, and why.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from ..bench.checks import InputError, number, one_of
from ..bench.types import Array, Samples, samples

Standardise = Literal["none", "person"]
Keep = Callable[[list[str]], Sequence[str]]  # column names of a file -> those to read; may refuse them
FRAME = 0.04  # seconds a frame where no clock says otherwise
GUARD = 9.0  # seconds: the longest window over which AVEC's features look
_MASKED, _OUT = "masked:", "out:"  # of the frames that are tallied
MISSING = {"", "?", "nan", "-nan", "nan(ind)", "-nan(ind)", "na", "n/a", "null", "none"}


@dataclass(frozen=True)
class SequenceSettings:
    """How recordings become rows.

    window: frames a row, which do not overlap. A shorter one at the end is filled up with missing frames if it has at
    least half of them, and left out otherwise. block: so many windows in a row are one source, and the `guard` frames
    after each block are left out; 0 makes a recording one source. Whoever has a single recording can only be looked
    for in it if it is divided like this. guard: frames; none for 9 seconds by the recording's own clock. standardise:
    `person` takes each feature to mean 0 and deviation 1 over all present frames of a person, of whichever fold. That
    removes where somebody's face rests, so it is a privacy choice and not only a preparation.
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


# ---- read -----------------------------------------------------------------------------------------------------------


def place(path: Path, line: int = 0) -> str:
    """A file in an error: its name with its folder's, since P16.csv may be arousal or valence."""
    return f"{path.parent.name}/{path.name}" + (f" line {line}" if line else "")


@dataclass(frozen=True)
class Table:
    """Some columns of a file as text: row i stands in line lines[i]."""

    path: Path
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]

    def where(self, row: int) -> str:
        return place(self.path, self.lines[row])

    def text(self, name: str) -> list[str]:
        at = self.names.index(name)
        return [row[at].strip() for row in self.rows]

    def numbers(self, names: Sequence[str]) -> Array:
        """(t, k) float64, NaN where a cell is blank or says so; InputError with file and line for other text."""
        at, found = [self.names.index(name) for name in names], np.empty((len(self.rows), len(names)))
        for i, row in enumerate(self.rows):
            try:
                found[i] = [float(row[j]) for j in at]
            except ValueError:
                found[i] = [self._number(i, j) for j in at]
        return found

    def increasing(self, name: str) -> Array:
        """(t,) numbers, each finite and above the one before; InputError with file and line otherwise."""
        times = self.numbers([name])[:, 0]
        before = np.concatenate([[-np.inf], times[:-1]])
        if bad := np.flatnonzero(~(np.isfinite(times) & (times > before))).tolist():
            raise InputError(self.where(bad[0]), f"{name} {times[bad[0]]:g} after {before[bad[0]]:g}", "a later one")
        return times

    def _number(self, i: int, j: int) -> float:
        text = self.rows[i][j].strip().strip("\"'")
        try:
            return float("nan") if text.lower() in MISSING else float(text)
        except ValueError:
            raise InputError(self.where(i), f"{text!r} in {self.names[j]}", "a number") from None


def read_csv(path: Path, keep: Keep, *, delimiter: str = ",") -> Table:
    """The columns of a CSV file that `keep` names; spaces around their names are nobody's intention."""
    return selected(path, _csv_lines(path, delimiter), keep)


def selected(path: Path, lines: Iterator[tuple[int, list[str]]], keep: Keep) -> Table:
    """The columns that `keep` names of a file's lines, the first of which holds the names."""
    rows, numbers = [], []
    try:
        names = [name.strip() for name in next(lines, (0, []))[1]]
        if twice := [name for name, count in Counter(filter(None, names)).items() if count > 1]:
            raise InputError(place(path), f"several columns {twice[0]!r}", "each name once")
        kept = tuple(keep(names))
        at = [names.index(name) for name in kept]
        for line, cells in lines:
            if len(cells) != len(names):
                raise InputError(place(path, line), f"{len(cells)} cells", f"{len(names)}, one a column", "cut off?")
            rows.append([cells[j] for j in at])
            numbers.append(line)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(place(path), str(error), "a text file in UTF-8") from error
    if not rows:
        raise InputError(place(path), "no rows", "at least one frame")
    return Table(path, kept, rows, numbers)


def _csv_lines(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        for cells in reader:
            if len(cells) > 1 or (cells and cells[0].strip()):
                yield reader.line_num, cells


# ---- mask -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recording:
    """One recording: x (t, d) float32, NaN in all numbers of a missing frame, and masked: reason -> (t,) bool.

    times: (t,) seconds. lines: (t,) where each frame stands in the file. targets: name -> (t,), NaN where nobody said.
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
    """x (t, d) as float32 with NaN in masked frames, and the reasons made disjoint: the first that holds counts."""
    with np.errstate(over="ignore", invalid="ignore"):
        single = np.array(x, np.float32)
    infinite: Array = np.asarray(~np.isfinite(single).all(1))
    gone, own = np.zeros(len(x), bool), {}
    for reason, there in {**reasons, "a feature is missing or infinite": infinite}.items():
        own[reason], gone = there & ~gone, gone | there
    single[gone] = np.nan
    return single, own


def filled(recording: Recording, at: Array) -> Recording:
    """The recording with its frames at the positions `at` (t,), increasing from 0, and missing frames in between."""
    length = int(at[-1]) + 1
    if length == len(at):
        return recording
    if length > 100 * len(at):
        where = place(recording.path, int(recording.lines[np.argmax(np.diff(at)) + 1]))
        raise InputError(where, f"{len(at)} frames spread over {length:,}", "fewer gaps", "a wrong number or time?")
    before = np.searchsorted(at, np.arange(length), side="right") - 1
    absent = np.ones(length, bool)
    absent[at] = False

    def spread(values: Array) -> Array:
        wide = np.full((length, *values.shape[1:]), np.nan, np.float32)
        wide[at] = values
        return wide

    return replace(
        recording,
        x=spread(recording.x),
        masked={"absent from the file": absent} | {k: v[before] & ~absent for k, v in recording.masked.items()},
        times=np.interp(np.arange(length), at, recording.times),
        lines=recording.lines[before],
        targets={name: spread(values) for name, values in recording.targets.items()},
    )


# ---- cut ------------------------------------------------------------------------------------------------------------


def cut(recordings: Sequence[Recording], settings: SequenceSettings, *, notes: Sequence[str] = ()) -> Samples:
    """Rows (n, window, d) of all recordings, in their order.

    Raises:
        InputError: if the recordings have other features than the first, or none of them gives a row.
    """
    rows, tally, empty, twins = [], Counter(), [], {}
    for recording in recordings:
        if recording.features != recordings[0].features:
            raise InputError(
                place(recording.path), f"{len(recording.features)} features, others than those of the first file",
                f"the {len(recordings[0].features)} of {place(recordings[0].path)}",
            )  # fmt: skip
        digest = hashlib.blake2b(recording.x.tobytes()).digest()
        source = twins.setdefault(digest, recording.name)
        own = _rows(recording, source, settings, tally)
        tally["twins"] += bool(own) and source != recording.name
        rows += own
        empty += [] if own else [recording.name]
    if not rows:
        raise InputError("window", settings.window, "recordings of at least half as many frames, some present",
                         f"none of {len(recordings)}, such as {', '.join(empty[:3])}")  # fmt: skip
    x, names = np.stack([row.x for row in rows]), list(rows[0].labels)
    labels = {name: [row.labels[name] for row in rows] for name in names}
    targets = {name: np.stack([row.targets[name] for row in rows]) for name in rows[0].targets}
    order = {name: i for i, name in enumerate(dict.fromkeys(row.source for row in rows))}
    said = _notes(x, targets, tally, len(recordings), empty)
    if settings.standardise == "person":
        x = _standardised(x, np.asarray(labels["identity"]))
        said.append("each feature standardised over the present frames of a person: itself a privacy choice")
    source = np.array([order[row.source] for row in rows])
    return samples(x, labels, source=source, targets=targets, notes=(*notes, *said))


@dataclass(frozen=True)
class _Row:
    x: Array
    labels: Mapping[str, str]
    targets: Mapping[str, Array]
    source: str


def _rows(recording: Recording, source: str, settings: SequenceSettings, tally: Counter[str]) -> list[_Row]:
    length, window, rows = len(recording.x), settings.window, []
    step = float(np.median(np.diff(recording.times))) if length > 1 else FRAME
    guard = settings.guard if settings.guard is not None else round(GUARD / (step if 1e-3 < step < 0.5 else FRAME))
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
                rows.append(_Row(x, recording.labels, targets, name))
                tally.update({_MASKED + why: int(gone[a:b].sum()) for why, gone in recording.masked.items()})
    tally["frames"] += length
    return rows


def _padded(values: Array, length: int) -> Array:
    return np.pad(values, [(0, length - len(values))] + [(0, 0)] * (values.ndim - 1), constant_values=np.nan)


def _standardised(x: Array, person: Array) -> Array:
    out = np.empty_like(x)
    for who in np.unique(person):
        own = x[person == who].astype(np.float64)
        mean, sd = np.nanmean(own, (0, 1)), np.nanstd(own, (0, 1))
        out[person == who] = (own - mean) / np.where(sd > 1e-6 * np.abs(mean), sd, 1)
    return out


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first few names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _notes(
    x: Array, targets: Mapping[str, Array], tally: Counter[str], recordings: int, empty: Sequence[str]
) -> list[str]:
    total, there = tally["frames"], ~np.isnan(x[..., 0])
    gone = {kind: {k[len(kind) :]: n for k, n in tally.items() if k.startswith(kind) and n} for kind in (_MASKED, _OUT)}
    masked, out = (f"{sum(own.values()):,}" for own in gone.values())
    said = [f"{total:,} frames in {recordings} recordings: {there.sum():,} present, {masked} masked, {out} left out"]
    said += [f"{n:,} of {total:,} frames masked: {why}" for why, n in gone[_MASKED].items()]
    said += [f"{n:,} of {total:,} frames left out: {why}" for why, n in gone[_OUT].items()]
    if empty:
        said.append(f"{len(empty)} of {recordings} recordings give no row: {listed(empty)}")
    if tally["twins"]:
        said.append(f"{tally['twins']} recordings equal another to the last digit and share its source")
    for name, told in targets.items():
        if unsaid := int((there & np.isnan(told)).sum()):
            said.append(f"{unsaid:,} of {there.sum():,} present frames have no {name}")
    return said
