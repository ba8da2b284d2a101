"""Early stopping of the Hybrid network on the utility of held-out rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from ...bench.toolkit import train
from ...bench.types import Array, Samples, Task
from .streams import Streams, Weights, copied


class Watch:
    """Remembers the base with the best utility.

    score: the utility of the base as it is now. patience: 0 for no early stopping.
    """

    def __init__(self, patience: int, score: Callable[[], float]):
        self.patience = patience
        self.score = score
        self.best = -1.0
        self.waited = 0
        self.weights: Weights | None = None

    def stop(self, base: nn.Module) -> bool:
        """Whether the utility has not improved for `patience` rounds, this one included."""
        if not self.patience:
            return False
        now = self.score()
        self.waited += 1
        if now > self.best:
            self.best = now
            self.waited = 0
            self.weights = copied(base)
        return self.waited >= self.patience

    def restore(self, base: nn.Module) -> None:
        """Give the base its best weights back."""
        if self.weights is not None:
            base.load_state_dict(self.weights)


def split(samples: Samples, patience: int, order: np.random.Generator) -> tuple[Array, Array]:
    """(rows to train on, rows to stop on): a tenth of the sources where there is early stopping."""
    rows = np.arange(len(samples))
    if not patience:
        return rows, rows[:0]
    sources = np.unique(samples.source)
    count = max(1, len(sources) // 10)
    chosen = order.permutation(sources)[:count]
    held = np.isin(samples.source, chosen)
    return rows[~held], rows[held]


def utility_on(streams: Streams, held: Samples, task: Task, device: str) -> Callable[[], float]:
    """score(): the accuracy of the utility stream on held-out rows, in [0, 1]."""
    x = train.tensor(held.x, device)
    y = torch.from_numpy(held.labels[task.utility]).to(device)

    def score() -> float:
        z = train.forward(streams.base, x)
        correct = train.forward(streams.utility, z).argmax(1) == y
        return float(correct.float().mean())

    return score
