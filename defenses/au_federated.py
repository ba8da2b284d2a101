"""Recurrent training at home: level 2 of Mase et al. 2021 (arXiv 2111.07344), on Flower."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..bench.checks import InputError
from ..bench.types import Samples, Task
from ._mase.recipe import FederatedSettings

if TYPE_CHECKING:
    from ._mase.federated_encoder import FederatedEncoder


@dataclass(frozen=True)
class AuFederated(FederatedSettings):
    """As `au-rnn`, but frames stay at home: each participant trains, the server averages updates.

    Needs `pip install privbench[federated]`. The settings are those of FederatedSettings.
    """

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> FederatedEncoder:
        """The frozen central model after all rounds, with what the server saw in its `log`."""
        from ._mase.federated import fit

        self.check(samples)
        return fit(self, samples, task, seed=seed, device=device)

    def deployment(
        self, samples: Samples, task: Task, folder: Path, *, seed: int
    ) -> tuple[dict[str, str], dict[str, Any], list[Path]]:
        """(app, configuration, files) of a real run; a file for each participant is in `folder`.

        Raises:
            InputError: for secure aggregation, or for rows that are no sequences.
        """
        from ._mase.deployed import deployment

        if self.secure:
            hint = "no cryptography would run in it"
            raise InputError("au-federated:secure", "true", "false in a deployment", hint)
        self.check(samples)
        return deployment(self, samples, task, folder, seed=seed)

    def load(self, folder: Path, *, device: str) -> FederatedEncoder:
        """The encoder that `save` wrote."""
        from ._mase.federated_encoder import load

        return load(folder, device=device)
