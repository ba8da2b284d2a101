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
CELLS: dict[str, Callable[..., nn.Module]] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
DILATIONS = (1, 2, 4)  # frames between the taps of each convolution over time
CLIP = 1.0  # largest norm of a gradient


@dataclass(frozen=True)
class Frames:
    """Standardises each number over the frames that are there. mean, scale: (d,)."""

    mean: Array
    scale: Array

    @classmethod
    def of(cls, z: Array) -> Frames:
        """The mean and deviation of the frames that are there in z (n, t, d)."""
        checks.frames("sequences", z)
        mean = np.nanmean(z, (0, 1), dtype=np.float64)
        sd = np.nanstd(z, (0, 1), dtype=np.float64)
        return cls.scaled(np.asarray(mean), np.asarray(sd))

    @classmethod
    def scaled(cls, mean: Array, sd: Array) -> Frames:
        """By a mean and a deviation (d,) each; numbers that never change become 0."""
        varies = sd > 0
        scale = np.where(varies, 1 / np.where(varies, sd, 1), 0)
        return cls(mean.astype(np.float32), scale.astype(np.float32))

    def __call__(self, z: Array) -> Array:
        """(n, t, d + 1) float32 of z (n, t, d), ready for a network."""
        checks.frames("sequences", z)
        ready = sequences.filled((z - self.mean) * self.scale)
        there = sequences.present(z)[..., None]
        return np.concatenate([ready, there], 2).astype(np.float32)


class Recurrent(nn.Module):
    """(n, t, d + 1) -> (n, t, h): a recurrent code of each frame.

    kind: one of KINDS. h, in `width`, is `size`, or twice that for the kinds `bi...`.
    """

    def __init__(self, kind: str, d: int, size: int, layers: int = 1, dropout: float = 0.0):
        super().__init__()
        cell = CELLS[kind.removeprefix("bi")]
        both = kind.startswith("bi")
        between = dropout if layers > 1 else 0.0
        self.layers = cell(
            d + 1, size, layers, batch_first=True, bidirectional=both, dropout=between
        )
        self.width = 2 * size if both else size

    def forward(self, x: Tensor) -> Tensor:
        """(n, t, h) codes of x (n, t, d + 1)."""
        codes, _ = self.layers(x)
        return codes


class Convolved(nn.Module):
    """(n, t, d + 1) -> (n, t, h): three convolutions over time.

    The taps of each are twice as far apart as those of the one before. h, in `width`, is `size`.
    """

    def __init__(self, d: int, size: int, kernel: int = 5):
        super().__init__()
        layers: list[nn.Module] = []
        channels = d + 1
        for apart in DILATIONS:
            over_time = nn.Conv1d(channels, size, kernel, padding="same", dilation=apart)
            layers += [over_time, nn.BatchNorm1d(size), nn.ReLU()]
            channels = size
        self.layers = nn.Sequential(*layers)
        self.width = size

    def forward(self, x: Tensor) -> Tensor:
        """(n, t, h) codes of x (n, t, d + 1)."""
        return self.layers(x.transpose(1, 2)).transpose(1, 2)


Base = Recurrent | Convolved


class Pooled(nn.Module):
    """(n, t, d + 1) -> (n, k): a layer on the mean and the maximum of the frames' codes.

    Frames that are missing count in neither.
    """

    def __init__(self, codes: Base, k: int, dropout: float = 0.0):
        super().__init__()
        self.codes = codes
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * codes.width, k))

    def forward(self, x: Tensor) -> Tensor:
        """(n, k) scores of x (n, t, d + 1)."""
        there = x[..., -1:] > 0
        z = self.codes(x).float()
        mean = (z * there).sum(1) / there.sum(1).clamp_min(1)
        most = z.masked_fill(~there, -torch.inf).amax(1)
        return self.head(torch.cat([mean, most], 1))


class EachFrame(nn.Module):
    """(n, t, d + 1) -> (n, t, k): a layer on the code of each frame."""

    def __init__(self, codes: Base, k: int):
        super().__init__()
        self.codes = codes
        self.head = nn.Linear(codes.width, k)

    def forward(self, x: Tensor) -> Tensor:
        """(n, t, k) numbers of x (n, t, d + 1)."""
        return self.head(self.codes(x).float())


def concordance_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean over k labels of 1 - CCC of prediction and target (n, t, k); a scalar in [0, 2].

    Over the rated frames of the batch (target is not NaN), with population moments as in
    `regression.ccc`.
    """
    rated = ~torch.isnan(target)
    n = rated.sum((0, 1)).clamp_min(1)
    target = torch.where(rated, target, 0.0)
    prediction = torch.where(rated, prediction, 0.0)

    def mean(values: Tensor) -> Tensor:
        return (values * rated).sum((0, 1)) / n

    x = prediction - mean(prediction)
    y = target - mean(target)
    apart = (mean(prediction) - mean(target)).square()
    spread = mean(x.square()) + mean(y.square()) + apart
    ccc = 2 * mean(x * y) / spread.clamp_min(1e-8)
    return (1 - ccc).mean()


def squared_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean squared error, a scalar, over the rated frames of (n, t, k)."""
    rated = ~torch.isnan(target)
    return (prediction - target)[rated].square().mean()


LOSSES = {"ccc": concordance_loss, "mse": squared_loss}


def fit_frames(
    net: nn.Module,
    x: Tensor,
    target: Tensor,
    budget: train.Budget,
    *,
    loss: str = "ccc",
    seed: int,
) -> tuple[float, ...]:
    """The mean loss of each epoch of training `net` in place to predict target (n, t, k).

    x: (n, t, d + 1). loss: a name in LOSSES. Leaves `net` in eval mode.

    Raises:
        DivergedError: if a loss is not finite.
    """
    order = np.random.default_rng(seed)
    opt = train.optimiser(list(net.parameters()), budget.lr, budget.weight_decay)

    def loss_of(rows: Tensor) -> Tensor:
        prediction = net(x[rows]).float()
        return LOSSES[loss](prediction, target[rows])

    losses = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # dropout
        for _ in range(budget.epochs):
            net.train()
            mean = train.epoch(loss_of, len(x), opt, batch=budget.batch, order=order, clip=CLIP)
            losses.append(mean)
    net.eval()
    return tuple(losses)
