"""OpenFace 2 (Baltrusaitis et al. 2018): the action units of each frame of each clip, from its CSV files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal, get_args

import numpy as np

from ..bench.checks import InputError, number, one_of
from ..bench.types import Array, Card, Samples, Task
from ._pictures.images import contents, given, natural
from ._recordings.sequences import FRAME, Recording, Table, filled, listed, masked, place, read_csv
from ._recordings.windows import SequenceSettings, cut

Features = Literal["au", "au+c"]
UNITS = (
    "01",
    "02",
    "04",
    "05",
    "06",
    "07",
    "09",
    "10",
    "12",
    "14",
    "15",
    "17",
    "20",
    "23",
    "25",
    "26",
    "45",
)
INTENSITIES = tuple(f"AU{unit}_r" for unit in UNITS)  # 0 to 5
PRESENCES = tuple(f"AU{unit}_c" for unit in sorted((*UNITS, "28")))  # 0 or 1
CARRIERS = re.compile(
    r"(pose|gaze|eye_lmk|[xyzXYZ]|p)_\w+"
)  # head pose, gaze, landmarks, shape: identity itself


@dataclass(frozen=True)
class Openface(SequenceSettings):
    """Labels identity and whatever else the file names tell; a file is one recording.

    pattern: what a file name tells, such as `{subject}_{clip}.csv` or
    `{emotion}/{subject}_{clip}.csv`: {subject} is the label identity, {clip} only tells files
    apart, every other name is a label, and `*` stands for anything. A pattern without / is for the
    name alone, in whichever folder; {subject} is as short as it can be, so of a_b_c.csv it is a.
    features: `au` for the 17 intensities, `au+c` for the 18 presences too. Landmarks, head pose,
    gaze and shape are never taken: they carry identity directly. confidence: a frame of less is
    missing, as is one without success.
    """

    pattern: str = "{subject}_{clip}.csv"
    features: Features = "au"
    confidence: float = 0.8

    card: ClassVar[Card] = Card(
        title="OpenFace 2 action units",
        licence="that of your videos; OpenFace itself is for non-commercial research",
        source="your own CSV files, of FeatureExtraction in https://github.com/TadasBaltrusaitis/OpenFace",
        citation="T. Baltrusaitis et al., OpenFace 2.0: facial behavior analysis toolkit, FG 2018, "
        "doi:10.1109/FG.2018.00019",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("features", self.features, get_args(Features))
        number("confidence", self.confidence, 0, 1)
        regex(self.pattern)

    @property
    def task(self) -> Task:
        """Serves emotion or expression if the file names tell it, or else the first label that they tell."""
        names = [name for name in regex(self.pattern).groupindex if name not in ("subject", "clip")]
        told = [name for name in ("emotion", "expression") if name in names] or names
        return Task(told[0] if told else "", "identity")

    def load(self, root: Path | None) -> Samples:
        """Windows of every file whose name fits the pattern, in the order of their names.

        Raises:
            InputError: no such file, two of one subject and clip, a file that is not OpenFace 2's,
            or a frame twice;
                file and line are named.
        """
        root = given(root, self.card)
        found, others = matching(root, self.pattern)
        recordings, faces = [], 0
        for path, labels in found:
            recording, more = read(path, self.features, self.confidence)
            own = {"identity": labels["subject"]} | {
                k: v for k, v in labels.items() if k not in ("subject", "clip")
            }
            recordings.append(
                replace(recording, name=path.relative_to(root).as_posix(), labels=own)
            )
            faces += more
        notes = (
            [f"{faces:,} lines of a second face left out: the most confident of a frame is kept"]
            if faces
            else []
        )
        if others:
            notes.append(
                f"{len(others)} CSV files left out, whose names are not {self.pattern}: {listed(others)}"
            )
        return cut(recordings, self, notes=notes)


def regex(pattern: str) -> re.Pattern[str]:
    """The pattern of file names as a regular expression; a name that comes twice means the same twice."""
    text, seen = "", set()
    for part in re.split(r"(\{[^{}]*\}|\*)", pattern):
        if part == "*":
            text += "[^/]*"
        elif part.startswith("{") and part[1:-1].isidentifier():
            text += f"(?P={part[1:-1]})" if part in seen else f"(?P<{part[1:-1]}>[^/]+?)"
            seen.add(part)
        elif "{" in part or "}" in part:
            raise InputError(
                "pattern", repr(pattern), "names in braces, such as {subject}_{clip}.csv"
            )
        else:
            text += re.escape(part)
    if "{subject}" not in seen or "{identity}" in seen:
        raise InputError("pattern", repr(pattern), "{subject} in it, such as {subject}_{clip}.csv")
    return re.compile(text)


def matching(root: Path, pattern: str) -> tuple[list[tuple[Path, dict[str, str]]], list[str]]:
    """The CSV files that fit the pattern with what their names tell, and the names of the others."""
    paths = {
        path.relative_to(root).as_posix(): path
        for path in root.rglob("*.[cC][sS][vV]")
        if path.is_file()
    }
    shown = {
        name: path for name, path in paths.items() if not re.search(r"(^|/)(\.|__MACOSX)", name)
    }
    found, others, seen = [], [], {}
    for name, path in sorted(shown.items(), key=natural):
        match = regex(pattern).fullmatch(name if "/" in pattern else path.name)
        if not match:
            others.append(name)
            continue
        first = seen.setdefault(match.groups(), name)
        if first != name:
            twins, hint = (
                f"{first} and {name}, which tell the same",
                "folders can be in the pattern: {clip}/{subject}.csv",
            )
            raise InputError("pattern", twins, "one file of each subject and clip", hint)
        found.append((path, match.groupdict()))
    if not found:
        raise InputError(
            "--data-root", contents(root), f"CSV files named {pattern}", "say how with pattern="
        )
    return found, others


# ---- a file --------------------------------------------------------------------------------------
# -------------------


def read(path: Path, features: Features = "au", confidence: float = 0.8) -> tuple[Recording, int]:
    """A file as a recording on the grid of its frame numbers, without labels; and how many lines of other faces.

    Raises:
        InputError: a column is missing, a frame comes twice or after a later one; file and line are
        named.
    """
    units = INTENSITIES + (PRESENCES if features == "au+c" else ())
    table = read_csv(path, lambda names: _columns(path, names, units))
    rows, faces = _one_face(table)
    there = Table(path, table.names, [table.rows[i] for i in rows], [table.lines[i] for i in rows])
    sure, success = there.numbers(["confidence", "success"]).T
    x, gone = masked(there.numbers(units), unsure(sure, success, confidence))
    frame = there.numbers(["frame"])[:, 0].astype(np.int64)
    recording = Recording(
        path.stem, path, units, x, gone, _times(there, frame), np.array(there.lines), {}
    )
    return filled(recording, frame - frame[0]), faces


def unsure(sure: Array, success: Array, least: float) -> Mapping[str, Array]:
    """Reasons (t,) to mask frames: tracking failed, or was not confident; neither told is neither."""
    return {"success is 0": ~(success > 0), f"confidence below {least:g}": ~(sure >= least)}


def _columns(path: Path, names: Sequence[str], units: Sequence[str]) -> list[str]:
    wanted = ["frame", "confidence", "success", *units]
    missing = [name for name in wanted if name not in names]
    if missing and not set(INTENSITIES) <= set(names):
        found = [
            name for name in names if name.lower().startswith("au") or "action" in name.lower()
        ]
        hint = "another tool's? OpenFace 3 has other units, whose names are not FACS numbers"
        raise InputError(
            place(path, 1),
            f"action units {listed(found) or '(none)'}",
            "AU01_r to AU45_r of OpenFace 2",
            hint,
        )
    if missing:
        raise InputError(
            place(path, 1), f"no column {listed(missing)}", "all columns that OpenFace 2 writes"
        )
    return [*wanted, *(name for name in ("face_id", "timestamp") if name in names)]


def _one_face(table: Table) -> tuple[list[int], int]:
    """Rows, one a frame: its most confident face; and how many rows are of others."""
    frame, sure = table.numbers(["frame", "confidence"]).T
    face = table.numbers(["face_id"])[:, 0] if "face_id" in table.names else np.zeros(len(frame))
    seen, best = Counter(), {}
    for i, key in enumerate(zip(frame.tolist(), face.tolist(), strict=True)):
        if not frame[i].is_integer():
            raise InputError(table.where(i), f"frame {frame[i]:g}", "a whole number")
        seen[key] += 1
        if seen[key] > 1:
            raise InputError(
                table.where(i),
                f"frame {frame[i]:.0f} for the second time",
                "each frame once a face",
            )
        if i and frame[i] < frame[i - 1]:
            raise InputError(
                table.where(i), f"frame {frame[i]:.0f} after {frame[i - 1]:.0f}", "a later one"
            )
        if frame[i] not in best or sure[i] > sure[best[frame[i]]]:
            best[frame[i]] = i
    return list(best.values()), len(frame) - len(best)


def _times(table: Table, frame: Array) -> Array:
    """(t,) seconds; at 25 frames a second where all stamps are one, as of loose pictures, or there are none."""
    if "timestamp" not in table.names or len(set(table.text("timestamp"))) == 1:
        return (frame - frame[0]) * FRAME
    return table.increasing("timestamp")
