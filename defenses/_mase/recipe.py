"""Settings of the recurrent code of action units, trained in one place or federated."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import ClassVar, Literal

from ...bench.checks import InputError, number
from ...bench.types import Samples
from .._shared.sequences import check_sequences


@dataclass(frozen=True)
class Recipe:
    """All that a training needs to know.

    wide: numbers of the layer between code and prediction; 0 for none. loss: `ccc`, of each frame,
    or `mse`, of the mean of each row. held: share of the sources that say which epoch is best, how
    late ratings are and how predictions of them are smoothed; 0 for none of it.
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
LEAST = {"size": 1, "layers": 1, "epochs": 1, "batch": 2}

# Of a client, which has few rows.
CLIENT_EPOCHS = 5
CLIENT_BATCH = 16


@dataclass(frozen=True)
class RecurrentSettings:
    """A preset, and what is changed of it.

    preset: `published` has the sizes of the paper. recipe: `clean` (concordance loss; epoch, delay
    and smoothing chosen inside of the training side) or `as-published` (squared error of each row's
    mean, last epoch). Other settings are the preset's unless given.

    Raises:
        InputError: if a setting is out of its range.
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
        how = self.how
        for name, least in LEAST.items():
            number(f"{self.called}:{name}", getattr(how, name), least)
        number(f"{self.called}:lr", how.lr, 0, open_low=True)

    @property
    def how(self) -> Recipe:
        """The recipe that all settings amount to."""
        recipe = asdict(PRESETS[self.preset])
        if self.recipe == "as-published":
            recipe |= AS_PUBLISHED
        for field in fields(Recipe):
            given = getattr(self, field.name, None)
            if given not in (None, ""):
                recipe[field.name] = given
        return Recipe(**recipe)

    def check(self, samples: Samples) -> None:
        """InputError for data that are no sequences."""
        check_sequences(self.called, samples)


@dataclass(frozen=True)
class FederatedSettings(RecurrentSettings):
    """Those of a recurrent training, of the federation, and of what is guaranteed.

    rounds: of `epochs` (5) at every client. strategy: any of Flower's, by name. weighted: the
    average counts a client's rows; as published it does not. epsilon: of all that a client sends,
    by clipping its updates to the norm `clip` and adding Gaussian noise before they leave (0:
    neither). dpsgd: instead, the epsilon of each of its rows, by clipping and adding noise to the
    gradients of its training, which is then one of squared errors. delta: of those guarantees,
    which hold for replacing a participant or a row by another. trusted: it is the server that
    clips, and adds the noise to its mean, so that `epsilon` holds against an attacker that sees the
    model, and not against the server. secure: the server sees sums over all participants only.
    preset, recipe and the rest: see RecurrentSettings.

    Raises:
        InputError: if a setting is out of its range, or two of them exclude each other.
    """

    rounds: int = 10
    strategy: str = "FedAvg"
    weighted: bool = False
    epsilon: float = 0.0
    dpsgd: float = 0.0
    clip: float = 1.0
    delta: float = 1e-5
    trusted: bool = False
    secure: bool = False

    called: ClassVar[str] = "au-federated"
    federated: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        number("au-federated:rounds", self.rounds, 1)
        number("au-federated:epsilon", self.epsilon, 0)
        number("au-federated:dpsgd", self.dpsgd, 0)
        if self.epsilon and self.dpsgd:
            hint = "one guarantee at a time"
            raise InputError("au-federated:dpsgd", self.dpsgd, "0 beside epsilon", hint)
        number("au-federated:clip", self.clip, 0, open_low=True)
        number("au-federated:delta", self.delta, 0, 1, open_low=True)
        self._check_guarantee()
        self._check_secure()

    def _check_guarantee(self) -> None:
        """InputError for a guarantee that could not be kept."""
        if self.trusted and (not self.epsilon or self.strategy != "FedAvg"):
            got = f"true, epsilon={self.epsilon:g}, {self.strategy}"
            hint = "the server adds noise for an epsilon, to a mean of clipped updates"
            raise InputError("au-federated:trusted", got, "epsilon > 0 and FedAvg", hint)
        if self.guarded and (self.weighted or self.strategy == "QFedAvg"):
            allowed = "neither under a guarantee"
            got = "what needs rows or losses"
            raise InputError("au-federated:weighted, strategy", got, allowed)
        if self.dpsgd and self.strategy == "FedProx":
            hint = "its pull is not trained with noise"
            raise InputError("au-federated:strategy", "FedProx", "another beside dpsgd", hint)

    def _check_secure(self) -> None:
        """InputError for what a sum of all updates does not allow."""
        if self.secure and self.trusted:
            hint = "sums cannot be clipped one by one"
            raise InputError("au-federated:secure", "true", "false beside trusted", hint)
        if self.secure and self.strategy != "FedAvg":
            hint = "a sum of updates allows an average only"
            raise InputError("au-federated:strategy", self.strategy, "FedAvg", hint)

    @property
    def guarded(self) -> str:
        """What is guaranteed: a code of `federated_log.UNITS`, or nothing."""
        if self.trusted:
            return "model"
        if self.epsilon:
            return "participant"
        return "row" if self.dpsgd else ""

    @property
    def how(self) -> Recipe:
        """The recipe of one client's training in one round."""
        epochs = self.epochs or CLIENT_EPOCHS
        batch = self.batch or CLIENT_BATCH
        return replace(super().how, held=0.0, epochs=epochs, batch=batch)
