"""What the server of a federated training sees: updates, their participants, and weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..types import Array

ARRAYS = ("rounds", "who", "updates", "weights", "people", "first")


UNITS = {  # what a guarantee holds for -> in words
    "participant": "participant",
    "row": "row",
    "model": "participant, against whoever sees the model",
}


@dataclass(frozen=True)
class Log:
    """m updates of p numbers each, as a server received them.

    rounds: (m,) from 1. who: (m,) class numbers of participants; -1 for a sum over all of them.
    weights: (rounds + 1, p) what the server sent out before each round, and what it ended with.
    people: (people,) class numbers of those who took part. first: (people, 2 d) mean and deviation
    of each participant's frames, as sent before round 1; no rows where no participant sent them.
    epsilon: of the guarantee, 0 for none. unit: what it holds for, a key of UNITS, or nothing.
    lost: what did not arrive, and why.
    """

    rounds: Array
    who: Array
    updates: Array
    weights: Array
    people: Array
    first: Array
    epsilon: float
    unit: str = ""
    lost: tuple[str, ...] = ()

    @property
    def summed(self) -> bool:
        """Whether the server saw sums only."""
        return bool((self.who < 0).all())

    def write(self, path: Path) -> None:
        """Write plain arrays to an npz file, with no pickle."""
        arrays = {name: getattr(self, name) for name in ARRAYS}
        np.savez(
            path,
            **arrays,
            epsilon=np.array(self.epsilon),
            unit=np.array(self.unit),
            lost=np.array(self.lost, "U"),
        )

    @classmethod
    def read(cls, path: Path) -> Log:
        """The log that `write` wrote."""
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ARRAYS}
            return cls(
                **arrays,
                epsilon=float(file["epsilon"]),
                unit=str(file["unit"]),
                lost=tuple(file["lost"].tolist()),
            )
