"""RECOLA's gold standard: ratings of six people, what the organisers make of them, and its clock.

Source of the recipe: M. Valstar et al., AVEC 2016, arXiv 1605.01600, as the organisers' script
run_gold_standard.m computes it (github.com/AudioVisualEmotionChallenge/AVEC2018).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from ...bench.checks import InputError
from ...bench.metrics.regression import ccc
from ...bench.types import Array
from .._shared.files import listed, natural
from .arff import check_name, clock_of, is_meta, read_arff
from .recording import FRAME, Recording
from .tables import Table, place, read_csv

Gold = Literal["ewe", "mean"]
DIMENSIONS = ("arousal", "valence")
RATERS = ("FM1", "FM2", "FM3", "FF1", "FF2", "FF3")
SLACK = 0.01  # share of the frames by which features and ratings may differ in length


@dataclass(frozen=True)
class Rated:
    """values (t,) at the seconds times (t,), as some file says."""

    values: Array
    times: Array
    table: Table


Ratings = Mapping[tuple[str, str], Rated]  # (dimension, recording) -> its gold standard

# ---- read or compute it --------------------------------------------------------------------------


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
    people = range(ratings.shape[1])
    weight = np.array([_agreement(ratings, i) for i in people])
    if weight.sum() <= 0:
        return mean
    means = ratings.mean(0)
    weighted = (means * weight).sum() / weight.sum()
    return mean - means.mean() + weighted


def _agreement(ratings: Array, rater: int) -> float:
    """Mean concordance of a rater with each of the others."""
    people = ratings.T
    pairs = [ccc(people[rater], other) for j, other in enumerate(people) if j != rater]
    return float(np.mean(pairs))


def raters(path: Path, gold: Gold) -> Rated:
    """The gold standard of a `;`-separated file of time and six raters.

    Raises:
        InputError: other columns, or a rating that is missing; file and line are named.
    """

    def keep(names: list[str]) -> Sequence[str]:
        complete = sorted(names[1:]) == sorted(RATERS)
        if not complete or names[0].lower() != "time":
            expected = "time;" + ";".join(RATERS)
            got = f"columns {', '.join(names)}"
            raise InputError(place(path, 1), got, expected)
        return names

    table = read_csv(path, keep, delimiter=";")
    ratings = table.numbers(RATERS)
    complete = np.isfinite(ratings).all(1)
    if not complete.all():
        where = table.where(int(np.argmin(complete)))
        raise InputError(where, "a rating that is missing or infinite", "a number of each rater")
    times = table.increasing(table.names[0])
    return Rated(combined(ratings, gold), times, table)


def shipped(path: Path) -> Rated:
    """A gold standard as AVEC ships it.

    Rows such as `dev_1,0.04,-0.022925` of Instance_name, frameTime and GoldStandard.

    Raises:
        InputError: other attributes, or rows of another recording; file and line are named.
    """
    table = read_arff(path, list)
    values = [name for name in table.names if not is_meta(name)]
    clock = clock_of(table)
    if len(values) != 1 or not clock:
        got = f"attributes {', '.join(table.names)}"
        raise InputError(place(path), got, "Instance_name, frameTime and one value")
    check_name(table, path.stem)
    numbers = table.column(values[0])
    times = table.increasing(clock)
    return Rated(numbers, times, table)


# ---- ratings and frames --------------------------------------------------------------------------


def labelled(
    recording: Recording, labels: Mapping[str, str], name: str, ratings: Ratings
) -> Recording:
    """The recording with labels, and with targets arousal and valence.

    Args:
        recording: of t frames.
        labels: of the recording.
        name: under which its ratings are kept.
        ratings: of all recordings; a target without any is NaN throughout.

    Raises:
        InputError: ratings and frames do not fit, as in `aligned`.
    """
    blank = np.full(len(recording.x), np.nan, np.float32)
    targets = {}
    for dimension in DIMENSIONS:
        rated = ratings.get((dimension, name))
        targets[dimension] = aligned(recording, rated) if rated else blank
    return replace(recording, labels=labels, targets=targets)


def aligned(recording: Recording, rated: Rated) -> Array:
    """(t,) the rating nearest in time to each frame; NaN before the first and after the last.

    Raises:
        InputError: if lengths differ by more than 1%, or a frame is more than half a frame from any
            rating; file and line are named.
    """
    frames = recording.times
    times = rated.times
    _refuse_other_length(recording, rated)
    between = (times[1:] + times[:-1]) / 2
    nearest = np.searchsorted(between, frames)
    off = np.abs(times[nearest] - frames)
    far = off > FRAME / 2 + 1e-6
    outside = (frames < times[0]) | (frames > times[-1])
    beyond = far & outside
    bad = far & ~beyond
    if beyond.sum() > SLACK * len(frames):
        bad = far
    if bad.any():
        raise _far_from_ratings(recording, rated, int(np.argmax(bad)), off)
    _refuse_unseen(recording, rated)
    values = np.where(beyond, np.nan, rated.values[nearest])
    return values.astype(np.float32)


def _refuse_other_length(recording: Recording, rated: Rated) -> None:
    """InputError, if there are more than 1% more frames than ratings, or fewer."""
    frames = len(recording.times)
    ratings = len(rated.times)
    if abs(frames - ratings) > SLACK * max(frames, ratings):
        got = f"{ratings} ratings for the {frames} frames of {place(recording.path)}"
        expected = "lengths that differ by at most 1%"
        hint = "another frame rate? Nothing is resampled here"
        raise InputError(rated.table.where(-1), got, expected, hint)


def _refuse_unseen(recording: Recording, rated: Rated) -> None:
    """InputError, if over 1% of the ratings are from before the first frame or after the last."""
    start = recording.times[0]
    end = recording.times[-1]
    early = rated.times < start - FRAME
    late = rated.times > end + FRAME
    unseen = (early | late).sum()
    if unseen > SLACK * len(rated.times):
        ratings = f"{unseen} ratings in {place(rated.table.path)}"
        got = f"an end after {end:.3f} s, and {ratings} at no frame's time"
        raise _other_clock(recording, -1, got)


def _far_from_ratings(recording: Recording, rated: Rated, frame: int, off: Array) -> InputError:
    seconds = recording.times[frame]
    milliseconds = 1000 * off[frame]
    ratings = place(rated.table.path)
    got = f"{seconds:.3f} s, {milliseconds:.0f} ms from any rating in {ratings}"
    return _other_clock(recording, frame, got)


def _other_clock(recording: Recording, frame: int, got: str) -> InputError:
    line = int(recording.lines[frame])
    where = place(recording.path, line)
    return InputError(where, got, "at most 20 ms", "the clocks differ")


# ---- notes ---------------------------------------------------------------------------------------


def compared(pairs: Sequence[tuple[Rated, Rated]], where: str) -> list[str]:
    """One note, or none: how well gold standards computed here go with those in files.

    Args:
        pairs: the one computed here, and that of a file.
        where: the files, in words.

    Raises:
        InputError: the two of a pair have other lengths; file and line are named.
    """
    if not pairs:
        return []
    agreements = [_compared(computed, filed) for computed, filed in pairs]
    low = min(r for r, _ in agreements)
    most = max(difference for _, difference in agreements)
    compared_with = f"gold standard of six raters against {where} ({len(pairs)} files)"
    agreement = f"correlation at least {low:.3f}, differences at most {most:.4f}"
    return [f"{compared_with}: {agreement}"]


def _compared(computed: Rated, filed: Rated) -> tuple[float, float]:
    """(correlation, largest absolute difference) of two gold standards."""
    here = computed.values
    there = filed.values
    if len(here) != len(there):
        expected = f"{len(here)}, as rated"
        raise InputError(filed.table.where(-1), f"{len(there)} rows", expected)
    spread = np.std(here) * np.std(there)
    r = float("nan")
    if spread > 0:
        r = float(np.corrcoef(here, there)[0, 1])
    differences = np.abs(here - there)
    return r, float(differences.max())


def unpaired(recordings: Collection[str], rated: Collection[tuple[str, str]]) -> list[str]:
    """Notes on recordings that have features without all ratings, or the other way round.

    Args:
        recordings: names of those with features.
        rated: (dimension, name) of every gold standard.
    """
    bare = [name for name in recordings if not _is_rated(name, rated)]
    names = {name for _, name in rated}
    lost = sorted(names - set(recordings), key=natural)
    notes = []
    if bare:
        share = f"{len(bare)} of {len(recordings)} recordings"
        notes.append(f"{share} without all ratings: {listed(bare)}")
    if lost:
        share = f"{len(lost)} recordings left out"
        notes.append(f"{share}, rated but without features: {listed(lost)}")
    return notes


def _is_rated(name: str, rated: Collection[tuple[str, str]]) -> bool:
    """Whether a recording has ratings of both dimensions."""
    return all((dimension, name) in rated for dimension in DIMENSIONS)
