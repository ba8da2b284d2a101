"""Fingerprints: what a number depends on, as 16 characters that do not change from run to run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from .. import digests, registry
from ..specs import is_setting
from ..types import Array, Samples


def of(*parts: Any) -> str:
    """16 hexadecimal digits of anything that JSON can hold."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def content(samples: Samples) -> str:
    """A fingerprint of every row: pixels, labels, sources."""
    arrays: list[Array] = [samples.x, samples.source, samples.original]
    for labels in (samples.labels, samples.targets):
        arrays += [labels[name] for name in sorted(labels)]
    digest = hashlib.blake2b(digest_size=8)
    for array in arrays:
        digest.update(str((array.shape, array.dtype)).encode())
        digest.update(np.ascontiguousarray(array).data)
    classes = sorted((name, list(names)) for name, names in samples.classes.items())
    digest.update(json.dumps(classes).encode())
    return digest.hexdigest()


def settings(competitor: Any) -> dict[str, Any]:
    """{name: value} of all settings; what is no plain value counts in `hashes`."""
    values = {f.name: getattr(competitor, f.name) for f in fields(competitor)}
    if all(is_setting(value) for value in values.values()):
        return asdict(competitor)
    return {name: value for name, value in values.items() if is_setting(value)}


def hashes(room: str, spec: str, competitor: Any) -> tuple[str, ...]:
    """Hashes of the files that a competitor names, and of its code where that is not ours.

    They may change while the name stays. What was registered from memory was hashed then.
    """
    known = registry.digest(room, spec)
    if known:
        return (*_named_files(competitor), known)
    cls = type(competitor)
    if cls.__module__.startswith("privbench."):
        return _named_files(competitor)
    return (*_named_files(competitor), digests.of_class(cls))


def _named_files(competitor: Any) -> tuple[str, ...]:
    values = [getattr(competitor, f.name) for f in fields(competitor)]
    named = [Path(value) for value in values if isinstance(value, str) and value]
    return tuple(digests.of_file(path) for path in named if path.is_file())
