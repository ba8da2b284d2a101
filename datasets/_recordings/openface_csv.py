"""CSV files of OpenFace 2 (Baltrusaitis et al. 2018): action units, and how sure the tracker is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from ...bench.checks import InputError
from ...bench.types import Array
from .._shared.files import listed
from .recording import FRAME, Recording, filled, masked
from .tables import Table, place, read_csv

Features = Literal["au", "au+c"]
UNITS = (
    "01", "02", "04", "05", "06", "07", "09", "10", "12", "14", "15", "17", "20", "23", "25", "26",
    "45",
)  # fmt: skip
SHOWN = sorted((*UNITS, "28"))
INTENSITIES = tuple(f"AU{unit}_r" for unit in UNITS)  # 0 to 5
PRESENCES = tuple(f"AU{unit}_c" for unit in SHOWN)  # 0 or 1
NEEDED = ("frame", "confidence", "success")
OPTIONAL = ("face_id", "timestamp")
# head pose, gaze, landmarks, shape: identity itself
CARRIERS = re.compile(r"(pose|gaze|eye_lmk|[xyzXYZ]|p)_\w+")


def read(path: Path, features: Features = "au", confidence: float = 0.8) -> tuple[Recording, int]:
    """A file as a recording without labels, and how many lines of other faces it has.

    Frames lie on the grid of their numbers.

    Args:
        path: the file.
        features: the 17 intensities, or the 18 presences too.
        confidence: a frame of less is missing.

    Raises:
        InputError: a column is missing, a frame comes twice or after a later one; file and line are
            named.
    """
    units = INTENSITIES
    if features == "au+c":
        units = INTENSITIES + PRESENCES
    table = read_csv(path, lambda names: _columns(path, names, units))
    rows = _most_confident(table)
    faces = len(table.rows) - len(rows)
    table = table.take(rows)
    sure = table.column("confidence")
    success = table.column("success")
    reasons = unsure(sure, success, confidence)
    x, missing = masked(table.numbers(units), reasons)
    frame = table.column("frame").astype(np.int64)
    times = _times(table, frame)
    lines = np.array(table.lines)
    recording = Recording(path.stem, path, units, x, missing, times, lines, {})
    return filled(recording, frame - frame[0]), faces


def unsure(sure: Array, success: Array, least: float) -> Mapping[str, Array]:
    """Reason -> (t,) bool, the frames to mask for it; a confidence or success of NaN masks too.

    Args:
        sure: (t,) confidence in [0, 1].
        success: (t,) 0 where tracking failed.
        least: confidence from which a frame is taken.
    """
    failed = ~(success > 0)
    doubtful = ~(sure >= least)
    return {"success is 0": failed, f"confidence below {least:g}": doubtful}


def _columns(path: Path, names: Sequence[str], units: Sequence[str]) -> list[str]:
    """The columns to read; InputError if the file is not OpenFace 2's."""
    wanted = [*NEEDED, *units]
    missing = [name for name in wanted if name not in names]
    if missing and not set(INTENSITIES) <= set(names):
        raise _another_tool(path, names)
    if missing:
        got = f"no column {listed(missing)}"
        expected = "all columns that OpenFace 2 writes"
        raise InputError(place(path, 1), got, expected)
    return wanted + [name for name in OPTIONAL if name in names]


def _another_tool(path: Path, names: Sequence[str]) -> InputError:
    units = [name for name in names if _is_like_a_unit(name.lower())]
    got = f"action units {listed(units) or '(none)'}"
    expected = "AU01_r to AU45_r of OpenFace 2"
    hint = "another tool's? OpenFace 3 has other units, whose names are not FACS numbers"
    return InputError(place(path, 1), got, expected, hint)


def _is_like_a_unit(name: str) -> bool:
    return name.startswith("au") or "action" in name


def _most_confident(table: Table) -> list[int]:
    """The row of the most confident face of each frame; InputError if frames are out of order."""
    frames = table.column("frame")
    faces = np.zeros(len(frames))
    if "face_id" in table.names:
        faces = table.column("face_id")
    _refuse_disorder(table, frames, faces)
    sure = table.column("confidence")
    best: dict[float, int] = {}
    for i, frame in enumerate(frames):
        kept = best.setdefault(frame, i)
        if sure[i] > sure[kept]:
            best[frame] = i
    return list(best.values())


def _refuse_disorder(table: Table, frames: Array, faces: Array) -> None:
    """InputError, if frames (t,) are no whole numbers, come twice for a face, or go back."""
    seen = set()
    before = -np.inf
    for i, (frame, face) in enumerate(zip(frames, faces, strict=True)):
        if not frame.is_integer():
            raise InputError(table.where(i), f"frame {frame:g}", "a whole number")
        if (frame, face) in seen:
            got = f"frame {frame:.0f} for the second time"
            raise InputError(table.where(i), got, "each frame once a face")
        if frame < before:
            got = f"frame {frame:.0f} after {before:.0f}"
            raise InputError(table.where(i), got, "a later one")
        seen.add((frame, face))
        before = frame


def _times(table: Table, frame: Array) -> Array:
    """(t,) seconds; at 25 frames a second where all stamps are one, or there are none.

    All stamps are one where the frames were loose pictures.
    """
    regular = (frame - frame[0]) * FRAME
    if "timestamp" not in table.names:
        return regular
    stamps = set(table.text("timestamp"))
    return regular if len(stamps) == 1 else table.increasing("timestamp")
