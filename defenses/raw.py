"""No defense: what there is to protect."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..bench.types import Array, Codes, Samples, Task


@dataclass(frozen=True)
class Raw:
    """The data as they are."""

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> _Same:
        """An encoder that changes nothing."""
        return _Same()

    def load(self, folder: Path, *, device: str) -> _Same:
        """The same encoder, as there is nothing to keep."""
        return _Same()


@dataclass(frozen=True)
class _Same:
    """Releases the input itself: `image`, or `codes` where it is none."""

    def __call__(self, x: Array, /) -> Codes:
        """The rows as they are."""
        name = "image" if x.ndim == 4 else "codes"
        return {name: x}

    def save(self, folder: Path, /) -> None:
        """Leave an empty folder."""
        folder.mkdir(parents=True, exist_ok=True)
