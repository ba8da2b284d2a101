"""Guarantees of a federated training: the noise of clients or of a trusted server, and what it amounts to."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from flwr.clientapp.mod import LocalDpMod
from flwr.serverapp.strategy import DifferentialPrivacyServerSideFixedClipping, Strategy
from torch import nn

if TYPE_CHECKING:
    from ..au_federated import AuFederated


def guard_of(defense: AuFederated) -> Any:
    """What clips a client's update and adds noise to it before it leaves: Flower's own, calibrated by `noise`."""
    if not defense.epsilon or defense.trusted:
        return None
    wide, apart = (
        noise(defense),
        2 * defense.clip,
    )  # two updates of norm `clip` lie at most so far apart
    a_round = (
        np.sqrt(2 * np.log(1.25 / defense.delta)) / wide
    )  # the epsilon at which the modifier adds wide * apart
    return LocalDpMod(defense.clip, apart, float(a_round), defense.delta)


def central(plain: Strategy, defense: AuFederated, clients: int) -> Strategy:
    """The strategy whose server clips and adds noise, where it is trusted with that: Flower's own."""
    if not defense.trusted:
        return plain
    # A mean of so many changes by twice its clip when one of them is replaced.
    return DifferentialPrivacyServerSideFixedClipping(
        plain, 2 * noise(defense), defense.clip, clients
    )


def noise(defense: AuFederated) -> float:
    """Deviation of the noise, in the sensitivity of what it is added to, such that the whole run spends `epsilon`."""
    if not defense.epsilon + defense.dpsgd:
        return 0.0
    from opacus.accountants.utils import get_noise_multiplier

    return get_noise_multiplier(
        target_epsilon=defense.epsilon + defense.dpsgd,
        target_delta=defense.delta,
        sample_rate=1.0,
        steps=_steps(defense),
        accountant="rdp",
    )


def _steps(defense: AuFederated) -> int:
    """How often noise is added in a run: to each update, or to each gradient of all of a client's rows."""
    return defense.rounds * (defense.how.epochs if defense.dpsgd else 1)


def spent(defense: AuFederated) -> float:
    """The epsilon of all rounds together, by the accountant; 0 without noise."""
    if not defense.guarded:
        return 0.0
    from opacus.accountants import RDPAccountant

    accountant = RDPAccountant()
    accountant.history = [(noise(defense), 1.0, _steps(defense))]
    return float(accountant.get_epsilon(delta=defense.delta))


def silent(learn: Callable[[], float], net: nn.Module) -> float:
    """Learn, or leave the network where it was: that somebody's rows cannot be learnt from is told to nobody.

    It is always moved a little, because Flower divides by the norm of an update.
    """
    before = copy.deepcopy(net.state_dict())
    with contextlib.suppress(Exception):
        learn()
    after = net.state_dict()
    if all(bool(torch.isfinite(v).all()) for v in after.values()) and any(
        (after[n] != before[n]).any() for n in after
    ):
        return 0.0
    first = next(iter(before.values())).view(-1)
    first[0] = torch.nextafter(first[0], torch.tensor(torch.inf))
    net.load_state_dict(before)
    return 0.0
