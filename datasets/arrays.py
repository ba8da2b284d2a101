"""Rows that were handed over in Python; there is nothing to read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..bench.checks import InputError
from ..bench.types import Card, Samples, Task


@dataclass(frozen=True)
class Arrays:
    """Rows from memory, of `privbench.audit(z, ...)` or `privbench.run(dataset=samples)`."""

    @property
    def card(self) -> Card:
        """What is known of somebody's arrays."""
        return Card("rows from memory", "that of your data", "memory", "none")

    @property
    def task(self) -> Task:
        """Identity is hidden; nothing is served unless it is named."""
        return Task(utility="", private="identity")

    def load(self, root: Path | None) -> Samples:
        """Nothing: InputError that says how to hand rows over."""
        allowed = "rows handed over in Python: privbench.audit(z, identity=...)"
        hint = "from the shell, save them as .npz and use `privbench audit FILE`"
        raise InputError("--dataset", "arrays", allowed, hint)
