"""The encoder around a model that exists already, and the check that it is frozen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...bench.checks import InputError
from ...bench.types import Array, Codes
from .frozen_models import Opened
from .frozen_outputs import releases
from .frozen_pictures import Pictures

ROWS = 5  # that a model is tried with
# Of the largest number of a release: above what batches of other sizes round, far below what the
# batch's own statistics, or dropout, would change.
TOLERANCE = 1e-2


@dataclass(frozen=True)
class FrozenEncoder:
    """A model as it is, asked in batches, and what is done to rows before.

    transform: None, or a callable that is given what the model is given. release: the name of the
    codes. shape: of the rows (c, h, w) or (d,) that it was made for.
    """

    opened: Opened
    pictures: Pictures
    transform: Any
    batch: int
    release: str
    shape: tuple[int, ...]

    def __call__(self, x: Array, /) -> Codes:
        """{release: (n, ...) codes} in float32, or as fine as the model gives them."""
        starts = range(0, max(len(x), 1), self.batch)
        parts = [self._codes(x[start : start + self.batch]) for start in starts]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _codes(self, rows: Array) -> Codes:
        seen = self.pictures(np.ascontiguousarray(rows, np.float32))
        model = self.opened.model
        try:
            with torch.inference_mode():
                given = model.given(seen)
                changed = given if self.transform is None else self.transform(given)
                return releases(model(changed), self.release, len(rows))
        except InputError:
            raise
        except Exception as error:  # a third party's code: whatever it raises is its answer
            raise _refused(error, seen) from error

    def save(self, folder: Path, /) -> None:
        """Write what the model is as JSON, and weights that are in memory alone as safetensors."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.opened.weights:
            from safetensors.torch import save_file

            save_file(dict(self.opened.weights), folder / "weights.safetensors")
        about = {**self.opened.origin, "shape": list(self.shape)}
        (folder / "model.json").write_text(json.dumps(about, indent=1), encoding="utf-8")


def saved(folder: Path) -> dict[str, Any]:
    """What `save` wrote of a model."""
    return json.loads((folder / "model.json").read_text(encoding="utf-8"))


def check_same(encoder: FrozenEncoder, about: dict[str, Any]) -> None:
    """InputError if this is not the model that an encoder was saved of."""
    sha256 = encoder.opened.origin["sha256"]
    if sha256 != about["sha256"]:
        source = about.get("path") or about.get("weights") or about.get("class")
        allowed = f"{about['sha256'][:12]}, as it was when the encoder was saved"
        raise InputError("frozen", f"sha256 {sha256[:12]} of {source!r}", allowed, "run it anew")


def check_frozen(encoder: FrozenEncoder, x: Array) -> None:
    """Try a model with the first rows.

    Raises:
        InputError: if it cannot take them, answers differently when asked again, or a code depends
            on the batch around a row: every number about it would depend on the batch.
    """
    rows = x[:ROWS]
    together = encoder(rows)
    again = encoder(rows)
    alone = [encoder(rows[place : place + 1]) for place in range(len(rows))]
    for name, z in together.items():
        if not _alike(z, again[name]):
            hint = "dropout or noise that evaluation mode leaves on?"
            raise _not_frozen(name, "codes that differ when it is asked again", hint)
        if not _alike(z, np.concatenate([codes[name] for codes in alone])):
            hint = "a mean over the batch?"
            raise _not_frozen(name, "a code that depends on the batch around a row", hint)


def _alike(a: Array, b: Array) -> bool:
    if a.shape != b.shape:
        return False
    known = np.abs(a[np.isfinite(a)])
    largest = float(known.max()) if known.size else 0.0
    return np.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE * largest, equal_nan=True)


def _not_frozen(release: str, got: str, hint: str) -> InputError:
    return InputError(f"release {release!r}", got, "a frozen model", hint)


def _refused(error: Exception, rows: Array) -> InputError:
    """A model's own error, on one line with the shape of what it was given."""
    lines = str(error).strip().splitlines() or [""]
    cause = lines[-1] if "TorchScript interpreter" in lines[0] else lines[0]
    hint = f"{type(error).__name__}: {cause}"
    got = f"rows of shape {rows.shape[1:]}"
    return InputError("frozen", got, "rows that the model takes", hint)
