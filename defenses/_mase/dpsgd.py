"""A client's training with differential privacy of its rows: DP-SGD by Opacus.

Abadi et al. 2016, arXiv 1607.00133.
"""

from __future__ import annotations

import warnings

import numpy as np
import torch
from opacus import GradSampleModule
from opacus.optimizers import DPOptimizer
from opacus.validators import ModuleValidator
from torch import Tensor
from torch.nn import functional as F

from .aim import Aim, Lesson
from .encoder import Network
from .privacy import noise
from .recipe import FederatedSettings


def learn(
    net: Network, settings: FederatedSettings, lesson: Lesson, *, noise_seed: np.ndarray
) -> None:
    """Train `net` in place; every step is on all rows, so that no sampling is counted on.

    noise_seed: words that the noise is drawn from.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Opacus about hooks
        # Recurrent layers become such that tell rows apart.
        private = GradSampleModule(ModuleValidator.fix(net).train())
        opt = _optimiser(private, settings, len(lesson.x), noise_seed)
        for _ in range(settings.how.epochs):
            opt.zero_grad()
            prediction = private(lesson.x)[1]
            loss = of_rows(prediction, lesson.target, lesson.aim).mean()
            loss.backward()
            opt.step()
    names = net.state_dict()
    trained = private._module.state_dict()
    net.load_state_dict({name: value for name, value in trained.items() if name in names})
    net.eval()


def _optimiser(
    private: GradSampleModule, settings: FederatedSettings, n: int, noise_seed: np.ndarray
) -> DPOptimizer:
    """Adam on clipped gradients of n rows, with noise.

    Clipped gradients of two rows lie 2 * clip apart, which is what replacing one by the other
    changes: how many rows there are is no secret.
    """
    high = int(noise_seed[0]) << 31
    low = int(noise_seed[1]) >> 1
    return DPOptimizer(
        torch.optim.Adam(private.parameters(), settings.how.lr),
        noise_multiplier=2 * noise(settings),
        max_grad_norm=settings.clip,
        expected_batch_size=n,
        generator=torch.Generator().manual_seed(high | low),
    )


def of_rows(prediction: Tensor, target: Tensor, aim: Aim) -> Tensor:
    """(n,) the loss of each row.

    No other row has a part in it: else clipping would bound nothing.
    """
    if aim.classes:
        return F.cross_entropy(prediction, target, reduction="none")
    rated = ~torch.isnan(target)
    filled = torch.where(rated, target, 0.0)
    error = torch.where(rated, prediction - filled, 0.0)
    squared = error.square().flatten(1).sum(1)
    count = rated.flatten(1).sum(1)
    return squared / count.clamp_min(1)
