"""One group of cells -> records. Competitors may fail: a failure is a row with a reason, never a number."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import seeds, suite
from ..metrics import pairs
from ..registry import settings_text
from ..toolkit import memoise, memory, sequences
from ..types import IGNORANT, Array, Codes, Encoder, Fold, Record, Samples
from . import attack as asking
from . import controls, diagnose, encoding, folds
from .plan import Cell, Group, Plan


def run(
    group: Group, samples: Samples, *, cache: Path | None = None
) -> Iterator[tuple[Cell, list[Record]]]:
    """Fit or read the group's encoder, encode every row once, and let each attacker try each release for both roles."""
    codes = releases(group, samples, cache=cache)
    for cell in group.cells():
        yield cell, attack(group, cell, samples, codes)


def releases(group: Group, samples: Samples, *, cache: Path | None = None) -> Codes | str:
    """{release: codes of all rows} of the group's encoder, or why there are none."""
    try:
        return _releases(group, samples, cache)
    except (
        Exception
    ) as error:  # a third party's code; whatever it raises is the result of the group's cells
        return f"defense: {_reason(error)}"


def attack(group: Group, cell: Cell, samples: Samples, codes: Codes | str) -> list[Record]:
    """The records of one cell: its attacker against each release, for every role, and against the controls."""
    if isinstance(codes, str):
        return failed(group, cell, codes)
    fold, records = fold_of(group, samples), []
    for release, z in codes.items():
        odd = ";".join(f"{name}: {why}" for name, why in _flags(group, samples, fold, z).items())
        for role in group.plan.roles:
            found = []
            for look in _looks(group, samples, fold, z, role):
                found += _attack(group, cell, samples, fold, role, release, look)
            if (
                group.plan.protocol == "open-set"
                and role == "privacy"
                and hasattr(cell.attacker, "compare")
            ):
                found += _compare(group, cell, samples, fold, release, z)
            records += [replace(r, flags=odd) for r in found]
        attacked = any(
            r.role == "privacy" and r.release == release and r.status != "skipped" for r in records
        )
        if attacked and not asking.needs_inputs(
            cell.attacker
        ):  # planted codes were made of no picture
            seed = seeds.stream(group.seed, group.plan.dataset, group.fold, "controls")
            names = controls.NAMES if group.plan.controlled else ()
            for name in controls.of_fold(group.fold, group.plan.folds, group.plan.shares, names):
                look = controls.look(name, z, samples, group.plan.private, fold, seed=seed)
                records += _attack(group, cell, samples, fold, "privacy", release, look)
    return records


def _looks(group: Group, samples: Samples, fold: Fold, z: Array, role: str) -> list[controls.Look]:
    """The release as it is, and to an attacker who has only learnt from the data as they were."""
    alike, about = (
        z.shape == samples.x.shape,
        (samples.told(group.plan.target(role)), fold.probe_rows(role)),
    )
    if group.spec == "raw":
        return [controls.Look(z, *about)]
    found = [controls.Look(z, *about, threat="informed" if alike else "latent")]
    if alike and IGNORANT in group.plan.threats:
        found.append(controls.Look(z, *about, threat=IGNORANT, learnt=samples.x))
    return found


def _flags(group: Group, samples: Samples, fold: Fold, z: Array) -> dict[str, str]:
    served = samples.labels.get(group.plan.utility)
    look = lambda: diagnose.flags(
        sequences.filled(z), sequences.filled(samples.x), served, fold.probe, fold.test
    )
    found = memoise.once(look, "flags", z, group.plan.identity(), group.fold, group.seed)
    return {
        name: why for name, why in found.items() if name != "equals-input" or group.spec != "raw"
    }


def fold_of(group: Group, samples: Samples) -> Fold:
    """The fold of a group: the same for every defense and attacker."""
    return folds_of(group.plan, group.seed, samples)[group.fold]


def folds_of(plan: Plan, seed: int, samples: Samples) -> list[Fold]:
    """All folds of one of the user's seeds."""
    dealt = seeds.stream(seed, plan.dataset, plan.protocol, "folds")
    make = lambda: folds.make(
        samples, plan.task, plan.protocol, plan.folds, seed=dealt, test_copies=plan.test_copies
    )
    return memoise.once(make, "folds", plan.identity(), dealt)


def failed(group: Group, cell: Cell, reason: str) -> list[Record]:
    """The rows of a cell that could not be measured at all."""
    return [
        Record(**_common(group, cell, role), status="failed", reason=reason)
        for role in group.plan.roles
    ]


def encoder(group: Group, samples: Samples, *, cache: Path | None = None) -> Encoder:
    """The group's encoder, fitted on the train side of its fold or read from the cache."""
    group.plan.unchanged()
    plan, seed = (
        group.plan,
        seeds.stream(group.seed, group.plan.dataset, group.fold, _name(group.spec)),
    )
    folder = cache / "encoders" / group.fingerprint if cache and plan.cache != "none" else None
    train = samples.take(fold_of(group, samples).train)
    return encoding.encoder(
        group.defense, train, plan.task, seed=seed, device=plan.device, folder=folder
    )


def _releases(group: Group, samples: Samples, cache: Path | None) -> Codes:
    folder = cache / "codes" / group.fingerprint if cache and group.plan.cache == "codes" else None
    group.plan.unchanged()
    return encoding.cached(
        lambda: encoding.encode(encoder(group, samples, cache=cache), samples.x), folder
    )


def _attack(
    group: Group,
    cell: Cell,
    samples: Samples,
    fold: Fold,
    role: str,
    release: str,
    look: controls.Look,
) -> list[Record]:
    """One attacker on one look at a release: a row per metric, or one row that says why there is no number."""
    about: dict[str, Any] = _common(group, cell, role) | _sizes(
        samples, look.probe, fold.test, look.z
    )
    about |= {"release": release, "control": look.control, "threat": look.threat}
    more = [look.control, look.threat if look.threat == IGNORANT else ""]
    names = (_name(group.spec), release, role, *filter(None, more), _name(cell.spec))
    seed = seeds.stream(group.seed, group.plan.dataset, group.fold, *names)
    started = time.perf_counter()
    try:
        people = samples.labels[group.plan.private]
        found = asking.ask(
            cell.attacker,
            look,
            samples,
            fold.test,
            people=people,
            seed=seed,
            device=group.plan.device,
        )
    except Exception as error:
        return [Record(**about, status="failed", reason=_reason(error))]
    if isinstance(found, str):
        return [Record(**about, status="skipped", reason=found)]
    about |= {
        "seconds": time.perf_counter() - started,
        "status": found.status,
        "reason": found.note,
    }
    of, people = found.errors
    rows = [
        Record(
            **about
            | {"metric": m, "value": v, "chance": chance, "error": of.get(m), "people": people}
        )
        for m, (v, chance) in found.numbers.items()
    ]
    return [replace(r, **found.text) if r.metric == "accuracy" else r for r in rows]


def _sizes(samples: Samples, probe: Array, test: Array, z: Array) -> dict[str, Any]:
    return {
        "n_train": len(probe),
        "n_test": len(test),
        "n_train_sources": len(np.unique(samples.source[probe])),
        "n_test_sources": len(np.unique(samples.source[test])),
        "code_dim": int(np.prod(z.shape[1:])),
    }


def _compare(
    group: Group, cell: Cell, samples: Samples, fold: Fold, release: str, z: Array
) -> list[Record]:
    """How well pairs of unseen people's codes are told apart by a similarity fitted on the encoder's own people."""
    private, rows, started = (
        samples.labels[group.plan.private],
        np.union1d(fold.probe, fold.test),
        time.perf_counter(),
    )
    seed = seeds.stream(
        group.seed, group.plan.dataset, group.fold, _name(group.spec), release, "pairs"
    )
    about = _common(group, cell, "privacy") | _sizes(samples, fold.train, rows, z)
    about.update(release=release)
    z = sequences.statistics(z) if z.ndim == 3 else z
    try:
        known, source = memory.take(z, fold.train), samples.source
        prepare, similar = cell.attacker.compare(
            known, private[fold.train], source=source[fold.train], seed=seed
        )
        found = pairs.measured(
            prepare(z[rows]), private[rows], similar, seed=seed, source=source[rows]
        )
    except Exception as error:
        return [replace(Record(**about), metric="auc", status="failed", reason=_reason(error))]
    about.update(seconds=time.perf_counter() - started)
    return [
        replace(Record(**about), metric=m, value=v, chance=blind) for m, (v, blind) in found.items()
    ]


def _name(spec: str) -> str:
    """Streams are named after competitors, not their settings: variants of one start alike and compare pairwise."""
    return spec.partition(":")[0]


def _common(group: Group, cell: Cell, role: str) -> dict[str, Any]:
    """What every row of a cell says."""
    plan = group.plan
    return {
        "dataset": plan.dataset,
        "protocol": plan.protocol,
        "defense": _name(group.spec),
        "settings": settings_text(group.defense),
        "release": "",
        "attacker": _name(cell.spec),
        "attacker_settings": settings_text(cell.attacker),
        "role": role,
        "target": plan.target(role),
        "metric": "accuracy",
        "value": None,
        "chance": None,
        "fold": group.fold,
        "seed": group.seed,
        "n_train": 0,
        "n_test": 0,
        "n_train_sources": 0,
        "n_test_sources": 0,
        "code_dim": 0,
        "seconds": 0.0,
        "precision": plan.precision,
        "device": plan.device,
        "version": plan.version,
        "plan": plan.fingerprint,
        "defense_code": plan.code("defenses", group.spec, group.defense),
        "attacker_code": plan.code("attackers", cell.spec, cell.attacker),
        "suite": suite.version_of(cell.spec),
        "cell": cell.fingerprint,
    }


def _reason(error: Exception) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else "no message"
    return f"{type(error).__name__}: {first}"
