"""The game of PPRL-VGAN: a discriminator step, then two of the generator, epoch by epoch.

All that is random in an epoch comes from (seed, epoch), so that a training that was interrupted
goes on from its last checkpoint to the same weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ...bench.toolkit import train
from . import checkpoint
from .game import Curve, Game

WATCHED = 64  # training pictures that collapse is looked for on
FLAT = 0.05  # of the deviation of real pictures: below it, synthetic ones are all the same
DECAY = 1e-6  # of the learning rate, a step

Losses = dict[str, Tensor]


def play(game: Game, folder: Path | None, report: Callable[[Curve], None] | None = None) -> None:
    """Play all epochs that are left, with a checkpoint in `folder` where the recipe asks for one.

    report: is given the whole curve after each epoch.

    Raises:
        DivergedError: if a loss is not finite, or all pictures became the same. The last good
            checkpoint stays.
    """
    if folder is not None:
        checkpoint.resume(game, folder)
    recipe = game.recipe
    while game.epoch < recipe.epochs:
        point = _epoch(game) | variety(game)
        refuse_collapse(game, point)
        game.epoch += 1
        game.curve.append({"epoch": game.epoch} | point)
        if report is not None:
            report(game.curve)
        last = game.epoch == recipe.epochs
        due = last or game.epoch % recipe.keep == 0
        if folder is not None and due:
            checkpoint.save(game, folder)


def _epoch(game: Game) -> dict[str, float]:
    """The mean of each loss over one pass."""
    for part in game.parts.values():
        part.train()
    count = max(len(game.x) // game.recipe.batch, 1)
    zero = torch.zeros(())
    totals: Losses = {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(game.seed + 7919 * game.epoch)
        batches = _batches(game)
        for _ in range(count):
            losses = _round(game, batches)
            for name, value in losses.items():
                total = totals.get(name, zero)
                totals[name] = total + value
    means = {name: float(total) / count for name, total in totals.items()}
    if not _finite(means):
        epoch = game.epoch + 1
        raise train.DivergedError(f"epoch {epoch}: a loss is not finite; a smaller lr may help")
    return means


def _round(game: Game, batches: Iterator[Tensor]) -> Losses:
    """One step of the discriminator and two of the generator; the losses of the last of each."""
    game.steps += 1
    losses = _discriminate(game, next(batches))
    for _ in range(2):
        losses |= _generate(game, next(batches))
    return losses


def _batches(game: Game) -> Iterator[Tensor]:
    """Row numbers of batches without end: every row once before any comes again."""
    order = np.random.default_rng([game.seed, game.epoch])
    n = len(game.x)
    size = min(game.recipe.batch, n)
    while True:
        rows = torch.from_numpy(order.permutation(n))
        for part in rows.split(size):
            if len(part) == size:
                yield part


def _step(game: Game, name: str, loss: Tensor) -> None:
    """One step of an optimiser, whose learning rate decays with the rounds that were played."""
    optimiser = game.optimisers[name]
    lr = game.recipe.lr / (1 + DECAY * game.steps)
    for group in optimiser.param_groups:
        group["lr"] = lr
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()


def _discriminate(game: Game, rows: Tensor) -> Losses:
    """Learn identity and expression of real pictures, and to tell synthetic ones from them."""
    x = game.x[rows]
    identity = game.identity[rows]
    expression = game.expression[rows]
    targets = _targets(game, rows)
    with torch.no_grad(), train.mixed(x.device):
        code = draw(*game.encoder(x))
        synthetic = game.decoder(code, targets)
    with train.mixed(x.device):
        real = game.discriminator(x)
        fake = game.discriminator(synthetic)
    true = 0.9 + 0.1 * _uniform(real[0])
    loss = _three_heads(real, true, identity, expression)
    false = 0.1 * _uniform(fake[0])
    if game.recipe.three_heads:
        loss = loss + _three_heads(fake, false, targets, expression)
    else:
        loss = loss + F.binary_cross_entropy_with_logits(fake[0], false)
    _step(game, "discriminator", loss)
    right = _accuracy(real[1], identity)
    return {"discriminator": loss.detach(), "real_identity": right}


def _three_heads(
    heads: tuple[Tensor, ...], real: Tensor, identity: Tensor, expression: Tensor
) -> Tensor:
    """The discriminator's loss on pictures.

    heads: its logits. real: (n,) how real each picture is to count, in [0, 1].
    """
    realness = F.binary_cross_entropy_with_logits(heads[0], real)
    person = F.cross_entropy(heads[1], identity)
    shown = F.cross_entropy(heads[2], expression)
    return 0.25 * realness + 0.5 * person + 0.25 * shown


def _generate(game: Game, rows: Tensor) -> Losses:
    """Learn pictures that pass for real, with the target's face and the input's expression."""
    x = game.x[rows]
    targets = _targets(game, rows)
    game.discriminator.requires_grad_(False)
    with train.mixed(x.device):
        mean, spread = game.encoder(x)
        synthetic = game.decoder(draw(mean, spread), targets)
        real, identity, expression = game.discriminator(synthetic)
    divergence = mean.square() + spread.exp() - 1 - spread
    true = torch.ones_like(real)
    parts = {
        "kl": 0.5 * divergence.sum(1).mean(),
        "adversarial": F.binary_cross_entropy_with_logits(real, true),
        "identity": F.cross_entropy(identity, targets),
        "expression": F.cross_entropy(expression, game.expression[rows]),
    }
    loss = _weighted(game, parts)
    _step(game, "generator", loss)
    game.discriminator.requires_grad_(True)
    losses = {"generator": loss, **parts}
    return {name: value.detach() for name, value in losses.items()}


def _weighted(game: Game, parts: Losses) -> Tensor:
    """The sum of the generator's losses, each by its weight in the recipe."""
    weights = game.recipe
    kl = weights.kl * parts["kl"]
    adversarial = weights.adversarial * parts["adversarial"]
    identity = weights.identity * parts["identity"]
    expression = weights.expression * parts["expression"]
    return kl + adversarial + identity + expression


def _targets(game: Game, rows: Tensor) -> Tensor:
    """(n,) a random identity for each row."""
    n = len(rows)
    return torch.randint(game.form.people, (n,), device=game.x.device)


def draw(mean: Tensor, spread: Tensor) -> Tensor:
    """A code (n, latent) from its distribution. spread: the logarithm of its variance."""
    deviation = (0.5 * spread).exp()
    return mean + deviation * torch.randn_like(mean)


def _uniform(like: Tensor) -> Tensor:
    """Numbers in [0, 1), in the shape of `like`."""
    return torch.rand(like.shape, device=like.device)


def _accuracy(scores: Tensor, y: Tensor) -> Tensor:
    """Share of rows whose largest score is that of their class."""
    correct = scores.detach().argmax(1) == y
    return correct.float().mean()


def _finite(point: dict[str, float]) -> bool:
    """Whether all numbers of a point of the curve are."""
    values = list(point.values())
    return bool(np.isfinite(values).all())


@torch.no_grad()
def variety(game: Game) -> dict[str, float]:
    """How much synthetic pictures differ from each other, in deviations of real pictures.

    over_targets: between targets for one input. over_inputs: between inputs for one target.
    """
    every = -(-len(game.x) // WATCHED)
    x = game.x[::every]
    for part in game.parts.values():
        part.eval()
    mean, _ = game.encoder(x)
    made = []
    for person in range(min(game.form.people, 4)):
        target = torch.full((len(x),), person, device=x.device)
        made.append(game.decoder(mean, target))
    pictures = torch.stack(made)
    real = float(x.std(0).mean())
    over_targets = float(pictures.std(0).mean())
    over_inputs = float(pictures.std(1).mean())
    return {"over_targets": over_targets / real, "over_inputs": over_inputs / real}


def refuse_collapse(game: Game, point: dict[str, float]) -> None:
    """Refuse pictures that are all alike once the training is over: they are no release to measure.

    Raises:
        DivergedError: if they are, with what is alike; or, in any epoch, if they are not finite.
    """
    if not _finite(point):
        epoch = game.epoch + 1
        raise train.DivergedError(f"epoch {epoch}: synthetic pictures are not finite")
    if game.epoch + 1 < game.recipe.epochs:
        return
    causes = {"over_inputs": "whatever the input", "over_targets": "whatever the target identity"}
    for name, why in causes.items():
        value = point[name]
        if value < FLAT:
            share = f"({value:.3f} of the deviation of real ones)"
            raise train.DivergedError(f"collapsed: synthetic pictures are alike {why} {share}")
