"""What a user may ask of a run, and the keys of a config file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from ..checks import InputError, one_of
from .plan import Plan

FOR_THE_READER = ("identity", "settings", "versions")  # what plan.toml adds to a config


@dataclass(frozen=True)
class Request:
    """What a user may ask of `privbench run`; the keys of a config file, with `-` for `_`.

    jobs: processes, `auto` for one a core, `0` for this process itself.
    """

    defense: tuple[str, ...]
    attacker: tuple[str, ...]
    dataset: str = "synthfaces"
    data_root: str | None = None
    utility: str | None = None
    private: str | None = None
    protocol: str = "closed-set"
    folds: int = 10
    fold: tuple[int, ...] = ()
    seed: tuple[int, ...] = (0,)
    jobs: str = "auto"
    engine: str = "local"
    address: str | None = None
    device: str = "auto"
    precision: str = "auto"
    cache: str = "encoders"
    plugin: tuple[str, ...] = ()
    test_copies: bool = False
    shares: tuple[float, ...] = ()
    threat: tuple[str, ...] = ()
    controlled: bool = True
    out: str | None = None


def from_config(values: dict[str, Any], path: str) -> dict[str, Any]:
    """The keys of a config file as those of a Request.

    Raises:
        InputError: for a key or a type that a Request does not have.
    """
    kinds = get_type_hints(Request)
    fields = {}
    for key, value in values.items():
        if key in FOR_THE_READER:
            continue
        name = one_of(f"{path}: key", key.replace("-", "_"), kinds)
        fields[name] = _typed(f"{path}: {key}", value, kinds[name])
    return fields


def _typed(argument: str, value: Any, kind: Any) -> Any:
    """A value of the kind that a field of a Request has; a list where it may have several."""
    many = get_origin(kind) is tuple
    single = get_args(kind)[0] if get_args(kind) else kind
    items = value if many and isinstance(value, list) else [value]
    if not all(type(item) is single for item in items):
        allowed = f"{single.__name__}" + (" or a list of them" if many else "")
        raise InputError(argument, repr(value), allowed)
    return tuple(items) if many else value


def to_config(request: Request, plan: Plan) -> dict[str, Any]:
    """The keys of plan.toml, which repeats the run as a config file: what was asked and planned."""
    root = request.data_root
    values = {
        "defense": list(plan.defenses),
        "attacker": list(plan.attackers),
        "dataset": plan.dataset,
        "data-root": str(Path(root).resolve()) if root else None,
        "utility": plan.utility or "none",
        "private": plan.private,
        "protocol": plan.protocol,
        "folds": plan.folds,
        "seed": list(plan.seeds),
        "jobs": request.jobs,
        "device": request.device,
        "precision": plan.precision,
        "cache": plan.cache,
        "plugin": list(plan.plugins),
        "test-copies": plan.test_copies,
        "shares": list(plan.shares),
        "threat": list(plan.threats),
        "controlled": plan.controlled,
    }
    return {key: value for key, value in values.items() if value is not None}
