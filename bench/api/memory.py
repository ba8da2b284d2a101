"""Arrays, classes and instances in memory -> rows, SPECs and requests of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ...datasets._vectors import ties
from .. import registry
from ..checks import InputError, one_of
from ..runner import fingerprints
from ..runner.request import Request
from ..types import Samples
from ..types import samples as make_samples
from . import inputs

ARRAYS = "arrays"  # the dataset of rows that were handed over
# The dataset of embeddings, in memory or in a file: both have the same folds and streams.
EMBEDDINGS = "embeddings"
EMBEDDINGS_WITH_SPLIT = "embeddings:split=split"
HOME = Path("privbench-out")  # where runs lie that were given no folder
SPLIT = "split"
SEVERAL = ("fold", "shares", "threat", "plugin")  # fields of a request that hold many values


@dataclass(frozen=True)
class Rows:
    """Embeddings with their labels. private: names of what is to be hidden. utility.

    Of what is served.
    """

    samples: Samples
    private: tuple[str, ...]
    utility: str | None


def rows(z: Any, identity: Any, utility: Any, source: Any, split: Any) -> Rows:
    """Rows of what `audit` was given. InputError where lengths differ, or a name is taken twice."""
    codes = inputs.codes(z)
    n = len(codes)
    given = {"identity": identity, "utility": utility, "source": source, "split": split}
    for argument, values in given.items():
        inputs.same_order(z, values, argument)
    private = inputs.columns(identity, n, "identity")
    served = {} if utility is None else inputs.columns(utility, n, "utility")
    if len(served) > 1:
        raise InputError("utility", ", ".join(served), "one label")
    named = private | served
    if len(named) < len(private) + len(served):
        raise InputError("utility", ", ".join(served), "another name than that of what is hidden")
    if split is not None:
        named[SPLIT] = inputs.labels(split, n, "split")
    sources = np.arange(n) if source is None else inputs.labels(source, n, "source")
    if codes.ndim == 2:  # as in a file: equal rows are one picture
        sources = ties.tied(codes, sources)
    samples = make_samples(codes, named, source=sources)
    return Rows(samples, tuple(private), next(iter(served), None))


def specs(room: str, competitors: Any) -> tuple[str, ...]:
    """SPECs of one or several competitors: SPECs, classes and instances, registered where needed.

    Raises:
        InputError: for a class that is no competitor, and for two objects of one name.
    """
    if isinstance(competitors, (str, type)) or not isinstance(competitors, Sequence):
        competitors = [competitors]
    called: dict[str, Any] = {}
    listed = []
    for competitor in competitors:
        spec = _spec(room, competitor)
        first = called.setdefault(spec, competitor)
        if first is not competitor and registry.is_object(room, spec):
            hint = "one would hide the other; privbench.frozen(model, name=...)"
            raise InputError(room, f"two objects called {spec!r}", "a name for each", hint)
        listed.append(spec)
    return tuple(listed)


def _spec(room: str, competitor: Any) -> str:
    return competitor if isinstance(competitor, str) else registry.register(room, competitor)


def seeds(seed: int | Sequence[int]) -> tuple[int, ...]:
    """One seed or several, as a tuple. InputError if there is none, or one is no whole number."""
    several = (seed,) if isinstance(seed, int) else tuple(seed)
    if not several or not all(isinstance(one, int) for one in several):
        raise InputError("seed", repr(seed), "a whole number, or at least one of them")
    return several


def whole(argument: str, got: Any) -> int:
    """`got`, if it is a whole number of at least 1."""
    if isinstance(got, bool) or not isinstance(got, int) or got < 1:
        raise InputError(argument, repr(got), "a whole number of at least 1")
    return got


def settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Further fields of a Request. InputError with the closest match for one that there is not."""
    known = [f.name for f in fields(Request)]
    return {one_of("setting", name, known): _value(name, value) for name, value in given.items()}


def _value(name: str, value: Any) -> Any:
    """A field of a request; one value where several may stand becomes a tuple of one."""
    if name not in SEVERAL:
        return value
    single = isinstance(value, str) or not isinstance(value, Sequence)
    return (value,) if single else tuple(value)


def home(name: str, samples: Samples) -> Path:
    """A folder of its own for these rows: the same rows come back to it."""
    return HOME / f"{name}-{fingerprints.content(samples)}"
