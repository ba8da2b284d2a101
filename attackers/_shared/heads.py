"""Fresh networks fitted on frozen codes: the paper's heads, and all that is trained like them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...bench import checks
from ...bench.reasons import Reason
from ...bench.toolkit import nets, train
from ...bench.types import Array
from .vectors import Standardise

SLOPE = 0.95  # of the loss a tenth of the epochs ago: a network below it is still learning
FITTED = 0.1  # of the loss of guessing: a network below it has fitted its rows
# Of the loss before training, or of guessing: a network above it has learnt nothing of its rows.
LEARNT = 0.99
NOTHING_LEARNT = Reason(
    "not-converged",
    "did not converge: no better on its own training rows than guessing, or than before its "
    "training",
)


@dataclass(frozen=True)
class Training:
    """How a network is trained: for how long, from which seed, on which device."""

    budget: train.Budget
    seed: int
    device: str


@dataclass(frozen=True)
class Layers:
    """Of a fully connected network: widths of its hidden layers, share of dropout, batch norm."""

    widths: tuple[int, ...]
    dropout: float = 0.0
    norm: bool = False


@dataclass(frozen=True)
class NetAdversary:
    """A fitted network behind the preparation of its codes; scores are logits.

    note: what a reader must know of its training, or None. sound: its training got going.
    """

    prepare: Callable[[Array], Array]
    net: nn.Module
    device: str
    note: Reason | None = None
    sound: bool = True

    def __call__(self, z: Array, /) -> Array:
        """Scores (n, K) of codes (n, ...)."""
        x = train.tensor(self.prepare(z), self.device)
        return train.forward(self.net, x, exact=True).cpu().numpy()


def fit_head(z: Array, y: Array, layers: Layers, training: Training) -> NetAdversary:
    """A fully connected network, fitted on standardised codes z (n, ...) and classes y (n,)."""
    prepare = Standardise.of(z)
    x = train.tensor(prepare(z), training.device)
    k = int(y.max()) + 1

    def make() -> nn.Module:
        net = nets.head(x.shape[1], layers.widths, k, dropout=layers.dropout, norm=layers.norm)
        return net.to(training.device)

    return fit_net(make, x, y, training, prepare=prepare)


def fit_base(
    base: Callable[[], nn.Module],
    z: Array,
    y: Array,
    training: Training,
    *,
    widths: tuple[int, ...],
) -> NetAdversary:
    """A base of pictures z (n, c, h, w) and a fully connected head, trained together on y (n,).

    The channels of the pictures are standardised. widths: of the head's hidden layers.
    """
    x = train.tensor(checks.finite("codes", z), training.device)
    k = int(y.max()) + 1

    def make() -> nn.Module:
        net = nn.Sequential(nets.Standardise(x.cpu()), base())
        d = nets.code_dim(net, z.shape[1:])
        return nn.Sequential(net, nets.head(d, widths, k)).to(training.device)

    return fit_net(make, x, y, training, prepare=_as_they_are)


def _as_they_are(z: Array) -> Array:
    return z


def fit_net(
    make: Callable[[], nn.Module],
    x: Tensor,
    y: Array,
    training: Training,
    *,
    prepare: Callable[[Array], Array],
) -> NetAdversary:
    """The network of `make`, trained on all rows x = prepare(codes) and classes y (n,).

    For the whole budget. No held-out rows say when to stop: where little is to be seen they say so
    after a few epochs, and what is there is missed. On Hybrid's codes that was the difference
    between chance and a leak.
    """
    labels = torch.from_numpy(y).to(x.device)
    with nets.seeded(training.seed):
        net = make()

    def loss() -> float:
        return float(F.cross_entropy(train.forward(net, x), labels))

    guessing = min(loss(), _entropy(y))
    past = train.fit_classifier(net, x, labels, training.budget, seed=training.seed)
    after = loss()
    fitted = NetAdversary(prepare, net, str(x.device))
    if after > LEARNT * guessing:
        return replace(fitted, note=NOTHING_LEARNT, sound=False)
    return replace(fitted, note=unfinished(past, after, guessing))


def unfinished(past: Sequence[float], after: float, guessing: float) -> Reason | None:
    """The note of a training whose loss still fell at its end, or None.

    past: loss of each epoch. after: the loss of the trained network. guessing: that of answering
    without the codes. A network that has fitted its rows has finished, however fast the rest of the
    loss falls.
    """
    tenth = max(len(past) // 10, 1)
    before = past[-1 - tenth] if len(past) > 1 else np.inf
    falling = past[-1] < SLOPE * before
    if falling and after > FITTED * guessing:
        text = f"still improving when its budget of {len(past)} epochs was spent"
        return Reason("budget-short", text)
    return None


def _entropy(y: Array) -> float:
    """Loss in nats of answering with the class shares."""
    share = np.bincount(y) / len(y)
    present = share[share > 0]
    return -float(present @ np.log(present))
