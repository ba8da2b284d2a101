"""The base and the two streams of the Hybrid network, untrained, and what is observed of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...bench import checks
from ...bench.toolkit import nets, train
from ...bench.types import Samples, Task
from .._shared.net_encoder import standardised
from .settings import HybridSettings

WATCHED = 1024  # rows, evenly spaced, that a point of the curve is measured on

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Streams:
    """One base Wc and the two streams We (utility) and Wi (private), and the rows they learn from.

    x: (n, c, h, w) pictures. y: (n,) utility classes. s: (n,) private classes.
    """

    base: nn.Module
    utility: nn.Module
    private: nn.Module
    x: Tensor
    y: Tensor
    s: Tensor

    @property
    def parts(self) -> tuple[nn.Module, nn.Module, nn.Module]:
        """Base, utility stream, private stream."""
        return self.base, self.utility, self.private


def untrained(
    h: HybridSettings, samples: Samples, task: Task, *, seed: int, device: str
) -> tuple[Streams, Callable[[int], Weights]]:
    """(the three parts, fresh): fresh(round) are untrained weights for the private stream."""
    x = torch.from_numpy(checks.images("x", samples.x))
    people = samples.n_classes(task.private)
    with nets.seeded(seed):
        base, d = standardised(h.base(tuple(x.shape[1:])), x)
        utility = nets.head(d, nets.FC_WIDTHS, samples.n_classes(task.utility))
        private = nets.head(d, nets.FC_WIDTHS, people)
    y = torch.from_numpy(samples.labels[task.utility])
    s = torch.from_numpy(samples.labels[task.private])
    streams = Streams(
        base.to(device),
        utility.to(device),
        private.to(device),
        train.tensor(samples.x, device),
        y.to(device),
        s.to(device),
    )

    def fresh(number: int) -> Weights:
        with nets.seeded(seed + number):
            return nets.head(d, nets.FC_WIDTHS, people).state_dict()

    return streams, fresh


def parameters_of(*parts: nn.Module) -> list[nn.Parameter]:
    """All parameters of some networks, one network after the other."""
    return list(nn.ModuleList(parts).parameters())


def copied(part: nn.Module) -> Weights:
    """The weights of a network as they are now."""
    return {name: value.clone() for name, value in part.state_dict().items()}


@torch.no_grad()
def observe(streams: Streams, z: Tensor, number: int) -> dict[str, Any]:
    """One point of the alternation's curve: losses and accuracies of both streams after a round.

    z: (n, d) codes of the training rows, of which WATCHED are looked at.
    """
    every = -(-len(z) // WATCHED)
    y = streams.y[::every]
    s = streams.s[::every]
    z = z[::every]
    expression = streams.utility(z)
    identity = streams.private(z)
    spread = z.std(0)
    return {
        "round": number,
        "utility_loss": float(F.cross_entropy(expression, y)),
        "private_loss": float(F.cross_entropy(identity, s)),
        "utility_accuracy": _accuracy(expression, y),
        "private_accuracy": _accuracy(identity, s),
        "code_sd": float(spread.mean()),
        "dead_units": float((spread == 0).float().mean()),
    }


def _accuracy(scores: Tensor, y: Tensor) -> float:
    correct = scores.argmax(1) == y
    return float(correct.float().mean())
