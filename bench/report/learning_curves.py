"""Learning curves that trainings left in the cache of a run directory."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from ..checks import InputError

Curve = list[dict[str, float]]  # a point for each epoch or round: its numbers by name


def alternation(folder: Path) -> Curve:
    """That of the first defense in it that alternates.

    Raises:
        InputError: if there is none.
    """
    curves = _kept(folder, "curve")
    if not curves:
        raise _nothing(folder, "alternates, such as hybrid")
    return next(iter(curves.values()))


def losses(folder: Path) -> dict[str, Curve]:
    """Those of every training of pictures in it, by the name of its encoder, unfinished ones too.

    Raises:
        InputError: if there is none.
    """
    curves = _kept(folder, "losses")
    for path in sorted(_encoders(folder).glob("*.training/losses.csv")):
        curve = _read(path)
        if curve:
            curves[f"{path.parent.name}, so far"] = curve
    if not curves:
        raise _nothing(folder, "trains on losses, such as pprl-vgan")
    return curves


def _read(path: Path) -> Curve:
    """The epochs of a training that is not finished."""
    with path.open(newline="", encoding="utf-8") as file:
        return [_numbers(row) for row in csv.DictReader(file)]


def _numbers(row: dict[str, str]) -> dict[str, float]:
    return {name: float(value) for name, value in row.items()}


def _kept(folder: Path, key: str) -> dict[str, Curve]:
    """What the encoders of a run keep under this key, of those that have it."""
    curves = {}
    for path in sorted(_encoders(folder).glob("*/meta.json")):
        meta = json.loads(path.read_text(encoding="utf-8"))
        if meta.get(key):
            curves[f"encoder {path.parent.name}"] = meta[key]
    return curves


def _encoders(folder: Path) -> Path:
    return folder / "cache" / "encoders"


def _nothing(folder: Path, kind: str) -> InputError:
    allowed = f"a run directory of a defense that {kind}"
    return InputError("DIR", str(folder), allowed, "run with --cache encoders")
