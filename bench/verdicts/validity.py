"""Why nothing may be concluded from finding nothing: attacks that broke, controls that were failed, odd data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..metrics import intervals
from ..metrics.certify import LEVEL, certify
from ..runner import controls, row_text
from ..types import Record, Runs
from . import baselines, flags
from .attempts import Tries, tries

ALARM = (
    0.999  # level at which the negative control is an alarm: a sound bench sees one in a thousand
)
INVERTED = (
    0.99  # level below chance: dealing folds evenly pushes guesses a little below it by itself
)
KNOWABLE = 0.2  # advantage that a positive control must offer to be a test of anybody


def objections(records: list[Record], runs: Runs, tried: Tries) -> list[str]:
    """Why nothing may be concluded from finding nothing."""
    why, real = [], [r for r in records if not r.control and r.attacker != "majority"]
    failed = sorted({f"{r.attacker_spec}: {r.reason}" for r in real if r.status == "failed"})
    if failed:
        why.append(
            f"failed: {failed[0]}" + (f", and {len(failed) - 1} more" if len(failed) > 1 else "")
        )
    absent = sorted({r.attacker_spec for r in real if r.status != "skipped"} - set(tried.names))
    if absent and not failed:
        why.append("not in every fold: " + ", ".join(absent))
    if not tried.certifiable:
        return [*why, "no attacker has a number in every fold"]
    sound = {r.attacker_spec for r in real if r.status == "ok"}
    weak = {r.attacker_spec for r in real if r.status == "weak"}
    if not (sound - weak) & set(tried.names):
        why.append("no attack got going in every fold")
    if any(r.flags.startswith("constant") for r in real):
        why.append("constant codes: there is nothing to attack")
    if any("repeated-codes" in r.flags and "same-codes-in-test" not in r.flags for r in real):
        why.append(
            "codes repeat, and equal codes are never divided: who looks them up was not tried"
        )
    wide = intervals.bonferroni(INVERTED, len(tried.names))
    for name, credit in zip(tried.names, tried.credits, strict=True):
        least = min(tried.chance, _unrelated(real, name, runs))
        if (
            name not in weak
            and certify(1 - credit[None], tried.source, seed=0, level=wide).low > 1 - least
        ):
            why.append(
                f"{name} is significantly below chance: information that can be inverted, or a broken split"
            )
    if (unseen := np.mean([run.unseen for run in runs.values()])) > flags.UNSEEN:
        why.append(f"{100 * unseen:.0f}% of the test rows are of people that no attacker was shown")
    return why + failed_controls(records, runs, tried.names)


def _unrelated(records: Sequence[Record], name: str, runs: Runs) -> float:
    """What an attacker would earn whose answers had nothing to do with the rows."""
    own = {(r.seed, r.fold): r for r in records if r.attacker_spec == name and r.answers}
    return baselines.unrelated(
        [row_text.read_classes(own[key].answers) for key in runs],
        [run.person for run in runs.values()],
    )


def failed_controls(records: Sequence[Record], runs: Runs, names: Sequence[str]) -> list[str]:
    """Which controls were failed, or not run by every one of the attackers with these names and in every seed."""
    why = []
    for name in (*controls.POSITIVE, controls.NEGATIVE):
        own = [r for r in records if r.control == name]
        tried = tries(own, runs, _keys(own))
        found = tried.certify(ALARM if name == controls.NEGATIVE else LEVEL)
        absent = {seed for seed, _ in runs} - {r.seed for r in own}
        if found is None or absent:
            why.append(
                f"control {name} has no number: its fold was not run, or every attacker failed"
            )
        elif without := sorted(set(names) - set(tried.names)):
            why.append(f"control {name} has no number of " + ", ".join(without))
        elif name == controls.NEGATIVE:
            if found.low > tried.chance:
                best = tried.names[found.best]
                why.append(
                    f"negative control: {best} finds {100 * found.mean:.1f}% where people were dealt anew"
                )
        elif (knowable := _knowable(own)) - tried.chance <= KNOWABLE * (1 - tried.chance):
            why.append(
                f"control {name} could test nobody: {100 * knowable:.1f}% could be known of so few dimensions"
            )
        elif found.low <= tried.chance:
            why.append(
                f"control {name} missed: {100 * found.mean:.1f}% by {tried.names[found.best]}, chance "
                f"{100 * tried.chance:.1f}%, {100 * knowable:.1f}% could be known"
            )
    return why


def recovered(records: Sequence[Record], runs: Runs) -> tuple[str, ...]:
    """A sentence for each positive control: what its best attacker found of what could be known."""
    found = []
    for name in controls.POSITIVE:
        own = [r for r in records if r.control == name]
        tried = tries(own, runs, _keys(own))
        if tried.names:
            best = int(tried.credits.mean(1).argmax())
            got, knowable = 100 * float(tried.credits[best].mean()), 100 * _knowable(own)
            found.append(
                f"{name}: {got:.1f}% by {tried.names[best]}, {knowable:.1f}% could be known"
            )
    return tuple(found)


def _keys(records: Sequence[Record]) -> list[tuple[int, int]]:
    return sorted({(r.seed, r.fold) for r in records})


def _knowable(records: Sequence[Record]) -> float:
    return float(
        np.mean(
            [r.value for r in records if r.metric == "knowable" and r.value is not None] or [0.0]
        )
    )
