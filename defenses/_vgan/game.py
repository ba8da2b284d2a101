"""The state of a PPRL-VGAN training: networks, optimisers, pictures, and how far it has got."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.optim import RMSprop

from ...bench.toolkit import nets, train
from ...bench.types import Samples, Task
from .networks import Decoder, Discriminator, Encoder, Form
from .settings import Recipe

PARTS = ("encoder", "decoder", "discriminator")

Curve = list[dict[str, float]]  # a point an epoch


@dataclass
class Game:
    """The networks, the optimisers and the pictures; `epoch` passes are done.

    x: (n, c, h, w) pictures in [-1, 1]. identity, expression: (n,) classes.
    """

    form: Form
    recipe: Recipe
    encoder: Encoder
    decoder: Decoder
    discriminator: Discriminator
    x: Tensor
    identity: Tensor
    expression: Tensor
    seed: int
    epoch: int = 0
    steps: int = 0
    curve: Curve = field(default_factory=list)

    def __post_init__(self) -> None:
        lr = self.recipe.lr
        generator = [*self.encoder.parameters(), *self.decoder.parameters()]
        discriminator = self.discriminator.parameters()
        self.optimisers = {
            "generator": RMSprop(generator, lr, alpha=0.9, eps=1e-7),
            "discriminator": RMSprop(discriminator, lr, alpha=0.9, eps=1e-7),
        }

    @property
    def parts(self) -> dict[str, Any]:
        """The three networks by name."""
        return {name: getattr(self, name) for name in PARTS}


def begin(
    recipe: Recipe, form: Form, samples: Samples, task: Task, *, seed: int, device: str
) -> Game:
    """A game with untrained networks.

    The private label of `samples` is the identity to exchange, the utility label the expression.
    """
    with nets.seeded(seed):
        encoder = Encoder(form).to(device)
        decoder = Decoder(form).to(device)
        discriminator = Discriminator(form).to(device)
    identity = torch.from_numpy(samples.labels[task.private])
    expression = torch.from_numpy(samples.labels[task.utility])
    return Game(
        form=form,
        recipe=recipe,
        encoder=encoder,
        decoder=decoder,
        discriminator=discriminator,
        x=2 * train.tensor(samples.x, device) - 1,
        identity=identity.to(device),
        expression=expression.to(device),
        seed=seed,
    )
