"""results.json: the findings for programs. Full floats, null for what is no number."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from ... import __version__
from ..analysis.summary import Row
from .findings import Findings


def to_json(findings: Findings) -> str:
    """The text of results.json: keys sorted, so that the same findings are the same text.

    version: of privbench. verdicts: as `Verdict.to_dict`. releases: the rows of the summary.
    leaderboard, exposure, notes: as in the findings. A reason is {code, text}.
    """
    content = {
        "version": __version__,
        "verdicts": [verdict.to_dict() for verdict in findings.verdicts],
        "releases": [_release(row) for row in findings.rows],
        "leaderboard": findings.lines,
        "exposure": findings.exposure,
        "notes": findings.notes,
    }
    text = json.dumps(_plain(content), sort_keys=True, indent=1, allow_nan=False)
    return text + "\n"


def _release(row: Row) -> dict[str, Any]:
    """The fields of a row, its name, and whether it has a rank."""
    return _fields(row) | {"name": row.name, "complete": row.complete}


def _fields(value: Any) -> dict[str, Any]:
    return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}


def _plain(value: Any) -> Any:
    """The value in the types of JSON."""
    if dataclasses.is_dataclass(value):
        return _plain(_fields(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, Iterable):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
