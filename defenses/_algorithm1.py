"""Algorithm 1 of Narula, Wang, Chaspari 2020 (arXiv 2001.06103), and what it leaves open made explicit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..bench import nets, train


@dataclass
class Streams:
    """One base Wc and the two streams We (utility) and Wi (private) that the algorithm alternates between."""

    base: nn.Module
    utility: nn.Module
    private: nn.Module
    x: Tensor
    y: Tensor
    s: Tensor


def confuse(scores: Tensor, s: Tensor, how: str) -> Tensor:
    """What the base minimises against the private stream: -L_i as published, or cross-entropy to uniform.

    -L_i has no lower bound: the features may grow without end. Cross-entropy to the uniform distribution has
    its minimum where the stream knows nothing.
    """
    if how == "negative":
        return -F.cross_entropy(scores, s)
    return -F.log_softmax(scores, 1).mean()


def joint(st: Streams, *, alpha: float, epochs: int, lr: float, batch: int, order: np.random.Generator) -> None:
    """Step 1: minimise L_e + alpha L_i over Wc, We and Wi."""
    opt = train.optimiser([*st.base.parameters(), *st.utility.parameters(), *st.private.parameters()], lr)

    def loss(rows: Tensor) -> Tensor:
        z = st.base(st.x[rows])
        own = F.cross_entropy(st.utility(z), st.y[rows])
        return own + alpha * F.cross_entropy(st.private(z), st.s[rows])

    for module in (st.base, st.utility, st.private):
        module.train()
    for _ in range(epochs):
        train.epoch(loss, len(st.x), opt, batch=batch, order=order)


def hide(
    st: Streams, opt: torch.optim.Optimizer, *, beta: float, how: str, batch: int, clip: float, order: np.random.Generator
) -> None:  # fmt: skip
    """First half of step 2: minimise L_e - beta L_i over Wc and We while Wi is frozen."""
    st.base.train()
    st.utility.train()
    st.private.eval().requires_grad_(False)

    def loss(rows: Tensor) -> Tensor:
        z = st.base(st.x[rows])
        return F.cross_entropy(st.utility(z), st.y[rows]) + beta * confuse(st.private(z), st.s[rows], how)

    train.epoch(loss, len(st.x), opt, batch=batch, order=order, clip=clip)
    st.private.requires_grad_(True)


def seek(st: Streams, opt: torch.optim.Optimizer, *, epochs: int, batch: int, order: np.random.Generator) -> None:
    """Second half of step 2: minimise L_i over Wi. The base is frozen, so its codes are computed once."""
    z = train.forward(st.base, st.x)
    st.private.train()
    for _ in range(epochs):
        train.epoch(
            lambda rows: F.cross_entropy(st.private(z[rows]), st.s[rows]), len(z), opt, batch=batch, order=order
        )


@torch.no_grad()
def observe(st: Streams, number: int) -> dict[str, Any]:
    """Losses and accuracies of both streams on the training rows: one point of the alternation's curve."""
    z = train.forward(st.base, st.x)
    e, i = train.forward(st.utility, z), train.forward(st.private, z)
    return {
        "round": number,
        "utility_loss": float(F.cross_entropy(e, st.y)),
        "private_loss": float(F.cross_entropy(i, st.s)),
        "utility_accuracy": float((e.argmax(1) == st.y).float().mean()),
        "private_accuracy": float((i.argmax(1) == st.s).float().mean()),
        "code_sd": float(z.std(0).mean()),
        "dead_units": float((z.std(0) == 0).float().mean()),
    }


def fresh_private(st: Streams, d: int, k: int, seed: int) -> None:
    """Put untrained weights into Wi."""
    with nets.seeded(seed):
        st.private.load_state_dict(nets.head(d, nets.FC_WIDTHS, k).state_dict())
