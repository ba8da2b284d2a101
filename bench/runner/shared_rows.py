"""Rows that many processes read and none copies: written once, mapped by each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..types import Array, Samples

PIXELS, LABELS = "x.npy", "rows.npz"
PREFIXES = ("label:", "classes:", "target:")


def write(samples: Samples, folder: Path) -> None:
    """Write the rows of a run once, into a folder that is there."""
    np.save(folder / PIXELS, samples.x)
    arrays: dict[str, Any] = {"source": samples.source, "original": samples.original}
    arrays |= {f"label:{name}": y for name, y in samples.labels.items()}
    arrays |= {f"target:{name}": y for name, y in samples.targets.items()}
    arrays |= {f"classes:{name}": np.array(names) for name, names in samples.classes.items()}
    np.savez(folder / LABELS, **arrays)


def read(folder: Path) -> Samples:
    """The rows that `write` wrote; x is mapped copy-on-write, so that pages stay shared."""
    x = np.load(folder / PIXELS, mmap_mode="c")
    with np.load(folder / LABELS, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file}
    labels, classes, targets = (_named(arrays, prefix) for prefix in PREFIXES)
    names = {name: tuple(values.tolist()) for name, values in classes.items()}
    return Samples(x, labels, names, arrays["source"], arrays["original"], targets)


def _named(arrays: dict[str, Array], prefix: str) -> dict[str, Array]:
    return {
        name.removeprefix(prefix): values
        for name, values in arrays.items()
        if name.startswith(prefix)
    }
