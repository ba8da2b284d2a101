"""The attack networks of PPRL-VGAN's own evaluation.

Source: Chen, Konrad, Ishwar 2018, arXiv 1803.07100.
"""

from __future__ import annotations

from torch import nn

from ...bench import checks
from ...bench.toolkit import nets, train
from ...bench.types import Array
from .heads import NetAdversary, Training, fit_net

SLOPE = 0.2  # of LeakyReLU below 0
KERNELS = (5, 5, 3, 3)
FILTERS = 32


def pictures(z: Array, y: Array, training: Training) -> NetAdversary:
    """Fitted on pictures z (n, c, h, w): four convolutions of 32 filters, and two dense layers.

    Convolutions of 5, 5, 3 and 3 pixels, each with LeakyReLU, batch norm and pooling; a dense layer
    of 32, dropout 0.5, and one of K. Pictures in [0, 1] become [-1, 1] first.
    """
    k = int(y.max()) + 1

    def make() -> nn.Module:
        base = _convolutions(z.shape[1])
        d = nets.code_dim(base, z.shape[1:])
        hidden = _dense(d, 32, dropout=0.5)
        head = nn.Sequential(*hidden, nn.Linear(32, k))
        return nn.Sequential(base, head).to(training.device)

    x = train.tensor(_around_zero(z), training.device)
    return fit_net(make, x, y, training, prepare=_around_zero)


def _convolutions(channels: int) -> nn.Module:
    """Pictures (n, c, h, w) of `channels` -> (n, d)."""
    layers: list[nn.Module] = []
    for kernel in KERNELS:
        reach = kernel // 2
        layers.append(nn.Conv2d(channels, FILTERS, kernel, padding=reach))
        layers.append(nn.LeakyReLU(SLOPE))
        layers.append(nn.BatchNorm2d(FILTERS))
        layers.append(nn.MaxPool2d(3, 2, padding=1))
        channels = FILTERS
    return nn.Sequential(*layers, nn.Flatten())


def _dense(d: int, width: int, *, dropout: float) -> list[nn.Module]:
    """Rows (n, d) -> (n, width)."""
    return [nn.Linear(d, width), nn.LeakyReLU(SLOPE), nn.Dropout(dropout)]


def _around_zero(z: Array) -> Array:
    """Pictures in [0, 1] -> [-1, 1], as published."""
    return 2 * checks.finite("codes", z) - 1


def codes(z: Array, y: Array, training: Training) -> NetAdversary:
    """Fitted on codes z (n, d) as they are: three dense layers of 128, and one of K.

    LeakyReLU and dropout 0.25 after each of the three.
    """
    k = int(y.max()) + 1

    def make() -> nn.Module:
        first = _dense(z.shape[1], 128, dropout=0.25)
        second = _dense(128, 128, dropout=0.25)
        third = _dense(128, 128, dropout=0.25)
        net = nn.Sequential(*first, *second, *third, nn.Linear(128, k))
        return net.to(training.device)

    x = train.tensor(_finite(z), training.device)
    return fit_net(make, x, y, training, prepare=_finite)


def _finite(z: Array) -> Array:
    return checks.finite("codes", z)
