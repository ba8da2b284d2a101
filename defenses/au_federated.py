"""Recurrent training at home: level 2 of Mase et al. 2021 (arXiv 2111.07344), one client a participant, on Flower."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..bench.checks import InputError, number
from ..bench.types import Samples, Task
from .au_rnn import AuRnn, Recipe

if TYPE_CHECKING:
    from ._mase.federated import FederatedEncoder


EPOCHS, BATCH = 5, 16  # of a client, who has few rows


@dataclass(frozen=True)
class AuFederated(AuRnn):
    """As `au-rnn`, but nobody's frames leave home: every participant trains, and the server averages what they send.

    Needs `pip install privbench[federated]`. rounds: of `epochs` (5) at every client. strategy: any
    of Flower's, by name. weighted: the average counts a client's rows; as published it does not.
    epsilon: of all that a client sends, by clipping its updates to the norm `clip` and adding
    Gaussian noise before they leave (0: neither). dpsgd: instead, the epsilon of each of its rows,
    by clipping and adding noise to the gradients of its training, which is then one of squared
    errors. delta: of those guarantees, which hold for replacing a participant or a row by another.
    trusted: it is the server that clips, and adds the noise to its mean, so that `epsilon` holds
    against whoever sees the model,
    and not against the server. secure: the server sees sums over all participants only. preset,
    recipe and the rest: see `au-rnn`.
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
            raise InputError(
                "au-federated:dpsgd", self.dpsgd, "0 beside epsilon", "one guarantee at a time"
            )
        number("au-federated:clip", self.clip, 0, open_low=True)
        number("au-federated:delta", self.delta, 0, 1, open_low=True)
        if self.trusted and (not self.epsilon or self.strategy != "FedAvg"):
            raise InputError(
                "au-federated:trusted",
                f"true, epsilon={self.epsilon:g}, {self.strategy}",
                "epsilon > 0 and FedAvg",
                "the server adds noise for an epsilon, to a mean of clipped updates",
            )
        if self.guarded and (self.weighted or self.strategy == "QFedAvg"):
            raise InputError(
                "au-federated:weighted, strategy",
                "what needs rows or losses",
                "neither under a guarantee",
            )
        if self.dpsgd and self.strategy == "FedProx":
            raise InputError(
                "au-federated:strategy",
                "FedProx",
                "another beside dpsgd",
                "its pull is not trained with noise",
            )
        if self.secure and self.trusted:
            raise InputError(
                "au-federated:secure",
                "true",
                "false beside trusted",
                "sums cannot be clipped one by one",
            )
        if self.secure and self.strategy != "FedAvg":
            raise InputError(
                "au-federated:strategy",
                self.strategy,
                "FedAvg",
                "a sum of updates allows an average only",
            )

    @property
    def guarded(self) -> str:
        """What is guaranteed: a `participant`, each `row` of one, or nothing."""
        if self.trusted:
            return "participant, against whoever sees the model"
        return "participant" if self.epsilon else "row" if self.dpsgd else ""

    @property
    def how(self) -> Recipe:
        """The recipe of one client's training in one round."""
        few = {"epochs": self.epochs or EPOCHS, "batch": self.batch or BATCH}
        return replace(super().how, held=0.0, **few)

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> FederatedEncoder:
        from ._mase.federated import fit

        self.check(samples)
        return fit(self, samples, task, seed=seed, device=device)

    def deployment(
        self, samples: Samples, task: Task, folder: Path, *, seed: int
    ) -> tuple[dict[str, str], dict[str, Any], list[Path]]:
        """(app, configuration, files) of a real run: a file for each participant is written to `folder`."""
        from ._mase.deployed import deployment

        if self.secure:
            raise InputError(
                "au-federated:secure",
                "true",
                "false in a deployment",
                "no cryptography would run in it",
            )
        self.check(samples)
        return deployment(self, samples, task, folder, seed=seed)

    def load(self, folder: Path, *, device: str) -> FederatedEncoder:
        from ._mase.federated import load

        return load(folder, device=device)
