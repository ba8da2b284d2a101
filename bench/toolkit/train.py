"""The one training loop, used by every network in the house.

A caller says what the loss of a batch of row numbers is; the loop decides the order of the rows,
steps the optimiser and watches for divergence. Everything random comes from the seed.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..types import Array

INFERENCE_BATCH = 64  # whose maps stay in the cache; four times as many run at half the speed


class DivergedError(RuntimeError):
    """Training produced a loss that is not a number; there is no result."""


@dataclass(frozen=True)
class Budget:
    """How long and how fast to train.

    epochs: passes over the rows. batch: rows a step. lr: learning rate. momentum: above 0, plain
    gradient steps with Nesterov's momentum, not Adam.
    """

    epochs: int = 30
    batch: int = 64
    lr: float = 1e-3
    weight_decay: float = 0.0
    momentum: float = 0.0


def optimiser(
    parameters: list[nn.Parameter], lr: float, weight_decay: float = 0.0, momentum: float = 0.0
) -> torch.optim.Optimizer:
    """AdamW of the parameters, or SGD with Nesterov's momentum where momentum is above 0."""
    if momentum:
        return torch.optim.SGD(parameters, lr, momentum, weight_decay=weight_decay, nesterov=True)
    return torch.optim.AdamW(parameters, lr, weight_decay=weight_decay, fused=True)


def epoch(
    loss_of: Callable[[Tensor], Tensor],
    n: int,
    opt: torch.optim.Optimizer,
    *,
    batch: int,
    order: np.random.Generator,
    clip: float = 0.0,
) -> float:
    """The mean loss of one pass over rows 0..n-1 in random order.

    A last batch of one row is dropped.

    Args:
        loss_of: row numbers (b,) -> their mean loss.
        n: rows.
        opt: what steps after each batch.
        batch: rows a step.
        order: what the order of the rows is drawn from.
        clip: largest norm of the gradient; 0 sets no bound.

    Raises:
        DivergedError: if the mean loss is not finite.
    """
    parameters = _parameters(opt)
    device = parameters[0].device
    total: Tensor | float = 0.0
    batches = _batches(n, batch, order)
    for rows in batches:
        with mixed(device):
            loss = loss_of(rows)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(parameters, clip)
        opt.step()
        total = total + loss.detach()  # read once an epoch: a GPU need not wait for every batch
    mean = float(total) / max(len(batches), 1)
    if not np.isfinite(mean):
        raise DivergedError("the training loss is not finite; a smaller learning rate may help")
    return mean


def fit_classifier(
    net: nn.Module, x: Tensor, y: Tensor, budget: Budget, *, seed: int
) -> tuple[float, ...]:
    """The mean loss of each epoch of training `net` in place to tell y (n,) from x (n, ...).

    The loss is cross-entropy; net(x) is (n, K) scores. Leaves `net` in eval mode.

    Raises:
        DivergedError: if a loss is not finite.
    """
    order = np.random.default_rng(seed)
    opt = optimiser(list(net.parameters()), budget.lr, budget.weight_decay, budget.momentum)

    def loss_of(rows: Tensor) -> Tensor:
        scores = net(x[rows]).float()
        return F.cross_entropy(scores, y[rows])

    losses = []
    net.train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # dropout
        for _ in range(budget.epochs):
            losses.append(epoch(loss_of, len(x), opt, batch=budget.batch, order=order))
    net.eval()
    return tuple(losses)


@torch.no_grad()
def forward(net: nn.Module, x: Tensor, *, exact: bool = False) -> Tensor:
    """net(x) in evaluation mode, in batches, as float32.

    exact: computed in 32 bits whatever the precision is.
    """
    net.eval()
    with mixed(x.device, off=exact):
        return torch.cat([net(part).float() for part in x.split(INFERENCE_BATCH)])


def tensor(x: Array, device: str) -> Tensor:
    """Rows on the device; images in channels-last order, which the convolutions prefer."""
    t = torch.from_numpy(np.ascontiguousarray(x)).to(device)
    return t.contiguous(memory_format=torch.channels_last) if t.ndim == 4 else t


PRECISIONS = ("fp32", "bf16")
_precision = "fp32"


def precision(name: str) -> None:
    """Sets what this process trains in, one of PRECISIONS.

    bf16: products of bfloat16 with sums, weights and optimiser in float32.
    """
    global _precision
    _precision = name


def precision_name() -> str:
    """What this process trains in, one of PRECISIONS."""
    return _precision


def mixed(device: torch.device, *, off: bool = False) -> Any:
    """The context in which losses and predictions are computed; off: always in 32 bits."""
    enabled = _precision == "bf16" and not off
    return torch.autocast(device.type, torch.bfloat16, enabled=enabled)


def keep_memory() -> None:
    """Tells the C library to keep blocks that are freed.

    It hands those above 32 MB back, and every batch would fault the same pages in again. Nothing to
    do where the C library is not glibc.
    """
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(-4, 0)  # M_MMAP_MAX: no block gets a mapping of its own
        libc.mallopt(-1, 1 << 29)  # M_TRIM_THRESHOLD: up to 512 MB stay


def threads(n: int) -> None:
    """Uses n threads: one a worker process, always.

    No sum then depends on how many workers there are.
    """
    torch.set_num_threads(n)


def _parameters(opt: torch.optim.Optimizer) -> list[nn.Parameter]:
    parameters = []
    for group in opt.param_groups:
        parameters += group["params"]
    return parameters


def _batches(n: int, batch: int, order: np.random.Generator) -> list[Tensor]:
    """Row numbers 0..n-1 in random order, `batch` at a time; a last batch of one row is dropped."""
    rows = torch.from_numpy(order.permutation(n))
    return [part for part in rows.split(batch) if len(part) > 1 or n == 1]
