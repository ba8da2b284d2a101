"""Guarantees of a federated training: the noise of clients or of a trusted server, and its cost."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .flwr_api import DifferentialPrivacyServerSideFixedClipping, LocalDpMod, Strategy
from .recipe import FederatedSettings

Weights = dict[str, Tensor]


def guard_of(settings: FederatedSettings) -> Any:
    """What clips a client's update and adds noise to it before it leaves, or None.

    It is Flower's own, calibrated by `noise`.
    """
    if not settings.epsilon or settings.trusted:
        return None
    wide = noise(settings)
    apart = 2 * settings.clip  # two updates of norm `clip` lie at most so far apart
    # The epsilon at which the modifier adds wide * apart.
    a_round = np.sqrt(2 * np.log(1.25 / settings.delta)) / wide
    return LocalDpMod(settings.clip, apart, float(a_round), settings.delta)


def central(plain: Strategy, settings: FederatedSettings, clients: int) -> Strategy:
    """The strategy; Flower's own, which clips and adds noise, where the server is trusted."""
    if not settings.trusted:
        return plain
    # A mean of so many changes by twice its clip when one of them is replaced.
    wide = 2 * noise(settings)
    return DifferentialPrivacyServerSideFixedClipping(plain, wide, settings.clip, clients)


def noise(settings: FederatedSettings) -> float:
    """Deviation of the noise with which the whole run spends `epsilon`, or `dpsgd`.

    In the sensitivity of what it is added to; 0 without a guarantee.
    """
    epsilon = settings.epsilon + settings.dpsgd
    if not epsilon:
        return 0.0
    from opacus.accountants.utils import get_noise_multiplier

    return get_noise_multiplier(
        target_epsilon=epsilon,
        target_delta=settings.delta,
        sample_rate=1.0,
        steps=_steps(settings),
        accountant="rdp",
    )


def _steps(settings: FederatedSettings) -> int:
    """How often noise is added in a run: to each update, or to each gradient of a client's rows."""
    a_round = settings.how.epochs if settings.dpsgd else 1
    return settings.rounds * a_round


def spent(settings: FederatedSettings) -> float:
    """The epsilon of all rounds together, by the accountant; 0 without noise."""
    if not settings.guarded:
        return 0.0
    from opacus.accountants import RDPAccountant

    accountant = RDPAccountant()
    accountant.history = [(noise(settings), 1.0, _steps(settings))]
    return float(accountant.get_epsilon(delta=settings.delta))


def silent(learn: Callable[[], float], net: nn.Module) -> float:
    """Learn, or leave the network where it was; 0 for a loss.

    That a participant's rows cannot be learnt from is not to be seen. The network is always moved a
    little, because Flower divides by the norm of an update.
    """
    before = copy.deepcopy(net.state_dict())
    with contextlib.suppress(Exception):
        learn()
    after = net.state_dict()
    if _finite(after) and _moved(before, after):
        return 0.0
    first = next(iter(before.values())).view(-1)
    first[0] = torch.nextafter(first[0], torch.tensor(torch.inf))
    net.load_state_dict(before)
    return 0.0


def _finite(weights: Weights) -> bool:
    return all(bool(torch.isfinite(value).all()) for value in weights.values())


def _moved(before: Weights, after: Weights) -> bool:
    return any(bool((after[name] != before[name]).any()) for name in after)
