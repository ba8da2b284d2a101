"""One group of cells -> records. Competitors may fail.

A failure is a row with a reason, never a number.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from ..capabilities import can, offers
from ..metrics import pairs
from ..reasons import Reason
from ..records import Record
from ..toolkit import memoise, memory, sequences
from ..types import IGNORANT, Array, Codes, Encoder, Fold, Samples
from . import controls, diagnose, encoding, folds
from .attack import Measurement, Question, ask
from .controls import Look
from .plan import Cell, Group, Plan, name_of
from .template import blank, sizes


@dataclass(frozen=True)
class Place:
    """Where an attack takes place: a cell of a group, the rows, and the fold."""

    group: Group
    cell: Cell
    samples: Samples
    fold: Fold

    @property
    def people(self) -> Array:
        """(n,) class numbers of the private label."""
        return self.samples.labels[self.group.plan.private]


def run(
    group: Group, samples: Samples, *, cache: Path | None = None
) -> Iterator[tuple[Cell, list[Record]]]:
    """Fit or read the encoder, encode every row once, let each attacker try each release."""
    codes = releases(group, samples, cache=cache)
    for cell in group.cells():
        yield cell, attack(group, cell, samples, codes)


def releases(group: Group, samples: Samples, *, cache: Path | None = None) -> Codes | Reason:
    """{release: codes of all rows} of the group's encoder, or why there are none."""
    try:
        return _releases(group, samples, cache)
    # A third party's code: whatever it raises is the result of the group's cells.
    except Exception as error:
        return Reason("defense-failed", f"defense: {_first_line(error)}")


def attack(group: Group, cell: Cell, samples: Samples, codes: Codes | Reason) -> list[Record]:
    """The records of one cell: its attacker against each release, for every role, and controls."""
    if isinstance(codes, Reason):
        return failed(group, cell, codes)
    place = Place(group, cell, samples, fold_of(group, samples))
    records: list[Record] = []
    for release, z in codes.items():
        measured = _measure(place, release, z)
        records += measured
        attacked = [r for r in measured if r.role == "privacy" and r.status != "skipped"]
        # Planted codes were made of no picture.
        if attacked and not can(cell.attacker, "needs_inputs"):
            records += _control(place, release, z)
    return records


def failed(group: Group, cell: Cell, reason: Reason) -> list[Record]:
    """The rows of a cell that could not be measured at all."""
    rows = [Record(**blank(group, cell, role), status="failed") for role in group.plan.roles]
    return [row.because(reason) for row in rows]


def fold_of(group: Group, samples: Samples) -> Fold:
    """The fold of a group: the same for every defense and attacker."""
    return folds_of(group.plan, group.seed, samples)[group.fold]


def folds_of(plan: Plan, seed: int, samples: Samples) -> list[Fold]:
    """All folds of one of the user's seeds. InputError where they are impossible."""
    dealt = plan.fold_seed(seed)
    make = partial(
        folds.make,
        samples,
        plan.task,
        plan.protocol,
        plan.folds,
        seed=dealt,
        test_copies=plan.test_copies,
    )
    return memoise.once(make, "folds", plan.identity(), dealt)


def encoder(group: Group, samples: Samples, *, cache: Path | None = None) -> Encoder:
    """The group's encoder, fitted on the train side of its fold or read from the cache."""
    plan = group.plan
    plan.unchanged()
    keep = cache is not None and plan.cache != "none"
    folder = cache / "encoders" / group.fingerprint if cache is not None and keep else None
    train = samples.take(fold_of(group, samples).train)
    seed = group.stream(name_of(group.spec))
    return encoding.encoder(
        group.defense, train, plan.task, seed=seed, device=plan.device, folder=folder
    )


def _releases(group: Group, samples: Samples, cache: Path | None) -> Codes:
    group.plan.unchanged()
    keep = cache is not None and group.plan.cache == "codes"
    folder = cache / "codes" / group.fingerprint if cache is not None and keep else None

    def encoded() -> Codes:
        return encoding.encode(encoder(group, samples, cache=cache), samples.x)

    return encoding.cached(encoded, folder)


def _measure(place: Place, release: str, z: Array) -> list[Record]:
    """One release: every role, by what the attacker may have learnt from, and pairs of people."""
    plan = place.group.plan
    flags = _flags(place, z)
    records: list[Record] = []
    for role in plan.roles:
        for look in _looks(place, z, role):
            records += _attack(place, role, release, look)
        of_pairs = plan.protocol == "open-set" and role == "privacy"
        if of_pairs and offers(place.cell.attacker, "compare"):
            records += _compare(place, release, z)
    return [replace(record, flags=flags) for record in records]


def _control(place: Place, release: str, z: Array) -> list[Record]:
    """The controls that belong to this fold."""
    group, plan = place.group, place.group.plan
    seed = group.stream("controls")
    names = controls.NAMES if plan.controlled else ()
    records: list[Record] = []
    for name in controls.of_fold(group.fold, plan.folds, plan.shares, names):
        look = controls.look(name, z, place.samples, plan.private, place.fold, seed=seed)
        records += _attack(place, "privacy", release, look)
    return records


def _looks(place: Place, z: Array, role: str) -> list[Look]:
    """The release as it is, and to an attacker who has only learnt from the data as they were."""
    group, samples = place.group, place.samples
    labels = samples.values(group.plan.target(role))
    probe = place.fold.probe_rows(role)
    if group.spec == "raw":
        return [Look(z, labels, probe)]
    same_shape = z.shape == samples.x.shape
    threat = "informed" if same_shape else "latent"
    looks = [Look(z, labels, probe, threat=threat)]
    if same_shape and IGNORANT in group.plan.threats:
        looks.append(Look(z, labels, probe, threat=IGNORANT, learnt=samples.x))
    return looks


def _flags(place: Place, z: Array) -> tuple[Reason, ...]:
    """What is odd about a release; raw data are their input by definition."""
    group, samples, fold = place.group, place.samples, place.fold
    served = samples.labels.get(group.plan.utility)

    def diagnosed() -> tuple[Reason, ...]:
        filled = sequences.filled(z)
        return diagnose.flags(filled, sequences.filled(samples.x), served, fold.probe, fold.test)

    key = ("flags", z, group.plan.identity(), group.fold, group.seed)
    flags = memoise.once(diagnosed, *key)
    expected = "equals-input" if group.spec == "raw" else ""
    return tuple(flag for flag in flags if flag.code != expected)


def _attack(place: Place, role: str, release: str, look: Look) -> list[Record]:
    """One attacker on one look at a release.

    A row per metric, or one that says why there is none.
    """
    group, samples, fold = place.group, place.samples, place.fold
    about = blank(group, place.cell, role) | sizes(samples, look.probe, fold.test, look.z)
    about |= {"release": release, "control": look.control, "threat": look.threat}
    seed = group.stream(*_stream_names(place, role, release, look))
    question = Question(look, samples, fold.test, place.people, seed, group.plan.device)
    started = time.perf_counter()
    try:
        answer = ask(place.cell.attacker, question)
    except Exception as error:
        reason = Reason("attack-failed", _first_line(error))
        return [Record(**about, status="failed").because(reason)]
    if isinstance(answer, Reason):
        return [Record(**about, status="skipped").because(answer)]
    about |= {"seconds": time.perf_counter() - started, "status": answer.status}
    return _rows(Record(**about).because(answer.note), answer)


def _stream_names(place: Place, role: str, release: str, look: Look) -> list[str]:
    """What an attack draws from: names alone, so that adding a competitor moves no number."""
    threat = look.threat if look.threat == IGNORANT else ""
    optional = [name for name in (look.control, threat) if name]
    defense, attacker = name_of(place.group.spec), name_of(place.cell.spec)
    return [defense, release, role, *optional, attacker]


def _rows(base: Record, measured: Measurement) -> list[Record]:
    """A row per metric; the accuracy carries what happened on each test row."""
    rows = []
    for metric, (value, chance) in measured.numbers.items():
        error = measured.errors.get(metric)
        row = replace(
            base,
            metric=metric,
            value=value,
            chance=chance,
            error=error,
            people=measured.people,
        )
        texts = measured.row_texts if metric == "accuracy" else {}
        rows.append(replace(row, **texts))
    return rows


def _compare(place: Place, release: str, z: Array) -> list[Record]:
    """How well pairs of unseen people's codes are told apart.

    The similarity is fitted on the people that the encoder was fitted on.
    """
    group, samples, fold = place.group, place.samples, place.fold
    rows = np.union1d(fold.probe, fold.test)
    about = blank(group, place.cell, "privacy") | sizes(samples, fold.train, rows, z)
    about |= {"release": release, "metric": "auc"}
    seed = group.stream(name_of(group.spec), release, "pairs")
    started = time.perf_counter()
    try:
        numbers = _pair_numbers(place, z, rows, seed)
    except Exception as error:
        reason = Reason("attack-failed", _first_line(error))
        return [Record(**about, status="failed").because(reason)]
    base = replace(Record(**about), seconds=time.perf_counter() - started)
    return [
        replace(base, metric=metric, value=value, chance=chance)
        for metric, (value, chance) in numbers.items()
    ]


def _pair_numbers(place: Place, z: Array, rows: Array, seed: int) -> dict[str, tuple[float, float]]:
    train, source = place.fold.train, place.samples.source
    vectors = sequences.statistics(z) if z.ndim == 3 else z
    prepare, similarity = place.cell.attacker.compare(
        memory.take(vectors, train), place.people[train], source=source[train], seed=seed
    )
    codes = prepare(vectors[rows])
    return pairs.measured(codes, place.people[rows], similarity, seed=seed, source=source[rows])


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    first = text.splitlines()[0] if text else "no message"
    return f"{type(error).__name__}: {first}"
