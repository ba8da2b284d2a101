"""PPRL-VGAN: another person's synthetic face with the expression of the input.

Chen, Konrad, Ishwar 2018, arXiv 1803.07100.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..bench.types import Samples, Task
from ._vgan.settings import VganSettings

if TYPE_CHECKING:
    from ._vgan.synthesis import Synthesis


@dataclass(frozen=True)
class PprlVgan(VganSettings):
    """A latent code, and a synthetic picture of a chosen identity with the expression of the input.

    The settings are those of VganSettings.
    """

    def fit(
        self, samples: Samples, task: Task, *, seed: int, device: str, work: Path | None = None
    ) -> Synthesis:
        """The frozen networks after all epochs.

        work: a folder for checkpoints and losses.csv; a training that was interrupted goes on from
        there.
        """
        from ._vgan.synthesis import of_game, trained

        self.check(samples)
        game = trained(self, samples, task, seed=seed, device=device, work=work)
        return of_game(game, self.target, device)

    def load(self, folder: Path, *, device: str) -> Synthesis:
        """The encoder that `save` wrote."""
        from ._vgan.synthesis import load

        return load(folder, device=device)
