"""One group of cells -> records. Competitors may fail: a failure is a row with a reason, never a number."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from . import codes as encoding
from . import memo, memory, metrics, seeds
from .folds import make
from .plan import Cell, Group
from .registry import settings_text
from .types import Array, Codes, Fold, Record, Samples

ROLES = ("privacy", "utility")


def run(group: Group, samples: Samples, *, cache: Path | None = None) -> Iterator[tuple[Cell, list[Record]]]:
    """Fit or read the group's encoder, encode every row once, and let each attacker try each release for both roles."""
    codes = releases(group, samples, cache=cache)
    for cell in group.cells():
        yield cell, attack(group, cell, samples, codes)


def releases(group: Group, samples: Samples, *, cache: Path | None = None) -> Codes | str:
    """{release: codes of all rows} of the group's encoder, or why there are none."""
    try:
        return _releases(group, samples, fold_of(group, samples), cache)
    except Exception as error:  # a third party's code; whatever it raises is the result of the group's cells
        return f"defense: {_reason(error)}"


def attack(group: Group, cell: Cell, samples: Samples, codes: Codes | str) -> list[Record]:
    """The records of one cell: its attacker against each release, for both roles."""
    if isinstance(codes, str):
        return failed(group, cell, codes)
    fold = fold_of(group, samples)
    return [
        record
        for release, z in codes.items()
        for role in ROLES
        for record in _attack(group, cell, samples, fold, release, z, role)
    ]


def fold_of(group: Group, samples: Samples) -> Fold:
    """The fold of a group: the same for every defense and attacker."""
    plan = group.plan
    seed = seeds.stream(group.seed, plan.dataset, plan.protocol, "folds")
    all_folds = lambda: make(samples, plan.task, plan.protocol, plan.folds, seed=seed, test_copies=plan.test_copies)
    return memo.once(all_folds, "folds", plan.identity(), seed)[group.fold]


def failed(group: Group, cell: Cell, reason: str) -> list[Record]:
    """The rows of a cell that could not be measured at all."""
    return [Record(**_common(group, cell, role), status="failed", reason=reason) for role in ROLES]


def _releases(group: Group, samples: Samples, fold: Fold, cache: Path | None) -> dict[str, Array]:
    group.plan.unchanged()
    plan, seed = group.plan, seeds.stream(group.seed, group.plan.dataset, group.fold, _name(group.spec))
    keep = {"encoders": plan.cache != "none", "codes": plan.cache == "codes"}
    at = {name: cache / name / group.fingerprint if cache and keep[name] else None for name in keep}

    def fresh() -> dict[str, Array]:
        made = encoding.encoder(
            group.defense, samples.take(fold.train), plan.task, seed=seed, device=plan.device, folder=at["encoders"]
        )
        return encoding.encode(made, samples.x)

    return encoding.cached(fresh, at["codes"])


def _attack(group: Group, cell: Cell, samples: Samples, fold: Fold, release: str, z: Array, role: str) -> list[Record]:
    """One attacker on one release for one role: a row per metric, or one row that says why there is no number."""
    target = group.plan.private if role == "privacy" else group.plan.utility
    labels, probe, test = samples.labels[target], fold.probe_rows(role), fold.test
    # Classes are renumbered to those in the probe rows; whoever is unseen there (-1) can only be missed.
    present = np.unique(labels[probe])
    y = np.searchsorted(present, labels[probe])
    truth = np.where(np.isin(labels[test], present), np.searchsorted(present, labels[test]), -1)
    about = _common(group, cell, role) | {
        "release": release, "n_train": len(probe), "n_test": len(test),
        "n_train_sources": len(np.unique(samples.source[probe])),
        "n_test_sources": len(np.unique(samples.source[test])), "code_dim": int(np.prod(z.shape[1:])),
    }  # fmt: skip
    known, started = memory.take(z, probe), time.perf_counter()
    try:
        if why := cell.attacker.skip(known, y):
            return [Record(**about, status="skipped", reason=why)]
        names = (_name(group.spec), release, role, _name(cell.spec))
        seed = seeds.stream(group.seed, group.plan.dataset, group.fold, *names)
        adversary = cell.attacker.fit(known, y, source=samples.source[probe], seed=seed, device=group.plan.device)
        scores = np.asarray(adversary(z[test]))
        values = {name: metric(truth, scores) for name, metric in metrics.METRICS.items()}
        chances = {name: metrics.chance(name, y, truth, len(present)) for name in values}
        note, status = getattr(adversary, "note", ""), "ok" if getattr(adversary, "sound", True) else "weak"
    except Exception as error:
        return [Record(**about, status="failed", reason=_reason(error))]
    about |= {"seconds": time.perf_counter() - started, "status": status, "reason": note}
    return [Record(**about | {"metric": m, "value": v, "chance": chances[m]}) for m, v in values.items()]


def _name(spec: str) -> str:
    """Streams are named after competitors, not their settings: variants of one start alike and compare pairwise."""
    return spec.partition(":")[0]


def _common(group: Group, cell: Cell, role: str) -> dict[str, Any]:
    """What every row of a cell says."""
    plan = group.plan
    return {
        "dataset": plan.dataset, "protocol": plan.protocol, "defense": _name(group.spec),
        "settings": settings_text(group.defense), "release": "", "attacker": _name(cell.spec),
        "attacker_settings": settings_text(cell.attacker), "role": role,
        "target": plan.private if role == "privacy" else plan.utility, "metric": "accuracy", "value": None,
        "chance": None, "fold": group.fold, "seed": group.seed, "n_train": 0, "n_test": 0,
        "n_train_sources": 0, "n_test_sources": 0, "code_dim": 0, "seconds": 0.0, "precision": plan.precision,
        "device": plan.device, "version": plan.version,
        "plan": plan.fingerprint, "defense_code": plan.code("defenses", group.spec, group.defense),
        "attacker_code": plan.code("attackers", cell.spec, cell.attacker), "cell": cell.fingerprint,
    }  # fmt: skip


def _reason(error: Exception) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else "no message"
    return f"{type(error).__name__}: {first}"
