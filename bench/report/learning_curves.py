"""Learning curves that trainings left in the cache of a run directory."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from ..checks import InputError

Curve = list[dict[str, float]]


def alternation(folder: Path) -> Curve:
    """That of the first defense in it that alternates."""
    found = _kept(folder, "curve")
    if not found:
        raise _nothing(folder, "alternates, such as hybrid")
    return next(iter(found.values()))


def losses(folder: Path) -> dict[str, Curve]:
    """Those of every training of pictures in it, by the name of its encoder; of trainings not yet finished, too."""
    found = _kept(folder, "losses")
    for path in sorted(_encoders(folder).glob("*.training/losses.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            rows = [
                {name: float(value) for name, value in row.items()} for row in csv.DictReader(file)
            ]
        if rows:
            found[f"{path.parent.name}, so far"] = rows
    if not found:
        raise _nothing(folder, "trains on losses, such as pprl-vgan")
    return found


def _kept(folder: Path, key: str) -> dict[str, Any]:
    metas = {
        path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in _metas(folder)
    }
    return {f"encoder {name}": meta[key] for name, meta in metas.items() if meta.get(key)}


def _metas(folder: Path) -> list[Path]:
    return sorted(_encoders(folder).glob("*/meta.json"))


def _encoders(folder: Path) -> Path:
    return folder / "cache" / "encoders"


def _nothing(folder: Path, kind: str) -> InputError:
    return InputError(
        "DIR", str(folder), f"a run directory of a defense that {kind}", "run with --cache encoders"
    )
