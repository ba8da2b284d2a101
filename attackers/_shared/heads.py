"""Fresh networks fitted on frozen codes: the paper's heads and everything that is trained like them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...bench import checks
from ...bench.toolkit import nets, train
from ...bench.types import Array
from .vectors import Standardise

SLOPE = 0.95  # of the loss a tenth of the epochs ago: whoever is below is still learning
FITTED = 0.1  # of the loss of guessing: whoever is below has fitted its rows
# of the loss before training, or of guessing: whoever is above has learnt nothing of its own rows
LEARNT = 0.99


@dataclass(frozen=True)
class NetAdversary:
    """A fitted network behind the preparation of its codes; scores are logits. sound: its training got going."""

    prepare: Callable[[Array], Array]
    net: nn.Module
    device: str
    note: str
    sound: bool = True

    def __call__(self, z: Array, /) -> Array:
        return (
            train.forward(self.net, train.tensor(self.prepare(z), self.device), exact=True)
            .cpu()
            .numpy()
        )


def fit_head(
    z: Array,
    y: Array,
    *,
    widths: tuple[int, ...],
    budget: train.Budget,
    seed: int,
    device: str,
    dropout: float = 0.0,
    norm: bool = False,
) -> NetAdversary:
    """A fully connected network on standardised codes."""
    prepare = Standardise.of(z)
    x, k = train.tensor(prepare(z), device), int(y.max()) + 1
    make = lambda: nets.head(x.shape[1], widths, k, dropout=dropout, norm=norm).to(device)
    return fit_net(make, x, y, budget, prepare=prepare, seed=seed)


def fit_base(
    base: Callable[[], nn.Module],
    z: Array,
    y: Array,
    *,
    widths: tuple[int, ...],
    budget: train.Budget,
    seed: int,
    device: str,
) -> NetAdversary:
    """A base of pictures z (n, c, h, w), their channels standardised, and a fully connected head, trained together."""
    x = train.tensor(checks.finite("codes", z), device)

    def make() -> nn.Module:
        net = nn.Sequential(nets.Standardise(x.cpu()), base())
        d = nets.code_dim(net, z.shape[1:])
        return nn.Sequential(net, nets.head(d, widths, int(y.max()) + 1)).to(device)

    return fit_net(make, x, y, budget, prepare=lambda z: z, seed=seed)


def fit_net(
    make: Callable[[], nn.Module],
    x: Tensor,
    y: Array,
    budget: train.Budget,
    *,
    prepare: Callable[[Array], Array],
    seed: int,
) -> NetAdversary:
    """The network trained on all rows x = prepare(codes), for the whole budget.

    No held-out rows say when to stop: where little is to be found they say so after a few epochs,
    and what is there is missed. On Hybrid's codes that was the difference between chance and a
    leak.
    """
    labels = torch.from_numpy(y).to(x.device)
    with nets.seeded(seed):
        net = make()
    loss = lambda: float(F.cross_entropy(train.forward(net, x), labels))
    blind = min(loss(), _entropy(y))
    past = list(train.fit_classifier(net, x, labels, budget, seed=seed))
    if (own := loss()) > LEARNT * blind:
        note = "did not converge: no better on its own training rows than guessing, or than before its training"
        return NetAdversary(prepare, net, str(x.device), note, sound=False)
    return NetAdversary(prepare, net, str(x.device), unfinished(past, own, blind))


def unfinished(past: list[float], own: float, blind: float) -> str:
    """What to say of a training whose loss still fell at its end, or nothing.

    past: loss of each epoch. own, blind: the loss after it, and without it. Whoever has fitted its
    rows has finished, however fast the rest of the loss falls.
    """
    before = past[-1 - max(len(past) // 10, 1)] if len(past) > 1 else np.inf
    falling = past[-1] < SLOPE * before and own > FITTED * blind
    return f"still improving when its budget of {len(past)} epochs was spent" if falling else ""


def _entropy(y: Array) -> float:
    """Loss in nats of answering with the class shares."""
    share = np.bincount(y) / len(y)
    return -float(share[share > 0] @ np.log(share[share > 0]))
