"""Encoder x samples -> codes: fitted once, kept on disk, run over every row once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .. import checks
from ..capabilities import can
from ..checks import InputError
from ..toolkit import memory
from ..types import Array, Codes, Encoder, Samples, Task

BATCH = 256


def encoder(
    defense: Any, train: Samples, task: Task, *, seed: int, device: str, folder: Path | None
) -> Encoder:
    """The fitted encoder of a defense; read from `folder` if it is there, else fitted and written.

    A long training leaves its checkpoints beside the folder until it is done.
    """
    if folder is not None and folder.is_dir():
        return defense.load(folder, device=device)
    if folder is None:
        return defense.fit(train, task, seed=seed, device=device)
    work = folder.with_name(f"{folder.name}.training")
    checkpoints = {"work": work} if can(defense, "resumes") else {}
    fitted = defense.fit(train, task, seed=seed, device=device, **checkpoints)
    _whole(folder, fitted.save)
    shutil.rmtree(work, ignore_errors=True)
    return fitted


def encode(encoder: Encoder, x: Array) -> Codes:
    """{release: (n, ...) float32} of all rows, in batches, in order.

    Raises:
        InputError: if a release is not a real number a place, not finite, too fine for float32, or
            not the same from batch to batch.
    """
    codes: Codes = {}
    for start in range(0, len(x), BATCH):
        # An encoder that works in place must not change what the next one gets.
        rows = x[start : start + BATCH].copy()
        releases = encoder(rows)
        if not releases or "" in releases or (start and releases.keys() != codes.keys()):
            got = f"{sorted(releases)} in batch {start // BATCH}"
            raise InputError("releases", got, "the same names in every batch")
        for name, release in releases.items():
            z = _single(name, np.asarray(release))
            if start == 0:
                codes[name] = memory.empty((len(x), *z.shape[1:]))
            _must_fit(name, z, (len(rows), *codes[name].shape[1:]))
            codes[name][start : start + BATCH] = z
    return codes


def _must_fit(name: str, z: Array, shape: tuple[int, ...]) -> None:
    if z.shape != shape:
        got = f"shape {z.shape} for {shape[0]} inputs"
        raise InputError(f"release {name!r}", got, f"{shape[0]} rows of one shape")


def _single(name: str, z: Array) -> Array:
    """z in float32, unless that would hide what it tells.

    A leak beyond the last digit is refused, not rounded away.
    """
    argument = f"release {name!r}"
    if z.dtype.kind not in "biuf" or z.ndim < 2 or z.size == 0:
        got = f"{z.dtype} of shape {z.shape}"
        raise InputError(argument, got, "real numbers, (n, d) or (n, c, h, w)")
    with np.errstate(over="ignore"):
        single = checks.numbers(argument, z.astype(np.float32, copy=False))
    if z.dtype.itemsize > 4 and _is_rounded_away(z.astype(np.float64), single):
        got = f"{z.dtype} whose differences float32 rounds away"
        raise InputError(argument, got, "float32", "centre it")
    return single


def _is_rounded_away(exact: Array, single: Array) -> bool:
    lost = np.abs(exact - single).max(0)
    spread = np.ptp(exact, axis=0)
    return bool(((lost > 1e-3 * spread) & (spread > 0)).any())


def cached(encode_all: Callable[[], Codes], folder: Path | None) -> Codes:
    """What `encode_all()` returns; read from `folder` if it is there, else computed and written."""
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
    """Let `save` write a new folder beside, then rename it: it is there whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix="writing-"))
    try:
        save(beside / "new")
        os.replace(beside / "new", folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
