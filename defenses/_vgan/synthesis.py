"""A frozen PPRL-VGAN: pictures in, latent codes and synthetic pictures out; how it is fitted."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...bench.checks import InputError
from ...bench.toolkit import progress, train
from ...bench.types import Array, Codes, Samples, Task
from .._shared import picture_noise
from . import weights
from .game import Curve, Game, begin
from .networks import Decoder, Encoder, Form
from .settings import Recipe, VganSettings
from .training import play

SHOWN = ("discriminator", "generator", "identity", "expression")  # losses, while it trains
FORMAT = 1  # of the files that `save` writes
BATCH = 64  # codes decoded at once


@dataclass(frozen=True)
class Synthesis:
    """Releases `latent`, the mean of the code's distribution, and `image`, a synthetic picture.

    latent is (n, latent), image is (n, c, h, w) in [0, 1]. The draw of the code and, where target
    is -1, the identity are fixed by the picture itself.
    """

    encoder: Encoder
    decoder: Decoder
    form: Form
    target: int
    device: str
    curve: tuple[Mapping[str, float], ...] = ()

    def __call__(self, x: Array, /) -> Codes:
        """`latent` and `image` of pictures (n, c, h, w) in [0, 1]."""
        mean, spread = self.distribution(x)
        noise = np.stack([self._noise(picture) for picture in x])
        code = mean + np.exp(0.5 * spread) * noise
        image = self.decode(code, self.targets(x))
        return {"latent": mean, "image": image}

    def _noise(self, picture: Array) -> Array:
        """(latent,) standard normal, fixed by the picture."""
        stream = picture_noise.stream(picture, "code")
        return stream.standard_normal(self.form.latent, np.float32)

    def targets(self, x: Array) -> Array:
        """(n,) the identity whose face each picture gets."""
        if self.target >= 0:
            return np.full(len(x), self.target)
        people = self.form.people
        streams = [picture_noise.stream(picture, "target") for picture in x]
        return np.array([stream.integers(people) for stream in streams])

    def distribution(self, x: Array) -> tuple[Array, Array]:
        """Mean and logarithm of the variance of the codes of pictures, (n, latent) each."""

        def both(part: Tensor) -> Tensor:
            return torch.stack(self.encoder(2 * part - 1), 1)

        ready = train.tensor(np.asarray(x, np.float32), self.device)
        codes = forward(both, ready)
        return codes[:, 0], codes[:, 1]

    def decode(self, z: Array, who: Array) -> Array:
        """Pictures (n, c, h, w) in [0, 1] from codes z (n, latent), with the faces of who (n,)."""
        codes = torch.from_numpy(np.asarray(z, np.float32)).to(self.device).split(BATCH)
        faces = torch.from_numpy(np.asarray(who, np.int64)).to(self.device).split(BATCH)
        made = [self.decoder(part, face) for part, face in zip(codes, faces, strict=True)]
        pictures = torch.cat(made).detach().cpu().numpy()
        return np.clip((pictures + 1) / 2, 0, 1)

    def save(self, folder: Path, /) -> None:
        """Write the weights as safetensors, the form and the losses as JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        parts = {"encoder": self.encoder, "decoder": self.decoder}
        weights.write(parts, folder / "vgan.safetensors")
        form = {**vars(self.form), "shape": list(self.form.shape)}
        meta = {"format": FORMAT, "form": form, "target": self.target, "losses": list(self.curve)}
        text = json.dumps(meta, indent=1)
        (folder / "meta.json").write_text(text, encoding="utf-8")


@torch.no_grad()
def forward(of: Callable[[Tensor], Tensor], x: Tensor) -> Array:
    """What `of` makes of pictures (n, c, h, w), in batches, as float32."""
    batches = x.split(train.INFERENCE_BATCH)
    made = [of(part).float() for part in batches]
    return torch.cat(made).cpu().numpy()


def form_of(recipe: Recipe, samples: Samples, task: Task) -> Form:
    """The form of the networks for these pictures, their people and their expressions."""
    c, h, w = samples.x.shape[1:]
    return Form(
        shape=(c, h, w),
        people=samples.n_classes(task.private),
        classes=samples.n_classes(task.utility),
        kernel=recipe.kernel,
        width=recipe.width,
        latent=recipe.latent,
    )


def trained(
    settings: VganSettings,
    samples: Samples,
    task: Task,
    *,
    seed: int,
    device: str,
    work: Path | None,
) -> Game:
    """The game after all epochs, with losses.csv and checkpoints in `work`; see `training.play`.

    Raises:
        InputError: if there is no utility label, or no such target.
    """
    if not task.utility:
        raise InputError("pprl-vgan", "no utility label", "--utility: the expression to keep")
    recipe = settings.recipe
    form = form_of(recipe, samples, task)
    if settings.target >= form.people:
        allowed = f"-1 to {form.people - 1}"
        hint = f"{form.people} {task.private} classes"
        raise InputError("pprl-vgan:target", settings.target, allowed, hint)
    game = begin(recipe, form, samples, task, seed=seed, device=device)
    play(game, work, _reporter(recipe.epochs, work))
    return game


def of_game(game: Game, target: int, device: str) -> Synthesis:
    """What is released once the game is over."""
    curve = tuple(game.curve)
    return _freeze(Synthesis(game.encoder, game.decoder, game.form, target, device, curve))


def _freeze(synthesis: Synthesis) -> Synthesis:
    """The same, with networks that are not trained any more."""
    for part in (synthesis.encoder, synthesis.decoder):
        part.to(synthesis.device).eval().requires_grad_(False)
    return synthesis


def _reporter(epochs: int, work: Path | None) -> Callable[[Curve], None]:
    """report(curve): says the losses of the last epoch; those of all go to losses.csv in `work`."""

    def report(curve: Curve) -> None:
        point = curve[-1]
        number = point["epoch"]
        shown = ", ".join(f"{name} {point[name]:.2f}" for name in SHOWN)
        progress.say(f"pprl-vgan: epoch {number} of {epochs}, {shown}")
        if work is not None:
            work.mkdir(parents=True, exist_ok=True)
            _write_losses(curve, work / "losses.csv")

    return report


def _write_losses(curve: Sequence[Mapping[str, float]], path: Path) -> None:
    """One line an epoch, with full floats."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(curve[-1]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(curve)


def load(folder: Path, *, device: str) -> Synthesis:
    """The encoder that `save` wrote.

    Raises:
        InputError: if it is of another format or architecture.
    """
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    if meta.get("format") != FORMAT:
        got = f"format {meta.get('format')}"
        raise InputError(str(folder), got, str(FORMAT), "written by another version of privbench")
    shape = tuple(meta["form"]["shape"])
    form = Form(**{**meta["form"], "shape": shape})
    encoder = Encoder(form)
    decoder = Decoder(form)
    weights.read({"encoder": encoder, "decoder": decoder}, folder / "vgan.safetensors")
    curve = tuple(meta["losses"])
    return _freeze(Synthesis(encoder, decoder, form, meta["target"], device, curve))
