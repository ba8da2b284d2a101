"""An untrained base: what the architecture alone gives away."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..bench.types import Samples, Task
from ._shared.trained import check_backbone, reload

if TYPE_CHECKING:
    from ._shared.net_encoder import NetEncoder


@dataclass(frozen=True)
class Random:
    """Features of an untrained network."""

    backbone: str = "conv3"

    def check(self, samples: Samples) -> None:
        """InputError for rows that are no pictures, or a backbone that there is not."""
        check_backbone(samples, self.backbone)

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> NetEncoder:
        """The untrained base, behind a layer that standardises pixels as in these pictures."""
        import torch

        from ..bench import checks
        from ..bench.toolkit import nets
        from ._shared.net_encoder import NetEncoder, standardised

        x = torch.from_numpy(checks.images("x", samples.x))
        shape = tuple(x.shape[1:])
        with nets.seeded(seed):
            base, _ = standardised(nets.backbone(self.backbone, shape), x)
        return NetEncoder(base.to(device).eval(), device, {"shape": list(shape)})

    def load(self, folder: Path, *, device: str) -> NetEncoder:
        """The encoder that `save` wrote."""
        return reload(self, folder, device)
