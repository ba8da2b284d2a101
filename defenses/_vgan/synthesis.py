"""A frozen PPRL-VGAN: pictures in, latent codes and synthetic pictures out; and how it is fitted and kept."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from ...bench.checks import InputError
from ...bench.toolkit import progress, train
from ...bench.types import Array, Codes, Samples, Task
from .._shared import picture_noise
from .networks import Decoder, Encoder, Form
from .training import Game, begin, play

if TYPE_CHECKING:
    from ..pprl_vgan import PprlVgan, Recipe

SHOWN = ("discriminator", "generator", "identity", "expression")  # losses, while it trains
FORMAT = 1  # of the files that `save` writes


@dataclass(frozen=True)
class Synthesis:
    """Releases `latent`, the mean of the code's distribution (n, latent), and `image`, a synthetic picture in [0, 1].

    The draw of the code and, where target is -1, the identity are fixed by the picture itself.
    """

    encoder: Encoder
    decoder: Decoder
    form: Form
    target: int
    device: str
    curve: tuple[Mapping[str, float], ...] = ()

    def __call__(self, x: Array, /) -> Codes:
        mean, spread = self.distribution(x)
        noise = np.stack(
            [
                picture_noise.stream(p, "code").standard_normal(self.form.latent, np.float32)
                for p in x
            ]
        )
        return {
            "latent": mean,
            "image": self.decode(mean + np.exp(0.5 * spread) * noise, self.targets(x)),
        }

    def targets(self, x: Array) -> Array:
        """(n,) whose face each picture gets."""
        if self.target >= 0:
            return np.full(len(x), self.target)
        return np.array([picture_noise.stream(p, "target").integers(self.form.people) for p in x])

    def distribution(self, x: Array) -> tuple[Array, Array]:
        """Mean and logarithm of the variance of the codes of pictures (n, c, h, w) in [0, 1], (n, latent) each."""
        both = lambda part: torch.stack(self.encoder(2 * part - 1), 1)
        found = forward(both, train.tensor(np.asarray(x, np.float32), self.device))
        return found[:, 0], found[:, 1]

    def decode(self, z: Array, who: Array) -> Array:
        """Pictures (n, c, h, w) in [0, 1] of the identities who (n,) from codes z (n, latent)."""
        ready = torch.from_numpy(np.asarray(z, np.float32)).to(self.device)
        ids = torch.from_numpy(np.asarray(who, np.int64)).to(self.device)
        made = (
            [self.decoder(a, b) for a, b in zip(ready.split(64), ids.split(64), strict=True)]
            if len(z)
            else []
        )
        return np.clip((torch.cat(made).detach().cpu().numpy() + 1) / 2, 0, 1)

    def save(self, folder: Path, /) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        write({"encoder": self.encoder, "decoder": self.decoder}, folder / "vgan.safetensors")
        form = {**vars(self.form), "shape": list(self.form.shape)}
        meta = {"format": FORMAT, "form": form, "target": self.target, "losses": list(self.curve)}
        (folder / "meta.json").write_text(json.dumps(meta, indent=1), encoding="utf-8")


@torch.no_grad()
def forward(of: Callable[[Tensor], Tensor], x: Tensor) -> Array:
    """What `of` makes of pictures (n, c, h, w), in batches."""
    return torch.cat([of(part).float() for part in x.split(train.INFERENCE_BATCH)]).cpu().numpy()


def _frozen(
    encoder: Encoder, decoder: Decoder, form: Form, target: int, device: str, curve: Any = ()
) -> Synthesis:
    for part in (encoder, decoder):
        part.to(device).eval().requires_grad_(False)
    return Synthesis(encoder, decoder, form, target, device, tuple(curve))


def form_of(recipe: Recipe, samples: Samples, task: Task) -> Form:
    c, h, w = samples.x.shape[1:]
    people, classes = (samples.n_classes(label) for label in (task.private, task.utility))
    return Form((c, h, w), people, classes, recipe.kernel, recipe.width, recipe.latent)


def trained(
    defense: PprlVgan, samples: Samples, task: Task, *, seed: int, device: str, work: Path | None
) -> Game:
    """Train on the pictures, with losses.csv and checkpoints in `work`; see `_vgan_train.play`."""
    if not task.utility:
        raise InputError("pprl-vgan", "no utility label", "--utility: the expression to keep")
    form = form_of(defense.recipe, samples, task)
    if defense.target >= form.people:
        allowed = f"-1 to {form.people - 1}"
        raise InputError(
            "pprl-vgan:target", defense.target, allowed, f"{form.people} {task.private} classes"
        )
    game = begin(defense.recipe, form, samples, task, seed=seed, device=device)
    play(game, work, _teller(defense.recipe.epochs, work))
    return game


def of_game(game: Game, target: int, device: str) -> Synthesis:
    """What is released once the game is over."""
    return _frozen(game.encoder, game.decoder, game.form, target, device, game.curve)


def _teller(epochs: int, work: Path | None) -> Any:
    """Says the losses, and keeps those of all epochs in losses.csv in `work`."""

    def tell(curve: Sequence[Mapping[str, float]]) -> None:
        point = curve[-1]
        shown = ", ".join(f"{name} {point[name]:.2f}" for name in SHOWN)
        progress.say(f"pprl-vgan: epoch {point['epoch']} of {epochs}, {shown}")
        if work is not None:
            work.mkdir(parents=True, exist_ok=True)
            with (work / "losses.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(point), lineterminator="\n")
                writer.writeheader()
                writer.writerows(curve)

    return tell


def load(folder: Path, *, device: str) -> Synthesis:
    """The encoder that `save` wrote.

    Raises:
        InputError: if it is of another format or architecture.
    """
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    if meta.get("format") != FORMAT:
        raise InputError(
            str(folder),
            f"format {meta.get('format')}",
            str(FORMAT),
            "written by another version of privbench",
        )
    form = Form(**{**meta["form"], "shape": tuple(meta["form"]["shape"])})
    encoder, decoder = Encoder(form), Decoder(form)
    read({"encoder": encoder, "decoder": decoder}, folder / "vgan.safetensors")
    return _frozen(encoder, decoder, form, meta["target"], device, meta["losses"])


def write(parts: Mapping[str, nn.Module], path: Path) -> None:
    """The weights of networks with names, in one file."""
    from safetensors.torch import save_file

    state = {f"{name}.{k}": v for name, part in parts.items() for k, v in part.state_dict().items()}
    save_file({k: v.detach().cpu().contiguous() for k, v in state.items()}, path)


def read(parts: Mapping[str, nn.Module], path: Path) -> None:
    """Fill networks with what `write` wrote.

    Raises:
        InputError: if a tensor is missing or of another shape.
    """
    from safetensors.torch import load_file

    state = load_file(path)
    for name, part in parts.items():
        own = {k.removeprefix(f"{name}."): v for k, v in state.items() if k.startswith(f"{name}.")}
        ours = part.state_dict()
        if odd := sorted(k for k in ours if k not in own or own[k].shape != ours[k].shape):
            raise InputError(
                str(path), f"another {odd[0]} of the {name}", "the tensors that meta.json tells of"
            )
        part.load_state_dict(own)
