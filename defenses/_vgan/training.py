"""The game of PPRL-VGAN: a discriminator step, then two of the generator, epoch by epoch; it can stop and go on.

All that is random in an epoch comes from (seed, epoch), so that a training that was interrupted
goes on from its last checkpoint to the same weights.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ...bench.toolkit import nets, train
from ...bench.types import Samples, Task
from .networks import Decoder, Discriminator, Encoder, Form

if TYPE_CHECKING:
    from ..pprl_vgan import Recipe

PARTS = ("encoder", "decoder", "discriminator")
WATCHED = 64  # training pictures that collapse is looked for on
FLAT = 0.05  # of the deviation of real pictures: below it, synthetic ones are all the same
DECAY = 1e-6  # of the learning rate, a step


@dataclass
class Game:
    """The networks, the optimisers and the pictures; `epoch` passes are done."""

    form: Form
    recipe: Recipe
    encoder: Encoder
    decoder: Decoder
    discriminator: Discriminator
    x: Tensor
    who: Tensor
    what: Tensor
    seed: int
    epoch: int = 0
    steps: int = 0
    curve: list[dict[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        both = [*self.encoder.parameters(), *self.decoder.parameters()]
        self.optimisers = {
            "generator": torch.optim.RMSprop(both, self.recipe.lr, alpha=0.9, eps=1e-7),
            "discriminator": torch.optim.RMSprop(
                self.discriminator.parameters(), self.recipe.lr, alpha=0.9, eps=1e-7
            ),
        }

    @property
    def parts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in PARTS}


def begin(
    recipe: Recipe, form: Form, samples: Samples, task: Task, *, seed: int, device: str
) -> Game:
    """Untrained networks before the pictures of `samples`, whose private label is the identity to exchange."""
    with nets.seeded(seed):
        parts = [part(form).to(device) for part in (Encoder, Decoder, Discriminator)]
    who, what = (
        torch.from_numpy(samples.labels[label]).to(device) for label in (task.private, task.utility)
    )
    return Game(form, recipe, *parts, 2 * train.tensor(samples.x, device) - 1, who, what, seed)  # type: ignore[arg-type]


def play(
    game: Game,
    folder: Path | None,
    told: Callable[[list[dict[str, float]]], None] = lambda curve: None,
) -> None:
    """All epochs that are left; a checkpoint in `folder` after each of them that the recipe names.

    told: is given the whole curve after each epoch.

    Raises:
        DivergedError: if a loss is not finite, or all pictures became the same. The last good
        checkpoint stays.
    """
    if folder is not None:
        resume(game, folder)
    while game.epoch < game.recipe.epochs:
        point = _epoch(game) | seen(game)
        refuse_collapse(game, point)
        game.epoch += 1
        game.curve.append({"epoch": game.epoch} | point)
        told(game.curve)
        if folder is not None and (
            game.epoch % game.recipe.keep == 0 or game.epoch == game.recipe.epochs
        ):
            save(game, folder)


def _epoch(game: Game) -> dict[str, float]:
    """The mean of each loss over one pass."""
    for part in game.parts.values():
        part.train()
    totals: dict[str, Tensor] = {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(game.seed + 7919 * game.epoch)
        batches = _batches(game)
        count = max(len(game.x) // game.recipe.batch, 1)
        for _ in range(count):
            game.steps += 1
            found = _discriminate(game, next(batches))
            for _ in range(2):
                found |= _generate(game, next(batches))
            totals = {
                name: totals.get(name, torch.zeros(())) + value for name, value in found.items()
            }
    means = {name: float(total) / count for name, total in totals.items()}
    if not np.isfinite(list(means.values())).all():
        raise train.DivergedError(
            f"epoch {game.epoch + 1}: a loss is not finite; a smaller lr may help"
        )
    return means


def _batches(game: Game) -> Iterator[Tensor]:
    """Row numbers of batches without end: every row once before any comes again."""
    order = np.random.default_rng([game.seed, game.epoch])
    while True:
        rows = torch.from_numpy(order.permutation(len(game.x)))
        size = min(game.recipe.batch, len(rows))
        yield from (part for part in rows.split(size) if len(part) == size)


def _step(game: Game, name: str, loss: Tensor) -> None:
    optimiser = game.optimisers[name]
    for group in optimiser.param_groups:
        group["lr"] = game.recipe.lr / (1 + DECAY * game.steps)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()


def _discriminate(game: Game, rows: Tensor) -> dict[str, Tensor]:
    """Real pictures by whose they are and what they show, and synthetic ones from them."""
    r, x = game.recipe, game.x[rows]
    targets = torch.randint(game.form.people, (len(rows),), device=x.device)
    with torch.no_grad(), train.mixed(x.device):
        fake = game.decoder(draw(*game.encoder(x)), targets)
    with train.mixed(x.device):
        real, fakes = game.discriminator(x), game.discriminator(fake)
    loss = _all_three(real, 0.9 + 0.1 * _uniform(real[0]), game.who[rows], game.what[rows])
    false = 0.1 * _uniform(fakes[0])
    if r.three_heads:
        loss = loss + _all_three(fakes, false, targets, game.what[rows])
    else:
        loss = loss + F.binary_cross_entropy_with_logits(fakes[0], false)
    _step(game, "discriminator", loss)
    return {"discriminator": loss.detach(), "real_identity": _right(real[1], game.who[rows])}


def _all_three(heads: tuple[Tensor, ...], real: Tensor, who: Tensor, what: Tensor) -> Tensor:
    own = F.binary_cross_entropy_with_logits(heads[0], real)
    return (
        0.25 * own + 0.5 * F.cross_entropy(heads[1], who) + 0.25 * F.cross_entropy(heads[2], what)
    )


def _generate(game: Game, rows: Tensor) -> dict[str, Tensor]:
    """Pictures that pass for real, of the target's face, with the expression of the input."""
    r, x = game.recipe, game.x[rows]
    targets = torch.randint(game.form.people, (len(rows),), device=x.device)
    game.discriminator.requires_grad_(False)
    with train.mixed(x.device):
        mean, spread = game.encoder(x)
        real, who, what = game.discriminator(game.decoder(draw(mean, spread), targets))
    kl = 0.5 * (mean.square() + spread.exp() - 1 - spread).sum(1).mean()
    adversarial = F.binary_cross_entropy_with_logits(real, torch.ones_like(real))
    identity, expression = F.cross_entropy(who, targets), F.cross_entropy(what, game.what[rows])
    loss = (
        r.kl * kl + r.adversarial * adversarial + r.identity * identity + r.expression * expression
    )
    _step(game, "generator", loss)
    game.discriminator.requires_grad_(True)
    found = {
        "generator": loss,
        "kl": kl,
        "adversarial": adversarial,
        "identity": identity,
        "expression": expression,
    }
    return {name: value.detach() for name, value in found.items()}


def draw(mean: Tensor, spread: Tensor) -> Tensor:
    """A code from its distribution."""
    return mean + (0.5 * spread).exp() * torch.randn_like(mean)


def _uniform(like: Tensor) -> Tensor:
    return torch.rand(like.shape, device=like.device)


def _right(scores: Tensor, y: Tensor) -> Tensor:
    return (scores.detach().argmax(1) == y).float().mean()


@torch.no_grad()
def seen(game: Game) -> dict[str, float]:
    """How much synthetic pictures differ from each other: over targets for one input, and over inputs for one target.

    In deviations of real pictures.
    """
    x = game.x[:: -(-len(game.x) // WATCHED)]
    for part in game.parts.values():
        part.eval()
    mean, _ = game.encoder(x)
    count = min(game.form.people, 4)
    made = torch.stack(
        [game.decoder(mean, torch.full((len(x),), who, device=x.device)) for who in range(count)]
    )
    real = float(x.std(0).mean())
    return {
        "over_targets": float(made.std(0).mean()) / real,
        "over_inputs": float(made.std(1).mean()) / real,
    }


def refuse_collapse(game: Game, point: dict[str, float]) -> None:
    """Once the training is under way, pictures that are all alike are no release to measure.

    Raises:
        DivergedError: with what is alike.
    """
    if not np.isfinite(list(point.values())).all():
        raise train.DivergedError(f"epoch {game.epoch + 1}: synthetic pictures are not finite")
    if game.epoch + 1 < game.recipe.epochs:
        return
    for name, why in (
        ("over_inputs", "whatever the input"),
        ("over_targets", "whatever the target identity"),
    ):
        if point[name] < FLAT:
            raise train.DivergedError(
                f"collapsed: synthetic pictures are alike {why} ({point[name]:.3f} of the deviation of real ones)"
            )


def save(game: Game, folder: Path) -> None:
    """A checkpoint: weights, optimisers and curve; whole or not at all."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        f"{name}.{key}": value
        for name, part in game.parts.items()
        for key, value in part.state_dict().items()
    }
    for name, optimiser in game.optimisers.items():
        for number, state in optimiser.state_dict()["state"].items():
            tensors |= {
                f"{name}-optimiser.{number}.{key}": torch.as_tensor(value)
                for key, value in state.items()
            }
    meta = {"epoch": game.epoch, "steps": game.steps, "curve": game.curve, "about": about(game)}
    beside = folder / "writing.safetensors"
    save_file(
        {k: v.detach().cpu().contiguous() for k, v in tensors.items()},
        beside,
        {"meta": json.dumps(meta)},
    )
    beside.replace(folder / "checkpoint.safetensors")


def about(game: Game) -> dict[str, Any]:
    """What a checkpoint must agree on to be gone on from."""
    form = {**vars(game.form), "shape": list(game.form.shape)}
    return {
        "format": 1,
        "form": form,
        "rows": len(game.x),
        "seed": game.seed,
        "recipe": game.recipe.alike(),
    }


def resume(game: Game, folder: Path) -> None:
    """Go on from the checkpoint in `folder`, if there is one.

    Raises:
        InputError: if it is of another architecture, recipe or version of the format.
    """
    from safetensors import safe_open

    from ...bench.checks import InputError

    path = folder / "checkpoint.safetensors"
    if not path.exists():
        return
    with safe_open(path, "pt") as file:
        meta = json.loads((file.metadata() or {}).get("meta", "{}"))
        if (theirs := meta.get("about")) != (ours := json.loads(json.dumps(about(game)))):
            odd = sorted(k for k in ours if not theirs or theirs.get(k) != ours[k])
            raise InputError(
                str(path),
                f"a checkpoint with other {', '.join(odd)}",
                "one of this training",
                "remove it",
            )
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (it is no dictionary)
    for name, part in game.parts.items():
        part.load_state_dict(
            {k.removeprefix(f"{name}."): v for k, v in tensors.items() if k.startswith(f"{name}.")}
        )
    for name, optimiser in game.optimisers.items():
        _restore(
            optimiser, {k: v for k, v in tensors.items() if k.startswith(f"{name}-optimiser.")}
        )
    game.epoch, game.steps, game.curve = meta["epoch"], meta["steps"], meta["curve"]


def _restore(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        _, number, name = key.split(".")
        state.setdefault(int(number), {})[name] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
