"""What every row of a cell says before anything is measured."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import suite
from ..registry import settings_text
from ..types import Array, Samples
from .plan import Cell, Group, name_of


def blank(group: Group, cell: Cell, role: str) -> dict[str, Any]:
    """Fields of a `Record` that are the same for every number of a cell in one role."""
    return (
        _competitors(group, cell)
        | _run(group)
        | {
            "release": "",
            "role": role,
            "target": group.plan.target(role),
            "metric": "accuracy",
            "value": None,
            "chance": None,
            "n_train": 0,
            "n_test": 0,
            "n_train_sources": 0,
            "n_test_sources": 0,
            "code_dim": 0,
            "seconds": 0.0,
            "cell": cell.fingerprint,
        }
    )


def _competitors(group: Group, cell: Cell) -> dict[str, Any]:
    plan = group.plan
    return {
        "dataset": plan.dataset,
        "defense": name_of(group.spec),
        "settings": settings_text(group.defense),
        "attacker": name_of(cell.spec),
        "attacker_settings": settings_text(cell.attacker),
        "defense_code": plan.code("defenses", group.spec, group.defense),
        "attacker_code": plan.code("attackers", cell.spec, cell.attacker),
        "suite": suite.version_of(cell.spec),
    }


def _run(group: Group) -> dict[str, Any]:
    plan = group.plan
    return {
        "protocol": plan.protocol,
        "fold": group.fold,
        "seed": group.seed,
        "precision": plan.precision,
        "device": plan.device,
        "version": plan.version,
        "plan": plan.fingerprint,
    }


def sizes(samples: Samples, probe: Array, test: Array, z: Array) -> dict[str, Any]:
    """Rows, independent pictures among them, and numbers a code."""
    return {
        "n_train": len(probe),
        "n_test": len(test),
        "n_train_sources": len(np.unique(samples.source[probe])),
        "n_test_sources": len(np.unique(samples.source[test])),
        "code_dim": int(np.prod(z.shape[1:])),
    }
