"""The three networks of PPRL-VGAN (Chen, Konrad, Ishwar 2018, arXiv 1803.07100), for pictures (c, h, w) in [-1, 1]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MOMENTUM = 0.2  # 1 - 0.8, as PyTorch counts it
SLOPE = 0.2
HALVED = 16  # four convolutions of stride 2


@dataclass(frozen=True)
class Form:
    """What decides the shape of every tensor. shape: (c, h, w). width: filters of the first of four convolutions."""

    shape: tuple[int, int, int]
    people: int
    classes: int
    kernel: int
    width: int
    latent: int

    @property
    def widths(self) -> tuple[int, ...]:
        return tuple(self.width * 2**i for i in range(4))

    @property
    def small(self) -> tuple[int, int]:
        """Height and width after the four convolutions."""
        return self.shape[1] // HALVED, self.shape[2] // HALVED

    @property
    def flat(self) -> int:
        """Numbers in the map that they leave."""
        return self.widths[-1] * self.small[0] * self.small[1]


class Encoder(nn.Module):
    """(n, c, h, w) -> mean and logarithm of the variance of the code, (n, latent) each; the latter in (0, 1)."""

    def __init__(self, form: Form):
        super().__init__()
        layers = _halved(form, lambda c: [nn.BatchNorm2d(c, momentum=MOMENTUM), nn.Dropout(0.3)])
        self.layers = nn.Sequential(*layers).to(memory_format=torch.channels_last)
        self.mean, self.spread = (
            nn.Linear(form.flat, form.latent),
            nn.Linear(form.flat, form.latent),
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z = self.layers(x)
        return self.mean(z).float(), torch.sigmoid(self.spread(z).float())


class Decoder(nn.Module):
    """(n, latent) codes and (n,) identities -> (n, c, h, w) in [-1, 1]: one's expression, another's face."""

    def __init__(self, form: Form):
        super().__init__()
        self.form = form
        half = form.width * 4
        self.start = nn.Linear(form.latent + form.people, half * form.small[0] * form.small[1])
        layers: list[nn.Module] = []
        c = half
        for out in (half * 2, half, half):
            layers += [
                _double(c, out, form.kernel),
                nn.ReLU(),
                nn.BatchNorm2d(out, momentum=MOMENTUM),
            ]
            c = out
        layers += [_double(c, form.shape[0], form.kernel), nn.Tanh()]
        self.layers = nn.Sequential(*layers).to(memory_format=torch.channels_last)

    def forward(self, z: Tensor, who: Tensor) -> Tensor:
        one_hot = F.one_hot(who, self.form.people).to(z.dtype)
        start = self.start(torch.cat([z, one_hot], 1)).view(len(z), -1, *self.form.small)
        return self.layers(start.contiguous(memory_format=torch.channels_last))


class Discriminator(nn.Module):
    """(n, c, h, w) -> logits: real (n,), identity (n, people), expression (n, classes)."""

    def __init__(self, form: Form):
        super().__init__()
        layers = [*_halved(form), nn.Linear(form.flat, 256), nn.LeakyReLU(SLOPE), nn.Dropout(0.5)]
        self.layers = nn.Sequential(*layers).to(memory_format=torch.channels_last)
        self.real, self.identity = nn.Linear(256, 1), nn.Linear(256, form.people)
        self.expression = nn.Linear(256, form.classes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.layers(x)
        return self.real(h).float()[:, 0], self.identity(h).float(), self.expression(h).float()


def _halved(form: Form, after: Callable[[int], list[nn.Module]] = lambda c: []) -> list[nn.Module]:
    """Four convolutions of stride 2, each followed by `after(channels)` and LeakyReLU; then flattened."""
    layers: list[nn.Module] = []
    c, padding = form.shape[0], (form.kernel - 1) // 2
    for out in form.widths:
        layers += [
            nn.Conv2d(c, out, form.kernel, stride=2, padding=padding),
            *after(out),
            nn.LeakyReLU(SLOPE),
        ]
        c = out
    return [*layers, nn.Flatten()]


def _double(c: int, out: int, kernel: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(
        c, out, kernel, stride=2, padding=(kernel - 1) // 2, output_padding=kernel % 2
    )
