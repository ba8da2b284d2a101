"""A recurrent code of action units: level 1 of Mase et al. 2021.

arXiv 2111.07344, doi 10.1007/s43681-022-00215-y.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..bench.types import Samples, Task
from ._mase.recipe import RecurrentSettings

if TYPE_CHECKING:
    from ._mase.encoder import RecurrentEncoder


@dataclass(frozen=True)
class AuRnn(RecurrentSettings):
    """A recurrent network on action units; releases its code of each frame, and its predictions.

    The settings are those of RecurrentSettings.
    """

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> RecurrentEncoder:
        """The frozen network, at the epoch and with the post-processing that the recipe chooses."""
        from ._mase.recurrent import fit

        self.check(samples)
        return fit(self.how, samples, task, seed=seed, device=device)

    def peeked(
        self, train: Samples, test: Samples, task: Task, *, seed: int, device: str
    ) -> dict[str, float]:
        """Label -> concordance on `test` at the epoch that is best there: too good.

        This is what the authors' code reports.
        """
        from ._mase.recurrent import peeked

        return peeked(self.how, train, test, task, seed=seed, device=device)

    def load(self, folder: Path, *, device: str) -> RecurrentEncoder:
        """The encoder that `save` wrote."""
        from ._mase.encoder import load

        return load(folder, device=device)
