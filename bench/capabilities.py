"""What a competitor can do beyond its protocol, read in one place.

A competitor inherits nothing of ours, so it says what it can by class attributes and methods of
these names; what it does not say has the default here.

Attackers
    sequences      takes sequences (n, t, d) as they are; others get statistics of each, (n, d)
    needs_inputs   `fit` is also given `inputs`, the pictures that its codes were made of; its
                   adversary answers `likeness(z, inputs)`
    looks          answers depend on the codes at all
    regress()      `regress(z, target, *, source, seed, device)`: fits continuous labels (n, t)
    compare()      `compare(z, y, *, source, seed)`: similarities of pairs, under open-set
Defenses
    resumes        `fit` takes `work`, a folder for checkpoints, and goes on from those it finds
    synthesises    its encoder makes pictures, as `bench.pictures` asks for them
    federated      its encoder has a log of what a server saw
    check()        `check(samples)` raises InputError for rows that it cannot take
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SWITCHES: Mapping[str, bool] = {
    "sequences": False,
    "needs_inputs": False,
    "looks": True,
    "resumes": False,
    "synthesises": False,
    "federated": False,
}
METHODS = ("regress", "compare", "check", "likeness")


def can(competitor: Any, switch: str) -> bool:
    """Whether a competitor says so of itself, by one of SWITCHES; else the default."""
    return bool(getattr(competitor, switch, SWITCHES[switch]))


def offers(competitor: Any, method: str) -> bool:
    """Whether a competitor has one of METHODS."""
    if method not in METHODS:
        raise KeyError(method)
    return callable(getattr(competitor, method, None))


def refuse(defense: Any, samples: Any) -> None:
    """Let a defense refuse rows that it cannot take, before any work. InputError as it says."""
    if offers(defense, "check"):
        defense.check(samples)
