"""Decoders of codes into pictures, and how they are fitted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...bench import checks
from ...bench.reasons import Reason
from ...bench.toolkit import nets, train
from ...bench.types import Array
from .heads import LEARNT, Training, unfinished
from .leading import leading
from .linear_pictures import LinearMap
from .vectors import RowSpace

# Codes of at least a 4th of the picture's sides are maps of it; smaller ones are vectors.
ALIGNED = 4
START = 4  # pixels of the shorter side of the map that vectors are turned into, at least
# Channels of that map and after each doubling; the last is that of the picture's size.
WIDTHS = (64, 32, 16, 8)
DEPTH = 16  # channels of the convolutions that draw the picture
DIMS = 512  # leading directions of the codes
NOTHING_REBUILT = Reason(
    "not-converged",
    "did not converge: its pictures of its own training rows are no better than their mean",
)


class Decoder(nn.Module):
    """(directions (n, d), codes) -> pictures (n, c, h, w): linear ones, and what convolutions add.

    The three convolutions see the linear pictures, the mean picture, since they do not know where
    they are, and what `side` makes of the codes, (n, width, h, w). They start at nothing. Clipped
    to [0, 1] once it is trained.
    """

    weight: Tensor
    mean: Tensor

    def __init__(self, linear: LinearMap, shape: tuple[int, ...], side: nn.Module, width: int):
        super().__init__()
        mean = torch.from_numpy(linear.mean)
        self.register_buffer("weight", torch.from_numpy(linear.weight))
        self.register_buffer("mean", mean.reshape(shape))
        deviation = self.mean.std()
        self.scale = float(deviation.clamp_min(1e-3))
        self.side = side
        channels = shape[0]
        layers: list[nn.Module] = []
        for seen in (2 * channels + width, DEPTH, DEPTH):
            layers += [nn.Conv2d(seen, DEPTH, 3, padding=1), nn.ReLU()]
        last = nn.Conv2d(DEPTH, channels, 3, padding=1)
        for parameter in last.parameters():
            nn.init.zeros_(parameter)
        self.draw = nn.Sequential(*layers, last)

    def forward(self, rows: Tensor, z: Tensor, rough: Tensor | None = None) -> Tensor:
        """Pictures (n, c, h, w) of directions (n, d) and codes z.

        rough: (n, c, h, w) linear pictures made elsewhere, such as by a map that has not seen these
        rows.
        """
        if rough is None:
            off = rows @ self.weight
            rough = self.mean + off.reshape(-1, *self.mean.shape)
        linear = (rough - self.mean) / self.scale
        mean = self.mean - self.mean.mean()
        place = mean.expand_as(rough) / self.scale
        seen = torch.cat([linear, place, self.side(z)], 1)
        pictures = rough + self.draw(seen)
        return pictures if self.training else pictures.clamp(0, 1)


class Resize(nn.Module):
    """Maps (n, c, h', w') -> (n, c, *size)."""

    def __init__(self, size: tuple[int, ...]):
        super().__init__()
        self.size = size

    def forward(self, z: Tensor) -> Tensor:
        """Maps of that size, interpolated; those that have it already, as they are."""
        if z.shape[2:] == self.size:
            return z
        return F.interpolate(z, self.size, mode="bilinear", antialias=True)


def upsampler(d: int, size: tuple[int, ...]) -> nn.Module:
    """Rows (n, d) -> maps (n, WIDTHS[-1], *size): a small map by a linear layer, then doublings.

    A convolution follows each of these.
    """
    ratio = min(size) / START
    doublings = max(1, int(math.log2(ratio)))
    smaller = 2**doublings
    start = tuple(-(-pixels // smaller) for pixels in size)
    width = WIDTHS[0]
    numbers = width * math.prod(start)
    first = nn.Linear(d, numbers)
    layers: list[nn.Module] = [first, nn.Unflatten(1, (width, *start)), nn.ReLU()]
    for step in range(1, doublings):
        larger = tuple(pixels * 2**step for pixels in start)
        narrower = WIDTHS[min(step, len(WIDTHS) - 2)]
        layers += _enlarged(larger, width, narrower)
        width = narrower
    return nn.Sequential(*layers, *_enlarged(size, width, WIDTHS[-1]))


def _enlarged(size: tuple[int, ...], width: int, narrower: int) -> list[nn.Module]:
    """Maps (n, width, h, w) -> (n, narrower, *size)."""
    convolution = nn.Conv2d(width, narrower, 3, padding=1)
    return [nn.Upsample(size), convolution, nn.ReLU()]


@dataclass(frozen=True)
class Preparation:
    """Codes (n, ...) -> (their leading directions (n, d), the codes that the side network sees).

    unit: the size of a usual direction. aligned: the codes are maps of the picture, which the side
    network sees as they are; of others it sees the directions.
    """

    space: RowSpace
    unit: float
    aligned: bool

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """(directions (n, d), codes (n, ...) or scaled directions (n, d)), both float32."""
        rows = self.space(z)
        if self.aligned:
            return rows, z
        # One factor for all: the network starts from numbers of size one, and their ratios stay.
        scaled = rows / self.unit
        return rows, scaled.astype(np.float32, copy=False)


@dataclass(frozen=True)
class Rebuilder:
    """A fitted decoder behind the preparation of its codes.

    note: what a reader must know of its training, or None. sound: its training got going.
    """

    prepare: Callable[[Array], tuple[Array, Array]]
    net: Decoder
    device: str
    note: Reason | None = None
    sound: bool = True

    @torch.no_grad()
    def __call__(self, z: Array, /) -> Array:
        """Pictures (n, c, h, w) in [0, 1] of codes (n, ...)."""
        self.net.eval()
        rows, codes = (self._batches(part) for part in self.prepare(z))
        pictures = []
        for batch in zip(rows, codes, strict=True):
            part = self.net(*batch)
            pictures.append(part.cpu().numpy())
        return np.concatenate(pictures)

    def _batches(self, part: Array) -> tuple[Tensor, ...]:
        """Rows on the device, a few at a time."""
        rows = train.tensor(part, self.device)
        return rows.split(train.INFERENCE_BATCH)

    @property
    def mean(self) -> Array:
        """The mean training picture (c, h, w)."""
        return self.net.mean.cpu().numpy()


def fit_decoder(z: Array, inputs: Array, training: Training, *, source: Array) -> Rebuilder:
    """The decoder of codes z (n, ...) with the least mean squared error from inputs (n, c, h, w).

    A linear map in closed form, then convolutions. These learn on linear pictures of rows whose
    sources the map has not seen: on its own rows it errs too little to teach anything. Codes that
    are maps of the picture go beside them as they are, all others through an upsampler.
    """
    device = training.device
    checks.finite("codes", z)
    space = leading(z, DIMS)
    known = space(z)
    mean_square = np.square(known).mean()
    unit = float(np.sqrt(mean_square)) or 1.0
    pixels = inputs.reshape(len(inputs), -1)
    linear, unseen = LinearMap.fitted(known, pixels, source, seed=training.seed)
    del known
    prepare = Preparation(space, unit, _aligned(z, inputs))
    rows, codes = (train.tensor(part, device) for part in prepare(z))
    truth = train.tensor(inputs, device)
    unseen = unseen.reshape(inputs.shape)
    rough = train.tensor(unseen, device)
    with nets.seeded(training.seed):
        net = _decoder(linear, inputs.shape[1:], codes, prepare.aligned)
        net = net.to(device)

    def loss(batch: Tensor) -> Tensor:
        pictures = net(rows[batch], codes[batch], rough[batch])
        return F.mse_loss(pictures.float(), truth[batch])

    past = _train(net, loss, len(z), training)
    fitted = Rebuilder(prepare, net, str(truth.device))
    after = _error(fitted, z, inputs)
    variance = truth.var(0, correction=0)
    guessing = float(variance.mean())
    if after > LEARNT * guessing or guessing == 0:
        return replace(fitted, note=NOTHING_REBUILT, sound=False)
    return replace(fitted, note=unfinished(past, after, guessing))


def _aligned(z: Array, inputs: Array) -> bool:
    """Whether codes (n, ...) are maps of pictures (n, c, h, w), hardly smaller than these."""
    if z.ndim != 4:
        return False
    sides = zip(z.shape[2:], inputs.shape[2:], strict=True)
    return all(ALIGNED * of_code >= of_picture for of_code, of_picture in sides)


def _decoder(linear: LinearMap, shape: tuple[int, ...], codes: Tensor, aligned: bool) -> Decoder:
    """An untrained decoder into pictures of that shape (c, h, w).

    codes: what its side network will see of the training rows; aligned: they are maps.
    """
    size = shape[1:]
    width = codes.shape[1]
    if aligned:
        side = nn.Sequential(nets.Standardise(codes.cpu()), Resize(size))
        return Decoder(linear, shape, side, width)
    return Decoder(linear, shape, upsampler(width, size), WIDTHS[-1])


def _train(
    net: nn.Module, loss: Callable[[Tensor], Tensor], n: int, training: Training
) -> list[float]:
    """The mean loss of each epoch."""
    budget = training.budget
    order = np.random.default_rng(training.seed)
    parameters = list(net.parameters())
    opt = train.optimiser(parameters, budget.lr)
    past = []
    for _ in range(budget.epochs):
        mean = train.epoch(loss, n, opt, batch=budget.batch, order=order)
        past.append(mean)
    return past


def _error(fitted: Rebuilder, z: Array, inputs: Array) -> float:
    """Mean squared error of the rebuilt pictures, a batch at a time."""
    total = 0
    size = train.INFERENCE_BATCH
    for start in range(0, len(z), size):
        part = slice(start, start + size)
        rest = fitted(z[part]) - inputs[part]
        squares = np.square(rest).sum()
        total += float(squares)
    return total / inputs.size
