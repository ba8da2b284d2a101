"""A client's training with differential privacy of its rows: DP-SGD (Abadi et al. 2016, arXiv 1607.00133) by Opacus."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import torch
from opacus import GradSampleModule
from opacus.optimizers import DPOptimizer
from opacus.validators import ModuleValidator
from torch import Tensor
from torch.nn import functional as F

from ...bench.toolkit import train
from ...bench.toolkit.recurrent import Frames
from ...bench.types import Samples
from .privacy import noise
from .recurrent import Aim, Network, rated

if TYPE_CHECKING:
    from ..au_federated import AuFederated


def learn(
    net: Network,
    defense: AuFederated,
    aim: Aim,
    samples: Samples,
    ready: Frames,
    *,
    noise_seed: np.ndarray,
    device: str,
) -> None:
    """Train `net` in place; every step is on all rows, so that no sampling is counted on.

    Clipped gradients of two rows lie 2 * clip apart, which is what replacing one by the other
    changes: how many rows there are is no secret. noise_seed: words that the noise is drawn from.
    """
    x, told = train.tensor(ready(samples.x), device), torch.from_numpy(aim.told(samples)).to(device)
    rows = rated(told, aim)
    x, told = x[rows], told[rows]
    generator = torch.Generator().manual_seed(int(noise_seed[0]) << 31 | int(noise_seed[1]) >> 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Opacus about hooks
        private = GradSampleModule(
            ModuleValidator.fix(net).train()
        )  # with recurrent layers that tell rows apart
        opt = DPOptimizer(
            torch.optim.Adam(private.parameters(), defense.how.lr),
            noise_multiplier=2 * noise(defense),
            max_grad_norm=defense.clip,
            expected_batch_size=len(x),
            generator=generator,
        )
        for _ in range(defense.how.epochs):
            opt.zero_grad()
            of_rows(private(x)[1], told, aim).mean().backward()
            opt.step()
    own = net.state_dict()
    net.load_state_dict(
        {name: v for name, v in private._module.state_dict().items() if name in own}
    )
    net.eval()


def of_rows(said: Tensor, told: Tensor, aim: Aim) -> Tensor:
    """(n,) the loss of each row, which no other row has a part in: else clipping it would bound nothing."""
    if aim.classes:
        return F.cross_entropy(said, told, reduction="none")
    there = ~torch.isnan(told)
    off = torch.where(there, said - torch.where(there, told, 0.0), 0.0).square().flatten(1)
    return off.sum(1) / there.flatten(1).sum(1).clamp_min(1)
