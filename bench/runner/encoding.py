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
from ..checks import InputError
from ..toolkit import memory
from ..types import Array, Codes, Encoder, Samples, Task

BATCH = 256


def encoder(
    defense: Any, train: Samples, task: Task, *, seed: int, device: str, folder: Path | None
) -> Encoder:
    """The fitted encoder of a defense; read from `folder` if it is there, else fitted and written to it.

    A long training leaves its checkpoints beside the folder until it is done.
    """
    if folder is not None and folder.is_dir():
        return defense.load(folder, device=device)
    if folder is None:
        return defense.fit(train, task, seed=seed, device=device)
    work = folder.with_name(f"{folder.name}.training")
    more = {"work": work} if getattr(defense, "resumes", False) else {}
    fitted = defense.fit(train, task, seed=seed, device=device, **more)
    _whole(folder, fitted.save)
    shutil.rmtree(work, ignore_errors=True)
    return fitted


def encode(encoder: Encoder, x: Array) -> Codes:
    """{release: (n, ...) float32} of all rows, in batches, in order.

    Raises:
        InputError: if a release is not a real number a place, not finite, too fine for float32, or
        not the same
            from batch to batch.
    """
    codes: Codes = {}
    for start in range(0, len(x), BATCH):
        rows = x[
            start : start + BATCH
        ].copy()  # whoever works in place must not change what the next one gets
        found = encoder(rows)
        if not found or "" in found or (start and found.keys() != codes.keys()):
            raise InputError(
                "releases",
                f"{sorted(found)} in batch {start // BATCH}",
                "the same names in every batch",
            )
        for name, z in found.items():
            z = _single(name, np.asarray(z))
            if start == 0:
                codes[name] = memory.empty((len(x), *z.shape[1:]))
            if z.shape != (len(rows), *codes[name].shape[1:]):
                shape = f"{len(rows)} rows of one shape"
                raise InputError(
                    f"release {name!r}", f"shape {z.shape} for {len(rows)} inputs", shape
                )
            codes[name][start : start + BATCH] = z
    return codes


def _single(name: str, z: Array) -> Array:
    """z in float32, unless that would hide what it tells: a leak beyond the last digit is refused, not rounded away."""
    if z.dtype.kind not in "biuf" or z.ndim < 2 or z.size == 0:
        raise InputError(
            f"release {name!r}",
            f"{z.dtype} of shape {z.shape}",
            "real numbers, (n, d) or (n, c, h, w)",
        )
    with np.errstate(over="ignore"):
        single = checks.numbers(f"release {name!r}", z.astype(np.float32, copy=False))
    if z.dtype.itemsize > 4:
        exact = z.astype(np.float64)
        lost, spread = np.abs(exact - single).max(0), np.ptp(exact, axis=0)
        if ((lost > 1e-3 * spread) & (spread > 0)).any():
            raise InputError(
                f"release {name!r}",
                f"{z.dtype} whose differences float32 rounds away",
                "float32",
                "centre it",
            )
    return single


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
