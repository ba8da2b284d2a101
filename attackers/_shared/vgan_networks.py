"""The attack networks of PPRL-VGAN's own evaluation (Chen, Konrad, Ishwar 2018, arXiv 1803.07100)."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from ...bench import checks
from ...bench.toolkit import nets, train
from ...bench.types import Array
from .heads import NetAdversary, fit_net

SLOPE = 0.2
MOMENTUM = 0.9


@dataclass(frozen=True)
class Recipe:
    """How long and how fast."""

    epochs: int
    lr: float
    batch: int

    @property
    def budget(self) -> train.Budget:
        return train.Budget(self.epochs, self.batch, self.lr, momentum=MOMENTUM)


def pictures(z: Array, y: Array, recipe: Recipe, *, seed: int, device: str) -> NetAdversary:
    """Four convolutions (5, 5, 3, 3) of 32 filters with LeakyReLU, batch norm and pooling, dense 32, dropout 0.5."""

    def make() -> nn.Module:
        layers: list[nn.Module] = []
        c = z.shape[1]
        for kernel in (5, 5, 3, 3):
            layers += [
                nn.Conv2d(c, 32, kernel, padding=kernel // 2),
                nn.LeakyReLU(SLOPE),
                nn.BatchNorm2d(32),
            ]
            layers += [nn.MaxPool2d(3, 2, padding=1)]
            c = 32
        base = nn.Sequential(*layers, nn.Flatten())
        d = nets.code_dim(base, z.shape[1:])
        head = nn.Sequential(
            nn.Linear(d, 32), nn.LeakyReLU(SLOPE), nn.Dropout(0.5), nn.Linear(32, int(y.max()) + 1)
        )
        return nn.Sequential(base, head).to(device)

    ready = lambda z: 2 * checks.finite("codes", z) - 1  # from [0, 1], as published
    return fit_net(make, train.tensor(ready(z), device), y, recipe.budget, prepare=ready, seed=seed)


def codes(z: Array, y: Array, recipe: Recipe, *, seed: int, device: str) -> NetAdversary:
    """Three dense layers of 128 with LeakyReLU and dropout 0.25, on the code as it is."""

    def make() -> nn.Module:
        layers: list[nn.Module] = []
        d = z.shape[1]
        for _ in range(3):
            layers += [nn.Linear(d, 128), nn.LeakyReLU(SLOPE), nn.Dropout(0.25)]
            d = 128
        return nn.Sequential(*layers, nn.Linear(d, int(y.max()) + 1)).to(device)

    ready = lambda z: checks.finite("codes", z)
    return fit_net(make, train.tensor(ready(z), device), y, recipe.budget, prepare=ready, seed=seed)
