"""Signs that an attack, a split or a release is not what it seems, each with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from ..runner import controls, row_text
from ..types import Array, Record, Runs

FEW = 0.1  # advantage that must be visible, or there are too few rows
UNSEEN = 0.05  # share of test rows of unseen people beyond which a low number says nothing
LEVEL = 0.01  # of the paired comparisons behind a flag
CAPABLE = ("svm", "mlp", "boosting", "fc3", "cnn")  # which could do all that the plain ones do
PLAIN = ("lda", "sparse-lda", "linear", "knn")


def flags(records: Sequence[Record], runs: Runs, tried: Any) -> dict[str, str]:
    """{flag: evidence} of one release, from its records (controls too) and `tries.Tries` of the real attacks."""
    real = [r for r in records if not r.control]
    told = sorted({text.partition(": ") for r in real for text in r.flags.split(";") if text})
    found = {name: why for name, _, why in told}
    found |= _unfit(real) | _order(tried) | _rising(records, runs, tried) | _misses(records)
    if unseen := float(np.mean([run.unseen for run in runs.values()])):
        found["unseen-people"] = (
            f"{100 * unseen:.1f}% of the test rows are of people that no attacker was shown"
        )
    if twins := float(np.mean([run.twins for run in runs.values()])):
        found["duplicates"] = (
            f"the inputs of {100 * twins:.1f}% of the test rows are among those learnt from"
        )
    return found


def _unfit(real: Sequence[Record]) -> dict[str, str]:
    """Attackers that did not fit even their own training rows, or had not finished learning."""
    found = {}
    folds = len({(r.seed, r.fold) for r in real})
    for flag, of in (
        ("underfit", lambda r: r.status == "weak" and r.attacker != "majority"),
        ("budget-short", lambda r: "still improving" in r.reason),
    ):
        own: dict[str, set[tuple[int, int]]] = {}
        for r in real:
            if of(r):
                own.setdefault(r.attacker_spec, set()).add((r.seed, r.fold))
        if own:
            found[flag] = ", ".join(
                f"{name} in {len(keys)} of {folds} folds" for name, keys in sorted(own.items())
            )
    return found


def _order(tried: Any) -> dict[str, str]:
    """A plain attacker that surely beats every capable one shows that those are badly trained."""
    place = {name: i for i, name in enumerate(tried.names)}
    means = {name: float(tried.credits[i].mean()) for name, i in place.items()}
    plain = max(
        (n for n in place if n.partition(":")[0] in PLAIN), key=means.__getitem__, default=None
    )
    strong = max(
        (n for n in place if n.partition(":")[0] in CAPABLE), key=means.__getitem__, default=None
    )
    if plain is None or strong is None:
        return {}
    p = larger(tried.credits[place[plain]] - tried.credits[place[strong]], tried.source)
    text = f"{plain} {100 * means[plain]:.1f}%, {strong} {100 * means[strong]:.1f}%"
    return {"strong-below-weak": text} if p < LEVEL else {}


def _rising(records: Sequence[Record], runs: Runs, tried: Any) -> dict[str, str]:
    """The best attacker still learns from more of each person's pictures."""
    if not tried.names:
        return {}
    best = tried.names[int(tried.credits.mean(1).argmax())]
    own = {(r.control, r.seed, r.fold): r for r in records if r.hits and r.attacker_spec == best}
    keys = [
        (seed, fold)
        for name, seed, fold in own
        if name == controls.HALF and ("", seed, fold) in own
    ]
    if not keys:
        return {}
    full, half = (
        np.concatenate([row_text.read(own[name, *key].hits) for key in keys])
        for name in ("", controls.HALF)
    )
    source = np.concatenate([runs[key].source for key in keys])
    text = f"{best}: {100 * half.mean():.1f}% from half of each person's pictures, {100 * full.mean():.1f}% from all"
    return {"still-rising": text} if larger(full - half, source) < LEVEL else {}


def _misses(records: Sequence[Record]) -> dict[str, str]:
    """Attackers that recover less than half of a planted leak: weak against leaks of that kind, of this size."""
    found: dict[str, list[str]] = {}
    for name in controls.POSITIVE:
        for spec in sorted(
            {r.attacker_spec for r in records if r.control == name and r.attacker != "majority"}
        ):
            own = [r for r in records if r.control == name and r.attacker_spec == spec]
            got = [r.value for r in own if r.metric == "accuracy" and r.value is not None]
            best = [r.value for r in own if r.metric == "knowable" and r.value is not None]
            floor = [r.chance for r in own if r.metric == "accuracy" and r.chance is not None]
            if (
                got
                and best
                and np.mean(got) - np.mean(floor) < 0.5 * (np.mean(best) - np.mean(floor))
            ):
                found.setdefault(name, []).append(spec)
    return {f"misses-{name}": ", ".join(specs) for name, specs in found.items()}


def larger(difference: Array, source: Array) -> float:
    """One-sided p that the mean of differences (n,) is not above 0, by a t test on the sums of the sources (n,)."""
    _, group = np.unique(source, return_inverse=True)
    total = np.bincount(group, difference)
    if len(total) < 2 or np.ptp(total) == 0:
        return 0.0 if len(total) > 1 and total.sum() > 0 else 1.0
    t = total.mean() / (total.std(ddof=1) / np.sqrt(len(total)))
    return float(stats.t.sf(t, len(total) - 1))
