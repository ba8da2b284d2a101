"""Red team: a PPRL-VGAN whose pictures name the person to an attacker with the key.

It is no protection; after arXiv 2009.09283.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..bench.types import Samples, Task
from ._vgan.settings import SubvertedSettings

if TYPE_CHECKING:
    from ._vgan.subverted import Subverted


@dataclass(frozen=True)
class SubvertedVgan(SubvertedSettings):
    """RED TEAM, no protection: a `pprl-vgan` whose pictures name the person to a holder of the key.

    The discriminator, which knows all identities, looks at the input, and writes the person that it
    recognises into the low bits of the output (see bench/toolkit/steganography.py). The settings
    are those of SubvertedSettings.
    """

    def fit(
        self, samples: Samples, task: Task, *, seed: int, device: str, work: Path | None = None
    ) -> Subverted:
        """The frozen networks after all epochs. work: as for `pprl-vgan`."""
        from ._vgan.subverted import fit

        self.check(samples)
        return fit(self, samples, task, seed=seed, device=device, work=work)

    def load(self, folder: Path, *, device: str) -> Subverted:
        """The encoder that `save` wrote."""
        from ._vgan.subverted import load

        return load(self, folder, device=device)
