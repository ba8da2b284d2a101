"""Networks that read sequences (n, t, d) frame by frame, and how frames get ready for them.

What goes into a network is (n, t, d + 1): standardised frames, 0 where one is missing, and whether
it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from .. import checks
from ..types import Array
from . import sequences, train

KINDS = ("rnn", "lstm", "gru", "bilstm", "bigru")


@dataclass(frozen=True)
class Frames:
    """Standardises each number over the frames that are there. mean, scale: (d,)."""

    mean: Array
    scale: Array

    @classmethod
    def of(cls, z: Array) -> Frames:
        checks.frames("sequences", z)
        mean = np.nanmean(z, (0, 1), dtype=np.float64)
        return cls.scaled(np.asarray(mean), np.asarray(np.nanstd(z, (0, 1), dtype=np.float64)))

    @classmethod
    def scaled(cls, mean: Array, sd: Array) -> Frames:
        """By a mean and a deviation (d,) each; numbers that never change become 0."""
        scale = np.where(sd > 0, 1 / np.where(sd > 0, sd, 1), 0)
        return cls(mean.astype(np.float32), scale.astype(np.float32))

    def __call__(self, z: Array) -> Array:
        ready = sequences.filled((checks.frames("sequences", z) - self.mean) * self.scale)
        return np.concatenate([ready, sequences.present(z)[..., None]], 2).astype(np.float32)


class Recurrent(nn.Module):
    """(n, t, d + 1) -> (n, t, h): a recurrent code of each frame. h is `size`, or twice that for the kinds `bi...`."""

    def __init__(self, kind: str, d: int, size: int, layers: int = 1, dropout: float = 0.0):
        super().__init__()
        make: Callable[..., nn.Module] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[
            kind.removeprefix("bi")
        ]
        both = kind.startswith("bi")
        between = dropout if layers > 1 else 0.0
        self.layers = make(
            d + 1, size, layers, batch_first=True, bidirectional=both, dropout=between
        )
        self.width = 2 * size if both else size

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)[0]


class Convolved(nn.Module):
    """(n, t, d + 1) -> (n, t, h): three convolutions over time, each twice as far apart as the one before."""

    def __init__(self, d: int, size: int, kernel: int = 5):
        super().__init__()
        layers: list[nn.Module] = []
        c = d + 1
        for apart in (1, 2, 4):
            layers += [
                nn.Conv1d(c, size, kernel, padding="same", dilation=apart),
                nn.BatchNorm1d(size),
                nn.ReLU(),
            ]
            c = size
        self.layers, self.width = nn.Sequential(*layers), size

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x.transpose(1, 2)).transpose(1, 2)


Base = Recurrent | Convolved


class Pooled(nn.Module):
    """(n, t, d + 1) -> (n, k): the mean and the maximum of the codes of the frames that are there, and a layer."""

    def __init__(self, codes: Base, k: int, dropout: float = 0.0):
        super().__init__()
        self.codes, self.head = (
            codes,
            nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * codes.width, k)),
        )

    def forward(self, x: Tensor) -> Tensor:
        there, z = x[..., -1:] > 0, self.codes(x).float()
        mean = (z * there).sum(1) / there.sum(1).clamp_min(1)
        most = z.masked_fill(~there, -torch.inf).amax(1)
        return self.head(torch.cat([mean, most], 1))


class EachFrame(nn.Module):
    """(n, t, d + 1) -> (n, t, k): a layer on the code of each frame."""

    def __init__(self, codes: Base, k: int):
        super().__init__()
        self.codes, self.head = codes, nn.Linear(codes.width, k)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.codes(x).float())


def concordance_loss(said: Tensor, told: Tensor) -> Tensor:
    """Mean over the k labels of 1 - CCC of said and told (n, t, k) over the batch's rated frames (told is not NaN)."""
    rated = ~torch.isnan(told)
    n = rated.sum((0, 1)).clamp_min(1)
    told, said = torch.where(rated, told, 0.0), torch.where(rated, said, 0.0)
    mean = lambda v: (v * rated).sum((0, 1)) / n
    off, away = (v - mean(v) for v in (said, told))
    spread = mean(off.square()) + mean(away.square()) + (mean(said) - mean(told)).square()
    return (1 - 2 * mean(off * away) / spread.clamp_min(1e-8)).mean()


def squared_loss(said: Tensor, told: Tensor) -> Tensor:
    """Mean squared error over rated frames."""
    rated = ~torch.isnan(told)
    return (said - told)[rated].square().mean()


LOSSES = {"ccc": concordance_loss, "mse": squared_loss}


def fit_frames(
    net: nn.Module,
    x: Tensor,
    told: Tensor,
    budget: train.Budget,
    *,
    loss: str = "ccc",
    seed: int,
) -> tuple[float, ...]:
    """Train `net` in place to say told (n, t, k) of x (n, t, d + 1); returns the mean loss of each epoch.

    Leaves `net` in eval mode.
    """
    order, losses = np.random.default_rng(seed), []
    opt = train.optimiser(list(net.parameters()), budget.lr, budget.weight_decay)
    step = lambda rows: LOSSES[loss](net(x[rows]).float(), told[rows])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # dropout
        for _ in range(budget.epochs):
            net.train()
            losses.append(train.epoch(step, len(x), opt, batch=budget.batch, order=order, clip=1.0))
    net.eval()
    return tuple(losses)
