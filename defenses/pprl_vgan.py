"""PPRL-VGAN: a synthetic face of somebody else with the expression of the input (Chen, Konrad, Ishwar 2018,
arXiv 1803.07100)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ..bench.checks import InputError, images, number
from ..bench.types import Samples, Task

if TYPE_CHECKING:
    from ._vgan.synthesis import Synthesis


@dataclass(frozen=True)
class Recipe:
    """All that a training needs to know. three_heads: the discriminator also learns whose synthetic pictures are.

    kl, adversarial, identity, expression: weights of the generator's losses. keep: epochs between
    checkpoints.
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
        return {
            name: value for name, value in asdict(self).items() if name not in ("epochs", "keep")
        }


PRESETS = {
    "ferg": Recipe(5, 32, 128, 0.002, 0.108, 0.6, 0.29, True, 3e-4, 256, 400),
    "mug": Recipe(8, 32, 128, 0.002, 0.078, 0.8, 0.12, False, 3e-4, 256, 300),
    "small": Recipe(5, 16, 64, 0.002, 0.108, 0.6, 0.29, True, 3e-4, 32, 100),
}


@dataclass(frozen=True)
class PprlVgan:
    """A latent code, and a synthetic picture of a chosen identity with the expression of the input.

    preset: the published variants for `ferg` and `mug`, or `small`, for 2,000 pictures and an hour
    of a small machine; every other setting is the preset's unless given. width: filters of the
    first of four convolutions. target: the number of the class that everybody becomes, or -1 for a
    random one a picture.
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
        own = {f.name: getattr(self, f.name, None) for f in fields(Recipe)}
        given = {name: value for name, value in own.items() if value is not None}
        return Recipe(**asdict(PRESETS[self.preset]) | given)

    def check(self, samples: Samples) -> None:
        """InputError for pictures whose sides do not divide by 16."""
        _, h, w = images("dataset", samples.x).shape[1:]
        if h % 16 or w % 16:
            raise InputError(
                "pprl-vgan",
                f"pictures of {h}x{w}",
                "sides that divide by 16",
                "set the dataset's size",
            )

    def fit(
        self, samples: Samples, task: Task, *, seed: int, device: str, work: Path | None = None
    ) -> Synthesis:
        """work: a folder for checkpoints and losses.csv; a training that was interrupted goes on from there."""
        from ._vgan.synthesis import of_game, trained

        self.check(samples)
        return of_game(
            trained(self, samples, task, seed=seed, device=device, work=work), self.target, device
        )

    def load(self, folder: Path, *, device: str) -> Synthesis:
        from ._vgan.synthesis import load

        return load(folder, device=device)
