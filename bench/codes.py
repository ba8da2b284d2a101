"""Encoder x samples -> codes: fitted once, kept on disk, run over every row once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from . import checks, memory
from .checks import InputError
from .types import Array, Codes, Encoder, Samples, Task

BATCH = 256


def encoder(defense: Any, train: Samples, task: Task, *, seed: int, device: str, folder: Path | None) -> Encoder:
    """The fitted encoder of a defense; read from `folder` if it is there, else fitted and written to it."""
    if folder is not None and folder.is_dir():
        return defense.load(folder, device=device)
    fitted = defense.fit(train, task, seed=seed, device=device)
    if folder is not None:
        _whole(folder, fitted.save)
    return fitted


def encode(encoder: Encoder, x: Array) -> Codes:
    """{release: (n, ...) float32} of all rows, in batches, in order. NaN in a release is an InputError."""
    codes: Codes = {}
    for start in range(0, len(x), BATCH):
        rows = x[start : start + BATCH].copy()  # whoever works in place must not change what the next one gets
        for name, z in encoder(rows).items():
            if len(z) != len(rows):
                raise InputError(f"release {name!r}", f"{len(z)} rows for {len(rows)} inputs", "one code a row")
            if start == 0:
                codes[name] = memory.empty((len(x), *z.shape[1:]))
            codes[name][start : start + BATCH] = checks.finite(f"release {name!r}", z)
    return codes


def cached(encode_all: Any, folder: Path | None) -> Codes:
    """What `encode_all()` returns; read from `folder` if it is there, else computed and written to it."""
    if folder is None:
        return encode_all()
    if folder.is_dir():
        return {p.stem: np.load(p, allow_pickle=False) for p in sorted(folder.glob("*.npy"))}
    codes = encode_all()

    def save(half: Path) -> None:
        half.mkdir()
        for name, z in codes.items():
            np.save(half / f"{name}.npy", z, allow_pickle=False)

    _whole(folder, save)
    return codes


def _whole(folder: Path, save: Callable[[Path], None]) -> None:
    """Let `save` write a new folder beside, then rename it: the folder is there whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix="writing-"))
    try:
        save(beside / "new")
        os.replace(beside / "new", folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
