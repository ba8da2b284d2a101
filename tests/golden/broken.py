"""A defense whose training fails: what the tables say of it is part of the golden run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Broken:
    """Never ready."""

    def fit(self, samples, task, *, seed, device):
        raise ValueError("no luck today")

    def load(self, folder, *, device):
        raise FileNotFoundError(folder)
