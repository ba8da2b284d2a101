"""The adversarial Hybrid network: Algorithm 1 of Narula, Wang, Chaspari 2020 (arXiv 2001.06103).

The paper leaves open what decides whether the algorithm works (docs/studies/hybrid.md measures it),
so each choice is a setting. As published, with the plainest reading of the rest:

    hybrid:code=0,norm=false,confuse=negative,seek_epochs=1,anneal=false
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..bench.types import Samples, Task
from ._narula.settings import HybridSettings

if TYPE_CHECKING:
    from ._shared.net_encoder import NetEncoder


@dataclass(frozen=True)
class Hybrid(HybridSettings):
    """Features trained to serve the utility label and, in turns, hide the private one: Algorithm 1.

    Algorithm 1 is that of Narula, Wang, Chaspari 2020. The settings are those of HybridSettings.
    """

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> NetEncoder:
        """The frozen base after all rounds, with the curve of the alternation in its `meta`."""
        from ._narula.algorithm1 import alternate
        from ._shared.net_encoder import NetEncoder

        base, curve = alternate(self, samples, task, seed=seed, device=device)
        shape = list(samples.x.shape[1:])
        return NetEncoder(base, device, {"shape": shape, "curve": curve})

    def load(self, folder: Path, *, device: str) -> NetEncoder:
        """The encoder that `save` wrote."""
        from ._shared.net_encoder import restore

        return restore(folder, self.base, device=device)
