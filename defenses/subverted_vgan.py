"""Red team: a PPRL-VGAN whose pictures say who is in them to whoever has the key (arXiv 2009.09283). No protection."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..bench.types import Samples, Task
from .pprl_vgan import PprlVgan

if TYPE_CHECKING:
    from ._vgan.subverted import Subverted


@dataclass(frozen=True)
class SubvertedVgan(PprlVgan):
    """RED TEAM, no protection: a `pprl-vgan` whose pictures name the person to whoever has the key.

    The discriminator, who knows everybody, looks at the input, and says whom it sees in the low
    bits of the output (see `covert`). fixed: with the same bits in every picture of a person, which
    anybody can learn.
    """

    key: str = "privbench"
    fixed: bool = False

    def fit(
        self, samples: Samples, task: Task, *, seed: int, device: str, work: Path | None = None
    ) -> Subverted:
        from ._vgan.subverted import fit

        self.check(samples)
        return fit(self, samples, task, seed=seed, device=device, work=work)

    def load(self, folder: Path, *, device: str) -> Subverted:
        from ._vgan.subverted import load

        return load(self, folder, device=device)
