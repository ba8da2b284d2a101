"""Why nothing may be concluded from finding nothing: failed attacks, missed controls, odd data.

To add an objection: give its code a line in `reasons.OBJECTIONS` (and in `reasons.ALWAYS_FATAL`, if
not even a leak is to be believed), and return it from `objections` or from one of its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..metrics import intervals
from ..metrics.certify import LEVEL, Certificate, certify
from ..reasons import Reason
from ..records import Record, RecordTable
from ..runner import controls
from . import baselines, by_row, flags
from .attempts import Attempts, Case, attempts_on_control
from .test_rows import Runs

ALARM = 0.999  # level of the negative control: a sound bench sees one alarm in a thousand
INVERTED = 0.99  # level below chance: folds dealt evenly push a guess a little below it
KNOWABLE = 0.2  # advantage that a positive control must offer to test any attacker


def objections(case: Case) -> list[Reason]:
    """Why nothing may be concluded from finding nothing in one release; empty where all is sound.

    Of a case in which nothing can be certified the controls are not asked for.
    """
    real = case.table.real_attackers
    reasons = _without_number(real, case.attempts)
    if not case.attempts.certifiable:
        text = "no attacker has a number in every fold"
        return [*reasons, Reason("no-complete-attack", text)]
    return [
        *reasons,
        *_unsound(real, case.attempts),
        *_odd_codes(real),
        *_below_chance(real, case),
        *_unseen(case.runs),
        *failed_controls(case.table, case.runs, case.attempts.names),
    ]


def _without_number(real: RecordTable, tried: Attempts) -> list[Reason]:
    """Attacks that failed or, where none did, attackers that lack a number in some fold."""
    failures = real.where(lambda r: r.status == "failed")
    if failures:
        return [_failed(failures)]
    asked = real.where(lambda r: r.status != "skipped").attackers
    absent = [spec for spec in asked if spec not in tried.names]
    if absent:
        return [Reason("attack-absent", "not in every fold: " + ", ".join(absent))]
    return []


def _failed(failures: RecordTable) -> Reason:
    """The first failure by name, and how many others there are."""
    errors = {f"{r.attacker_spec}: {r.reason}" for r in failures}
    first, *others = sorted(errors)
    text = f"failed: {first}"
    if others:
        text += f", and {len(others)} more"
    return Reason("attack-failed", text)


def _unsound(real: RecordTable, tried: Attempts) -> list[Reason]:
    """Where every attacker that was complete failed to get going in some fold."""
    sound = _with_status("ok", real) - _with_status("weak", real)
    if sound & set(tried.names):
        return []
    return [Reason("no-sound-attack", "no attack got going in every fold")]


def _with_status(status: str, real: RecordTable) -> set[str]:
    """SPECs of the attackers that have this status in some fold."""
    return {r.attacker_spec for r in real if r.status == status}


def _odd_codes(real: RecordTable) -> list[Reason]:
    """Codes that leave nothing to learn from."""
    reasons = []
    if any(_is_flagged(record, "constant") for record in real):
        reasons.append(Reason("constant-codes", "constant codes: there is nothing to attack"))
    if any(_repeats_undivided(record) for record in real):
        text = "codes repeat, and equal codes are never divided: who looks them up was not tried"
        reasons.append(Reason("lookup-untried", text))
    return reasons


def _is_flagged(record: Record, code: str) -> bool:
    return any(flag.code == code for flag in record.flags)


def _repeats_undivided(record: Record) -> bool:
    """Whether codes repeat, and none of them lies on both sides of the fold."""
    repeats = _is_flagged(record, "repeated-codes")
    return repeats and not _is_flagged(record, "same-codes-in-test")


def _below_chance(real: RecordTable, case: Case) -> list[Reason]:
    """Attackers whose predictions are wrong too often to be guesses."""
    tried = case.attempts
    level = intervals.bonferroni(INVERTED, len(tried.names))
    weak = _with_status("weak", real)
    reasons = []
    for name in tried.names:
        if name in weak:
            continue
        guessed = _unrelated(real, name, case.runs)
        expected = min(tried.chance, guessed)
        wrong = 1 - tried.credits_of(name)[None]
        certificate = certify(wrong, tried.source, seed=0, level=level)
        if certificate.low > 1 - expected:
            why = "information that can be inverted, or a broken split"
            text = f"{name} is significantly below chance: {why}"
            reasons.append(Reason("below-chance", text))
    return reasons


def _unrelated(real: RecordTable, name: str, runs: Runs) -> float:
    """What an attacker would earn whose predictions had nothing to do with the rows."""
    own = by_row.with_predictions(real).by_attacker()[name]
    predictions = [by_row.predictions(own, [run]) for run in runs]
    persons = [rows.person for rows in runs.values()]
    return baselines.unrelated(predictions, persons)


def _unseen(runs: Runs) -> list[Reason]:
    """More than a few test rows of people that no attacker was shown."""
    shares = [rows.unseen for rows in runs.values()]
    unseen = np.mean(shares)
    if unseen <= flags.UNSEEN:
        return []
    text = f"{unseen:.0%} of the test rows are of people that no attacker was shown"
    return [Reason("people-unseen", text)]


def failed_controls(table: RecordTable, runs: Runs, names: Sequence[str]) -> list[Reason]:
    """Which controls failed, or were not run by every attacker of these names in every seed."""
    reasons = []
    for control in (*controls.POSITIVE, controls.NEGATIVE):
        reasons += _failed_control(control, table.control(control), runs, names)
    return reasons


def _failed_control(
    control: str, own: RecordTable, runs: Runs, names: Iterable[str]
) -> list[Reason]:
    """own: the records of this control."""
    negative = control == controls.NEGATIVE
    tried = attempts_on_control(own, runs)
    certificate = tried.certify(ALARM if negative else LEVEL)
    seeds = {seed for seed, _ in runs}
    tried_seeds = {seed for seed, _ in own.runs}
    if certificate is None or seeds - tried_seeds:
        why = "its fold was not run, or every attacker failed"
        text = f"control {control} has no number: {why}"
        return [Reason("control-absent", text)]
    without = [name for name in sorted(names) if name not in tried.names]
    if without:
        text = f"control {control} has no number of {', '.join(without)}"
        return [Reason("control-incomplete", text)]
    if negative:
        return _alarm(tried, certificate)
    return _missed(control, tried, certificate, _knowable(own))


def _alarm(tried: Attempts, certificate: Certificate) -> list[Reason]:
    """The negative control: nothing may be found in it."""
    if certificate.low <= tried.chance:
        return []
    best = tried.names[certificate.best]
    earned = f"{certificate.mean:.1%}"
    text = f"negative control: {best} finds {earned} where people were dealt anew"
    return [Reason("negative-control", text)]


def _missed(
    control: str, tried: Attempts, certificate: Certificate, knowable: float
) -> list[Reason]:
    """A positive control: its leak, of known size, must be found."""
    offered = knowable - tried.chance
    if offered <= KNOWABLE * (1 - tried.chance):
        why = f"{knowable:.1%} could be known of so few dimensions"
        text = f"control {control} could test nobody: {why}"
        return [Reason("control-untestable", text)]
    if certificate.low > tried.chance:
        return []
    best = tried.names[certificate.best]
    earned = f"{certificate.mean:.1%} by {best}"
    chance = f"chance {tried.chance:.1%}"
    known = f"{knowable:.1%} could be known"
    text = f"control {control} missed: {earned}, {chance}, {known}"
    return [Reason("control-missed", text)]


def recovered(table: RecordTable, runs: Runs) -> tuple[str, ...]:
    """A sentence for each positive control: what its strongest attacker found of it."""
    sentences = []
    for control in controls.POSITIVE:
        own = table.control(control)
        tried = attempts_on_control(own, runs)
        if tried.names:
            name = tried.strongest
            accuracy = tried.credits_of(name).mean()
            earned = f"{accuracy:.1%} by {name}"
            known = f"{_knowable(own):.1%} could be known"
            sentences.append(f"{control}: {earned}, {known}")
    return tuple(sentences)


def _knowable(own: RecordTable) -> float:
    """The mean accuracy of the best attacker there is on a control, 0 where it is not known."""
    values = [r.value for r in own.of_metric("knowable") if r.value is not None]
    return float(np.mean(values or [0.0]))
