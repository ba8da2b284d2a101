"""Settings of PPRL-VGAN: the published variants, and how each of their numbers can be changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal

from ...bench.checks import InputError, images, number
from ...bench.types import Samples

MAY_CHANGE = ("epochs", "keep")  # between two parts of one training


@dataclass(frozen=True)
class Recipe:
    """All that a training needs to know.

    three_heads: the discriminator also learns the identity of synthetic pictures. kl, adversarial,
    identity, expression: weights of the generator's losses. keep: epochs between checkpoints.
    """

    kernel: int
    width: int
    latent: int
    kl: float
    adversarial: float
    identity: float
    expression: float
    three_heads: bool
    lr: float
    batch: int
    epochs: int
    keep: int = 10

    def alike(self) -> dict[str, Any]:
        """What a checkpoint must agree on: a longer training may go on from a shorter one."""
        return {name: value for name, value in asdict(self).items() if name not in MAY_CHANGE}


PRESETS = {
    "ferg": Recipe(5, 32, 128, 0.002, 0.108, 0.6, 0.29, True, 3e-4, 256, 400),
    "mug": Recipe(8, 32, 128, 0.002, 0.078, 0.8, 0.12, False, 3e-4, 256, 300),
    "small": Recipe(5, 16, 64, 0.002, 0.108, 0.6, 0.29, True, 3e-4, 32, 100),
}


@dataclass(frozen=True)
class VganSettings:
    """A preset, and what is changed of it.

    preset: the published variants for `ferg` and `mug`, or `small`, for 2,000 pictures and an hour
    of a small machine; every other setting is the preset's unless given. width: filters of the
    first of four convolutions. target: the number of the class that every picture gets the face of,
    or -1 for a random one a picture.

    Raises:
        InputError: if a setting is out of its range.
    """

    preset: Literal["small", "ferg", "mug"] = "small"
    target: int = -1
    epochs: int | None = None
    batch: int | None = None
    lr: float | None = None
    width: int | None = None
    latent: int | None = None
    kernel: int | None = None
    kl: float | None = None
    adversarial: float | None = None
    identity: float | None = None
    expression: float | None = None

    resumes: ClassVar[bool] = True
    synthesises: ClassVar[bool] = True

    def __post_init__(self) -> None:
        number("pprl-vgan:target", self.target, -1)
        for name in ("epochs", "width", "latent"):
            number(f"pprl-vgan:{name}", getattr(self.recipe, name), 1)
        number("pprl-vgan:batch", self.recipe.batch, 2)
        number("pprl-vgan:kernel", self.recipe.kernel, 2)
        number("pprl-vgan:lr", self.recipe.lr, 0, open_low=True)
        for name in ("kl", "adversarial", "identity", "expression"):
            number(f"pprl-vgan:{name}", getattr(self.recipe, name), 0)

    @property
    def recipe(self) -> Recipe:
        """The recipe that all settings amount to."""
        recipe = asdict(PRESETS[self.preset])
        for field in fields(Recipe):
            given = getattr(self, field.name, None)
            if given is not None:
                recipe[field.name] = given
        return Recipe(**recipe)

    def check(self, samples: Samples) -> None:
        """InputError for pictures whose sides do not divide by 16."""
        _, h, w = images("dataset", samples.x).shape[1:]
        if h % 16 or w % 16:
            allowed = "sides that divide by 16"
            raise InputError("pprl-vgan", f"pictures of {h}x{w}", allowed, "set the dataset's size")


@dataclass(frozen=True)
class SubvertedSettings(VganSettings):
    """Those of a PPRL-VGAN, and of the message that is hidden in its pictures.

    key: what an attacker needs to read it. fixed: the same bits in every picture of a person, which
    any attacker can learn.
    """

    key: str = "privbench"
    fixed: bool = False
