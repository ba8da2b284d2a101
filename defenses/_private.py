"""A client's training with differential privacy of its rows: DP-SGD (Abadi et al. 2016, arXiv 1607.00133) by Opacus."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch
from opacus import GradSampleModule
from opacus.optimizers import DPOptimizer
from opacus.validators import ModuleValidator

from ..bench import train
from ..bench.recurrent import Frames
from ..bench.types import Samples
from ._federated import noise
from ._recurrent import Aim, Network, loss_of, rated

if TYPE_CHECKING:
    from .au_federated import AuFederated


def learn(
    net: Network, defense: AuFederated, aim: Aim, samples: Samples, ready: Frames, *, seed: int, device: str
) -> float:
    """Train `net` in place; every step is on all rows, so that no sampling is counted on. Returns the last loss."""
    x, told = train.tensor(ready(samples.x), device), torch.from_numpy(aim.told(samples)).to(device)
    rows = rated(told, aim)
    x, told, loss = x[rows], told[rows], loss_of(aim, "mse")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Opacus about hooks
        private = GradSampleModule(ModuleValidator.fix(net).train())  # with recurrent layers that tell rows apart
        opt = DPOptimizer(
            torch.optim.Adam(private.parameters(), defense.how.lr), noise_multiplier=noise(defense),
            max_grad_norm=defense.clip, expected_batch_size=len(x), generator=torch.Generator().manual_seed(seed),
        )  # fmt: skip
        value = torch.zeros(())
        for _ in range(defense.how.epochs):
            opt.zero_grad()
            value = loss(private(x)[1], told)
            value.backward()
            opt.step()
    own = net.state_dict()
    net.load_state_dict({name: v for name, v in private._module.state_dict().items() if name in own})
    net.eval()
    return float(value.detach())
