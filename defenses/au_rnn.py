"""A recurrent code of action units: level 1 of Mase et al. 2021 (arXiv 2111.07344, doi 10.1007/s43681-022-00215-y)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from ..bench.checks import number
from ..bench.types import Samples, Task
from .au import of_sequences

if TYPE_CHECKING:
    from ._mase.recurrent import RecurrentEncoder


@dataclass(frozen=True)
class Recipe:
    """All that a training needs to know. wide: numbers of the layer between code and answer; 0 for none.

    loss: `ccc`, of each frame, or `mse`, of the mean of each row. held: share of the sources that
    say which epoch is best, how late ratings are and how their answers are smoothed; 0 for none of
    it.
    """

    kind: str
    size: int
    layers: int
    wide: int
    loss: str
    lr: float
    epochs: int
    batch: int
    held: float


PRESETS = {
    "small": Recipe("bigru", 64, 1, 0, "ccc", 2e-3, 30, 64, 0.15),
    "published": Recipe("bigru", 512, 6, 1000, "ccc", 1e-4, 70, 64, 0.15),
}
AS_PUBLISHED = {"loss": "mse", "held": 0.0}


@dataclass(frozen=True)
class AuRnn:
    """A recurrent network on action units; releases its code of each frame, and what it says of the labels.

    preset: `published` has the sizes of the paper. recipe: `clean` (concordance loss; epoch, delay
    and smoothing chosen inside of the training side) or `as-published` (squared error of each row's
    mean, last epoch). Other settings are the preset's unless given.
    """

    preset: Literal["small", "published"] = "small"
    recipe: Literal["clean", "as-published"] = "clean"
    kind: Literal["", "rnn", "lstm", "gru", "bilstm", "bigru"] = ""
    size: int | None = None
    layers: int | None = None
    epochs: int | None = None
    lr: float | None = None
    batch: int | None = None

    called: ClassVar[str] = "au-rnn"

    def __post_init__(self) -> None:
        for name, least in (("size", 1), ("layers", 1), ("epochs", 1), ("batch", 2)):
            number(f"{self.called}:{name}", getattr(self.how, name), least)
        number(f"{self.called}:lr", self.how.lr, 0, open_low=True)

    @property
    def how(self) -> Recipe:
        """The recipe that all settings amount to."""
        own = {f.name: getattr(self, f.name, None) for f in fields(Recipe)}
        given = {name: value for name, value in own.items() if value not in (None, "")}
        published = AS_PUBLISHED if self.recipe == "as-published" else {}
        return Recipe(**asdict(PRESETS[self.preset]) | published | given)

    def check(self, samples: Samples) -> None:
        """InputError for data that are no sequences."""
        of_sequences(self.called, samples)

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> RecurrentEncoder:
        from ._mase.recurrent import fit

        self.check(samples)
        return fit(self.how, samples, task, seed=seed, device=device)

    def peeked(
        self, train: Samples, test: Samples, task: Task, *, seed: int, device: str
    ) -> dict[str, float]:
        """Label -> concordance on `test` at the epoch that is best there, as the authors' code reports it: too good."""
        from ._mase.recurrent import peeked

        return peeked(self.how, train, test, task, seed=seed, device=device)

    def load(self, folder: Path, *, device: str) -> RecurrentEncoder:
        from ._mase.recurrent import load

        return load(folder, device=device)
