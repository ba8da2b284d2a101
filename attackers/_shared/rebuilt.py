"""People named on pictures that were rebuilt from codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...bench.metrics import images
from ...bench.reasons import Reason
from ...bench.types import Array
from .decoders import Rebuilder
from .heads import NetAdversary

BLOCK = 2**20  # pixels rebuilt at once


@dataclass(frozen=True)
class PictureAdversary:
    """Names people on rebuilt pictures by a recogniser fitted on true ones; scores are logits."""

    rebuild: Rebuilder
    recogniser: NetAdversary

    @property
    def note(self) -> Reason | None:
        """The notes of both parts, with the code of the first that has one; None if neither has."""
        parts = {"decoder": self.rebuild.note, "recogniser": self.recogniser.note}
        notes = {name: note for name, note in parts.items() if note is not None}
        if not notes:
            return None
        first = next(iter(notes.values()))
        text = "; ".join(f"{name} {note.text}" for name, note in notes.items())
        return Reason(first.code, text)

    @property
    def sound(self) -> bool:
        """Whether the training of both parts got going."""
        return self.rebuild.sound and self.recogniser.sound

    def __call__(self, z: Array, /) -> Array:
        """Scores (n, K) of codes (n, ...)."""
        scores = []
        for rows in self._blocks(len(z)):
            pictures = self.rebuild(z[rows])
            scores.append(self.recogniser(pictures))
        return np.concatenate(scores)

    def likeness(self, z: Array, inputs: Array) -> dict[str, tuple[float, float]]:
        """{measure: (mean over pictures, that of the mean training picture)} of rebuilt codes.

        z: codes (n, ...). inputs: (n, c, h, w), their true pictures. "ssim" in [-1, 1] and "psnr"
        in dB, see `bench.metrics.images`; larger is more alike.
        """
        parts: dict[str, list[Array]] = {name: [] for name in images.MEASURES}
        for rows in self._blocks(len(z)):
            true = inputs[rows]
            rebuilt = self.rebuild(z[rows])
            mean = np.broadcast_to(self.rebuild.mean.clip(0, 1), true.shape)
            for name, measure in images.MEASURES.items():
                both = [measure(rebuilt, true), measure(mean, true)]
                parts[name].append(np.stack(both))
        return {name: _means(values) for name, values in parts.items()}

    def _blocks(self, n: int) -> Iterator[slice]:
        """Rows that are seen together: rebuilt pictures may be much larger than their codes."""
        size = max(1, BLOCK // self.rebuild.mean.size)
        for start in range(0, n, size):
            yield slice(start, start + size)


def _means(values: list[Array]) -> tuple[float, float]:
    """Of blocks (2, n') the means over all rows."""
    both = np.concatenate(values, axis=1)
    first, second = both.mean(1)
    return float(first), float(second)
