"""The three networks of PPRL-VGAN (Chen, Konrad, Ishwar 2018, arXiv 1803.07100).

They work on pictures (n, c, h, w) in [-1, 1].
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MOMENTUM = 0.2  # 1 - 0.8, as PyTorch counts it
SLOPE = 0.2
HALVED = 16  # four convolutions of stride 2


@dataclass(frozen=True)
class Form:
    """What decides the shape of every tensor.

    shape: (c, h, w). width: filters of the first of four convolutions.
    """

    shape: tuple[int, int, int]
    people: int
    classes: int
    kernel: int
    width: int
    latent: int

    @property
    def widths(self) -> tuple[int, ...]:
        """Filters of the four convolutions."""
        return tuple(self.width * 2**i for i in range(4))

    @property
    def small(self) -> tuple[int, int]:
        """Height and width after the four convolutions."""
        _, h, w = self.shape
        return h // HALVED, w // HALVED

    @property
    def flat(self) -> int:
        """Numbers in the map that they leave."""
        h, w = self.small
        return self.widths[-1] * h * w


class Encoder(nn.Module):
    """(n, c, h, w) -> mean and logarithm of the variance of the code, (n, latent) each.

    The latter is in (0, 1).
    """

    def __init__(self, form: Form):
        super().__init__()
        layers = _halved(form, regularised=True)
        self.layers = nn.Sequential(*layers).to(memory_format=torch.channels_last)
        self.mean = nn.Linear(form.flat, form.latent)
        self.spread = nn.Linear(form.flat, form.latent)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(mean, logarithm of the variance)."""
        z = self.layers(x)
        mean = self.mean(z).float()
        spread = self.spread(z).float()
        return mean, torch.sigmoid(spread)


class Decoder(nn.Module):
    """(n, latent) codes and (n,) identities -> (n, c, h, w) in [-1, 1].

    A picture has the expression of the code's input and the face of the identity.
    """

    def __init__(self, form: Form):
        super().__init__()
        self.form = form
        half = form.width * 4
        h, w = form.small
        self.start = nn.Linear(form.latent + form.people, half * h * w)
        layers: list[nn.Module] = []
        c = half
        for out in (half * 2, half, half):
            layers.append(_double(c, out, form.kernel))
            layers.append(nn.ReLU())
            layers.append(nn.BatchNorm2d(out, momentum=MOMENTUM))
            c = out
        layers.append(_double(c, form.shape[0], form.kernel))
        layers.append(nn.Tanh())
        self.layers = nn.Sequential(*layers).to(memory_format=torch.channels_last)

    def forward(self, z: Tensor, identity: Tensor) -> Tensor:
        """Pictures (n, c, h, w) from codes (n, latent), with the faces of these identities (n,)."""
        one_hot = F.one_hot(identity, self.form.people).to(z.dtype)
        both = torch.cat([z, one_hot], 1)
        start = self.start(both).view(len(z), -1, *self.form.small)
        return self.layers(start.contiguous(memory_format=torch.channels_last))


class Discriminator(nn.Module):
    """(n, c, h, w) -> logits: real (n,), identity (n, people), expression (n, classes)."""

    def __init__(self, form: Form):
        super().__init__()
        layers = _halved(form, regularised=False)
        layers.append(nn.Linear(form.flat, 256))
        layers.append(nn.LeakyReLU(SLOPE))
        layers.append(nn.Dropout(0.5))
        self.layers = nn.Sequential(*layers).to(memory_format=torch.channels_last)
        self.real = nn.Linear(256, 1)
        self.identity = nn.Linear(256, form.people)
        self.expression = nn.Linear(256, form.classes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(real, identity, expression)."""
        h = self.layers(x)
        real = self.real(h).float()[:, 0]
        identity = self.identity(h).float()
        expression = self.expression(h).float()
        return real, identity, expression


def _halved(form: Form, *, regularised: bool) -> list[nn.Module]:
    """Four convolutions of stride 2 with LeakyReLU, then flattened.

    regularised: with batch normalisation and dropout before each LeakyReLU.
    """
    layers: list[nn.Module] = []
    c = form.shape[0]
    padding = (form.kernel - 1) // 2
    for out in form.widths:
        layers.append(nn.Conv2d(c, out, form.kernel, stride=2, padding=padding))
        if regularised:
            layers.append(nn.BatchNorm2d(out, momentum=MOMENTUM))
            layers.append(nn.Dropout(0.3))
        layers.append(nn.LeakyReLU(SLOPE))
        c = out
    layers.append(nn.Flatten())
    return layers


def _double(c: int, out: int, kernel: int) -> nn.ConvTranspose2d:
    """A transposed convolution that doubles height and width."""
    padding = (kernel - 1) // 2
    odd = kernel % 2
    return nn.ConvTranspose2d(c, out, kernel, stride=2, padding=padding, output_padding=odd)
