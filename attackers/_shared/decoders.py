"""Decoders of codes into pictures, and who is seen on the pictures that they rebuild."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...bench import checks
from ...bench.metrics import images
from ...bench.toolkit import nets, train
from ...bench.types import Array
from .heads import LEARNT, NetAdversary, unfinished
from .leading import leading
from .linear_pictures import Linear

ALIGNED = (
    4  # codes of at least a 4th of the picture's sides are maps of it; smaller ones are vectors
)
START = 4  # pixels of the shorter side of the map that vectors are turned into, at least
WIDTHS = (
    64,
    32,
    16,
    8,
)  # channels of that map and after each doubling; the last is that of the picture's size
DEPTH = 16  # channels of the convolutions that draw the picture
DIMS = 512  # leading directions of the codes
BLOCK = 2**20  # pixels rebuilt at once


class Decoder(nn.Module):
    """(directions (n, d), codes) -> pictures (n, c, h, w): linear ones, and what three convolutions add to them.

    The convolutions see the linear pictures, the mean picture, since they do not know where they
    are, and what `side` makes of the codes, (n, width, h, w). They start at nothing. Clipped to [0,
    1] once it is trained.
    """

    weight: Tensor
    mean: Tensor

    def __init__(self, linear: Linear, shape: tuple[int, ...], side: nn.Module, width: int):
        super().__init__()
        self.register_buffer("weight", torch.from_numpy(linear.weight))
        self.register_buffer("mean", torch.from_numpy(linear.mean).reshape(shape))
        self.scale = float(self.mean.std().clamp_min(1e-3))
        self.side = side
        layers: list[nn.Module] = []
        for seen in (2 * shape[0] + width, DEPTH, DEPTH):
            layers += [nn.Conv2d(seen, DEPTH, 3, padding=1), nn.ReLU()]
        last = nn.Conv2d(DEPTH, shape[0], 3, padding=1)
        for parameter in last.parameters():
            nn.init.zeros_(parameter)
        self.draw = nn.Sequential(*layers, last)

    def forward(self, rows: Tensor, z: Tensor, rough: Tensor | None = None) -> Tensor:
        """rough: (n, c, h, w) linear pictures made elsewhere, such as by a map that has not seen these rows."""
        if rough is None:
            rough = self.mean + (rows @ self.weight).reshape(-1, *self.mean.shape)
        centred = [rough - self.mean, (self.mean - self.mean.mean()).expand_as(rough)]
        x = rough + self.draw(
            torch.cat([part / self.scale for part in centred] + [self.side(z)], 1)
        )
        return x if self.training else x.clamp(0, 1)


class Resize(nn.Module):
    """Maps (n, c, h', w') -> (n, c, *size)."""

    def __init__(self, size: tuple[int, ...]):
        super().__init__()
        self.size = size

    def forward(self, z: Tensor) -> Tensor:
        same = z.shape[2:] == self.size
        return z if same else F.interpolate(z, self.size, mode="bilinear", antialias=True)


def upsampler(d: int, size: tuple[int, ...]) -> nn.Module:
    """Rows (n, d) -> maps (n, WIDTHS[-1], *size): a small map by a linear layer, doubled with convolutions between."""
    doublings = max(1, int(math.log2(min(size) / START)))
    start = tuple(-(-pixels // 2**doublings) for pixels in size)
    width = WIDTHS[0]
    layers: list[nn.Module] = [
        nn.Linear(d, width * math.prod(start)),
        nn.Unflatten(1, (width, *start)),
        nn.ReLU(),
    ]
    for step in range(1, doublings + 1):
        last = step == doublings
        out = WIDTHS[-1] if last else WIDTHS[min(step, len(WIDTHS) - 2)]
        larger = size if last else tuple(pixels * 2**step for pixels in start)
        layers += [nn.Upsample(larger), nn.Conv2d(width, out, 3, padding=1), nn.ReLU()]
        width = out
    return nn.Sequential(*layers)


@dataclass(frozen=True)
class Rebuilder:
    """A fitted decoder behind the preparation of its codes: (n, ...) -> pictures (n, c, h, w) in [0, 1]."""

    prepare: Callable[[Array], tuple[Array, Array]]
    net: Decoder
    device: str
    note: str = ""
    sound: bool = True

    @torch.no_grad()
    def __call__(self, z: Array, /) -> Array:
        self.net.eval()
        both = (
            train.tensor(part, self.device).split(train.INFERENCE_BATCH) for part in self.prepare(z)
        )
        return np.concatenate([self.net(*part).cpu().numpy() for part in zip(*both, strict=True)])

    @property
    def mean(self) -> Array:
        """The mean training picture (c, h, w)."""
        return self.net.mean.cpu().numpy()


def fit_decoder(
    z: Array, inputs: Array, budget: train.Budget, *, source: Array, seed: int, device: str
) -> Rebuilder:
    """The decoder with the least mean squared error between what it makes of codes z (n, ...) and inputs (n, c, h, w).

    A linear map in closed form, then convolutions. These learn on linear pictures of rows whose
    sources the map has not seen: on its own rows it errs too little to teach anything. Codes that
    are maps of the picture go beside them as they are, all others through an upsampler.
    """
    shape, space = inputs.shape[1:], leading(checks.finite("codes", z), DIMS)
    aligned = z.ndim == 4 and all(
        ALIGNED * own >= side for own, side in zip(z.shape[2:], shape[1:], strict=True)
    )
    prepare = lambda z: (rows := space(z), z if aligned else _scaled(rows, unit))
    known = space(z)
    unit = float(np.sqrt(np.square(known).mean())) or 1.0
    linear, unseen = Linear.fitted(known, inputs.reshape(len(inputs), -1), source, seed=seed)
    del known
    rows, codes = (train.tensor(part, device) for part in prepare(z))
    truth, rough = train.tensor(inputs, device), train.tensor(unseen.reshape(inputs.shape), device)
    with nets.seeded(seed):
        side = nn.Sequential(nets.Standardise(codes.cpu()), Resize(shape[1:])) if aligned else None
        width = codes.shape[1] if aligned else WIDTHS[-1]
        net = Decoder(linear, shape, side or upsampler(codes.shape[1], shape[1:]), width).to(device)
    order, opt = np.random.default_rng(seed), train.optimiser(list(net.parameters()), budget.lr)
    loss = lambda some: F.mse_loss(net(rows[some], codes[some], rough[some]).float(), truth[some])
    past = [
        train.epoch(loss, len(z), opt, batch=budget.batch, order=order)
        for _ in range(budget.epochs)
    ]
    fitted = Rebuilder(prepare, net, str(truth.device))
    own, blind = _error(fitted, z, inputs), float(truth.var(0, correction=0).mean())
    if own > LEARNT * blind or blind == 0:
        note = (
            "did not converge: its pictures of its own training rows are no better than their mean"
        )
        return replace(fitted, note=note, sound=False)
    return replace(fitted, note=unfinished(past, own, blind))


def _scaled(rows: Array, unit: float) -> Array:
    """One factor for all directions: the network starts from numbers of size one, and their ratios stay."""
    return (rows / unit).astype(np.float32, copy=False)


def _error(fitted: Rebuilder, z: Array, inputs: Array) -> float:
    """Mean squared error of the rebuilt pictures, a batch at a time."""
    size = train.INFERENCE_BATCH
    parts = ((z[i : i + size], inputs[i : i + size]) for i in range(0, len(z), size))
    return sum(float(np.square(fitted(own) - true).sum()) for own, true in parts) / inputs.size


@dataclass(frozen=True)
class PictureAdversary:
    """Names whoever a recogniser, fitted on true pictures, sees on the rebuilt ones; scores are logits."""

    rebuild: Rebuilder
    recogniser: NetAdversary

    @property
    def note(self) -> str:
        parts = {"decoder": self.rebuild.note, "recogniser": self.recogniser.note}
        return "; ".join(f"{name} {note}" for name, note in parts.items() if note)

    @property
    def sound(self) -> bool:
        return self.rebuild.sound and self.recogniser.sound

    def __call__(self, z: Array, /) -> Array:
        """Scores (n, K) of codes (n, ...)."""
        return np.concatenate(
            [self.recogniser(self.rebuild(z[rows])) for rows in self._blocks(len(z))]
        )

    def likeness(self, z: Array, inputs: Array) -> dict[str, tuple[float, float]]:
        """{measure: (mean over pictures, what the mean training picture gets)} for codes and their true pictures.

        "ssim" in [-1, 1] and "psnr" in dB, see `bench.likeness`; larger is more alike. inputs: (n,
        c, h, w).
        """
        found: dict[str, list[Array]] = {name: [] for name in images.MEASURES}
        for rows in self._blocks(len(z)):
            true, own = inputs[rows], self.rebuild(z[rows])
            blind = np.broadcast_to(self.rebuild.mean.clip(0, 1), true.shape)
            for name, measure in images.MEASURES.items():
                found[name].append(np.stack([measure(own, true), measure(blind, true)]))
        means = {name: np.concatenate(parts, axis=1).mean(1) for name, parts in found.items()}
        return {name: (float(own), float(blind)) for name, (own, blind) in means.items()}

    def _blocks(self, n: int) -> Iterator[slice]:
        """Rows that are looked at together: rebuilt pictures may be much larger than their codes."""
        size = max(1, BLOCK // self.rebuild.mean.size)
        return (slice(start, start + size) for start in range(0, n, size))
