"""RECOLA's files, as it and AVEC ship them: features, ratings of six people, their gold standard, and its clock.

Source of the recipe: M. Valstar et al., AVEC 2016, arXiv 1605.01600, as the organisers' script
run_gold_standard.m computes it (github.com/AudioVisualEmotionChallenge/AVEC2018).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import numpy as np

from ...bench.checks import InputError
from ...bench.metrics.regression import ccc
from ...bench.types import Array
from .sequences import FRAME, Keep, Recording, Table, masked, place, read_csv, selected

Gold = Literal["ewe", "mean"]
DIMENSIONS = ("arousal", "valence")
RATERS = ("FM1", "FM2", "FM3", "FF1", "FF2", "FF3")
CLOCK = ("frametime", "timestamp", "time")  # in seconds
META = {
    *CLOCK,
    "name",
    "class",
    "instance_name",
    "frame",
    "frameindex",
}  # attributes that are no feature
SLACK = 0.01  # share of the frames by which features and ratings may differ in length


@dataclass(frozen=True)
class Rated:
    """values (t,) at the seconds times (t,), as some file says."""

    values: Array
    times: Array
    table: Table


def combined(ratings: Array, gold: Gold = "ewe") -> Array:
    """(t,) the gold standard of ratings (t, r): their mean, shifted for `ewe`.

    `ewe` takes from each rater the own mean and gives to all the same one: the mean of the raters'
    means, weighted by how well each agrees with the others (mean concordance with each, over this
    recording). A plain mean of the ratings so centred follows. Raters who do not agree at all
    (weights that sum to 0 or less) leave the plain mean.
    """
    mean = ratings.mean(1)
    if gold == "mean":
        return mean
    r = ratings.shape[1]
    weight = np.array(
        [np.mean([ccc(ratings[:, i], ratings[:, j]) for j in range(r) if j != i]) for i in range(r)]
    )
    if weight.sum() <= 0:
        return mean
    own = ratings.mean(0)
    return mean - own.mean() + (own * weight).sum() / weight.sum()


def raters(path: Path, gold: Gold) -> Rated:
    """The gold standard of a `;`-separated file of time and six raters, whose names may end in a space."""

    def keep(names: list[str]) -> Sequence[str]:
        if sorted(names[1:]) != sorted(RATERS) or names[0].lower() != "time":
            raise InputError(
                place(path, 1), f"columns {', '.join(names)}", "time;" + ";".join(RATERS)
            )
        return names

    table = read_csv(path, keep, delimiter=";")
    ratings = table.numbers(RATERS)
    if bad := np.flatnonzero(~np.isfinite(ratings).all(1)).tolist():
        raise InputError(
            table.where(bad[0]), "a rating that is missing or infinite", "a number of each rater"
        )
    return Rated(combined(ratings, gold), table.increasing(table.names[0]), table)


def shipped(path: Path) -> Rated:
    """A gold standard as AVEC ships it: rows `dev_1,0.04,-0.022925` of Instance_name, frameTime and GoldStandard."""
    table = read_arff(path, lambda names: names)
    values = [name for name in table.names if name.lower() not in META]
    clock = _clock(table)
    if len(values) != 1 or not clock:
        raise InputError(
            place(path),
            f"attributes {', '.join(table.names)}",
            "Instance_name, frameTime and one value",
        )
    for name in (name for name in table.names if name.lower() in ("name", "instance_name")):
        _one_recording(table, name, path.stem)
    return Rated(table.numbers(values)[:, 0], table.increasing(clock), table)


def _clock(table: Table) -> str:
    return next((name for clock in CLOCK for name in table.names if name.lower() == clock), "")


def _one_recording(table: Table, name: str, expected: str) -> None:
    found = [text.strip("\"'") for text in table.text(name)]
    if odd := [i for i, text in enumerate(found) if text != (expected or found[0])]:
        raise InputError(
            table.where(odd[0]),
            f"{name} {found[odd[0]]!r}",
            repr(expected or found[0]),
            "another's rows?",
        )


def features(path: Path, glob: str = "*") -> Recording:
    """The numbers of an ARFF file as a recording; every 40 ms where it has no clock. Labels and targets to come."""

    def keep(names: list[str]) -> Sequence[str]:
        own = [name for name in names if name.lower() not in META and fnmatchcase(name, glob)]
        if not own:
            raise InputError(
                place(path), f"attributes {', '.join(names[:5])}", f"some that match {glob}"
            )
        return [*own, *(name for name in names if name.lower() in META)]

    table = read_arff(path, keep)
    for name in (name for name in table.names if name.lower() in ("name", "instance_name")):
        _one_recording(table, name, "")
    own = tuple(name for name in table.names if name.lower() not in META)
    x, gone = masked(table.numbers(own), {})
    clock = _clock(table)
    times = table.increasing(clock) if clock else np.arange(len(x)) * FRAME
    return Recording(path.stem, path, own, x, gone, times, np.array(table.lines), {})


def aligned(recording: Recording, rated: Rated) -> Array:
    """(t,) the rating nearest in time to each frame, NaN for a frame before the first or after the last.

    Raises:
        InputError: if lengths differ by more than 1%, or a frame is more than half a frame from any
        rating; file and
            line are named.
    """
    t, r = len(recording.times), len(rated.times)
    if abs(t - r) > SLACK * max(t, r):
        hint = "another frame rate? Nothing is resampled here"
        raise InputError(
            rated.table.where(-1),
            f"{r} ratings for the {t} frames of {place(recording.path)}",
            "lengths that differ by at most 1%",
            hint,
        )
    nearest = np.searchsorted((rated.times[1:] + rated.times[:-1]) / 2, recording.times)
    off = np.abs(rated.times[nearest] - recording.times)
    far = off > FRAME / 2 + 1e-6
    beyond = far & ((recording.times < rated.times[0]) | (recording.times > rated.times[-1]))
    unseen = (rated.times < recording.times[0] - FRAME) | (
        rated.times > recording.times[-1] + FRAME
    )
    bad = np.flatnonzero(far if beyond.sum() > SLACK * t else far & ~beyond).tolist()
    if bad or unseen.sum() > SLACK * r:
        i, other, hint = bad[0] if bad else -1, place(rated.table.path), "the clocks differ"
        got = f"{recording.times[i]:.3f} s, {1000 * off[i]:.0f} ms from any rating in {other}"
        if not bad:
            got = f"an end after {recording.times[i]:.3f} s, and {unseen.sum()} ratings in {other} at no frame's time"
        raise InputError(place(recording.path, int(recording.lines[i])), got, "at most 20 ms", hint)
    return np.where(beyond, np.nan, rated.values[nearest]).astype(np.float32)


def told(recording: Recording, rated: Mapping[str, Rated], labels: Mapping[str, str]) -> Recording:
    """The recording with labels, and with targets arousal and valence, NaN throughout where there is no rating."""
    blank = np.full(len(recording.x), np.nan, np.float32)
    targets = {
        name: aligned(recording, rated[name]) if name in rated else blank for name in DIMENSIONS
    }
    return replace(recording, labels=labels, targets=targets)


def compared(pairs: Sequence[tuple[Rated, Rated]], where: str) -> list[str]:
    """One note, or none: how well gold standards computed here go with those in the files of `where`."""
    found = []
    for own, theirs in pairs:
        if len(own.values) != len(theirs.values):
            raise InputError(
                theirs.table.where(-1), f"{len(theirs.values)} rows", f"{len(own.values)}, as rated"
            )
        spread = np.std(own.values) * np.std(theirs.values)
        r = float(np.corrcoef(own.values, theirs.values)[0, 1]) if spread > 0 else float("nan")
        found.append((r, float(np.abs(own.values - theirs.values).max())))
    if not found:
        return []
    low, far = min(r for r, _ in found), max(d for _, d in found)
    return [
        f"gold standard of six raters against {where} ({len(found)} files): correlation at least {low:.3f}, "
        f"differences at most {far:.4f}"
    ]


# ---- ARFF ----------------------------------------------------------------------------------------
# -------------------


def read_arff(path: Path, keep: Keep) -> Table:
    """The attributes of an ARFF file that `keep` names; string and nominal ones too, which SciPy's reader refuses."""
    return selected(path, _arff_lines(path), keep)


_ATTRIBUTE = re.compile(
    r"@attribute\s+('[^']*'|\"[^\"]*\"|[^\s{]+)\s*(\{.*\}|(?:numeric|real|integer|string|date)\b.*)",
    re.I,
)


def _arff_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    names, data = [], False
    with path.open(encoding="utf-8-sig") as file:
        for line, text in enumerate(map(str.strip, file), start=1):
            if not text or text.startswith("%"):
                continue
            if data:
                yield (
                    line,
                    next(csv.reader([text], quotechar="'", skipinitialspace=True, strict=True)),
                )
            elif text.lower().startswith("@data"):
                data = True
                yield line, names
            elif match := _ATTRIBUTE.fullmatch(text):
                names.append(match[1].strip("\"'"))
            elif not text.lower().startswith("@relation"):
                raise InputError(
                    place(path, line), repr(text[:40]), "@relation, @attribute NAME TYPE or @data"
                )
    if not data:
        raise InputError(place(path), "no line @data", "an ARFF file")
