"""Records and evidence -> one verdict for each release: `leaks`, `no leak found`, or `invalid` and why.

leaks: the certified lower limit of the worst adversary lies above chance and above what the task
label alone reveals. no leak found: it does not, every control was passed, and the upper limit and
the smallest leakage that could have been seen are quoted. invalid: anything else, because missing
is not private and neither is a failed attack. There is no word for "hidden": no probe can exclude a
keyed channel.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import suite
from .. import text as sheet
from ..metrics import intervals, pairs
from ..metrics.certify import LEVEL
from ..types import IGNORANT, Record, Runs
from . import baselines
from . import flags as flagged
from .attempts import tries
from .validity import objections, recovered

CAVEAT = "No probe can exclude a keyed channel: who has no key finds nothing in it."


@dataclass(frozen=True)
class Verdict:
    """One release and one private label; a row of verdicts.csv. ci_low is certified, ci_high holds for all tried."""

    target: str
    release: str
    verdict: str
    worst_attacker: str
    leakage: float | None
    ci_low: float | None
    ci_high: float | None
    chance: float | None
    label_only: float | None
    minimum_detectable: float | None
    flags: str
    suite: str
    reason: str
    dataset: str
    protocol: str
    defense: str
    settings: str
    plan: str
    evidence: tuple[str, ...] = ()  # of the flags, for the reader; not in the file

    @property
    def name(self) -> str:
        defense = f"{self.defense}:{self.settings}" if self.settings else self.defense
        return f"{defense} / {self.release}" if self.release else defense


COLUMNS = [f.name for f in dataclasses.fields(Verdict) if f.name != "evidence"]


@dataclass(frozen=True)
class Recognition:
    """How well pairs of unseen people's codes are told apart: AUC with its limits, and every other measure's mean."""

    attacker: str
    auc: float
    low: float
    high: float
    means: dict[str, tuple[float, float]]  # measure -> (value, what it is where nothing leaks)

    def sentence(self) -> str:
        shown = [
            f"{name} {value:.3f} (blind {blind:.3f})" for name, (value, blind) in self.means.items()
        ]
        return f"pairs of unseen people, by {self.attacker}: " + ", ".join(shown)


def verdicts(records: Sequence[Record], runs: Runs) -> list[Verdict]:
    """Of each release in the records of one plan, in their order."""
    groups: dict[tuple[str, str], list[Record]] = {}
    for r in records:
        if (r.seed, r.fold) in runs:
            groups.setdefault((r.defense, r.settings), []).append(r)
    found, alone = [], baselines.label_only(runs) if runs else float("nan")
    for own in groups.values():
        privacy = [r for r in own if r.role == "privacy"]
        for release in sorted({r.release for r in privacy if r.release}) or [""]:
            read = [
                r
                for r in own
                if (r.role, r.release) == ("utility", release) and r.threat != IGNORANT
            ]
            told = min(alone, baselines.carried(read, runs))
            found.append(
                _verdict(
                    [r for r in privacy if r.release in (release, "")], release, runs, alone, told
                )
            )
    return found


def _verdict(records: list[Record], release: str, runs: Runs, alone: float, told: float) -> Verdict:
    """alone: what the task label tells. told: as much of it as can be read from this release."""
    every = [r for r in records if not r.control and r.attacker != "majority"]
    real = [
        r for r in every if r.threat != IGNORANT
    ]  # whose soundness decides; a leak counts whoever finds it
    level = intervals.bonferroni(
        LEVEL, 2
    )  # two looks: at names and, where people are unseen, at pairs
    recognised, known, tried = (
        recognition(real, level),
        *(tries(rs, runs, sorted(runs)) for rs in (real, every)),
    )
    found = tried.certify(level if recognised else LEVEL)
    own = [r for r in records if r.threat != IGNORANT]
    odd = flagged.flags(own, runs, known)
    broken = objections(own, runs, known)
    about: dict[str, Any] = _about(records[0], real, release) | {"label_only": alone}
    if found is None:
        return Verdict(
            **about,
            verdict="invalid",
            worst_attacker="",
            leakage=None,
            ci_low=None,
            ci_high=None,
            chance=None,
            minimum_detectable=None,
            flags=";".join(odd),
            reason="; ".join(broken),
            evidence=_lines(odd),
        )
    floor = max(told, tried.chance)
    leak = min(found.low, found.mean) > floor
    smallest = intervals.smallest_visible(
        floor, len(np.unique(tried.source)) // 2, intervals.bonferroni(LEVEL, 2)
    )
    odd |= _limits(floor, smallest, told=not leak and found.low > tried.chance)
    paired = recognised is not None and recognised.low > 0.5
    fatal = [why for why in broken if not (leak or paired) or why.startswith("negative control")]
    about |= {"flags": ";".join(odd), "reason": "; ".join(fatal)}
    lines = (
        _lines(odd) + recovered(records, runs) + ((recognised.sentence(),) if recognised else ())
    )
    if recognised and paired and not leak and not fatal:
        return Verdict(
            **about,
            verdict="leaks",
            worst_attacker=f"{recognised.attacker} (AUC)",
            leakage=recognised.auc,
            ci_low=recognised.low,
            ci_high=recognised.high,
            chance=0.5,
            minimum_detectable=None,
            evidence=lines,
        )
    return Verdict(
        **about,
        verdict="invalid" if fatal else "leaks" if leak else "no leak found",
        worst_attacker=tried.names[found.best],
        leakage=found.mean,
        ci_low=found.low,
        ci_high=found.high,
        chance=tried.chance,
        minimum_detectable=smallest if np.isfinite(smallest) else None,
        evidence=lines,
    )


def _about(first: Record, real: Sequence[Record], release: str) -> dict[str, Any]:
    return {
        "target": first.target,
        "release": release,
        "dataset": first.dataset,
        "protocol": first.protocol,
        "defense": first.defense,
        "settings": first.settings,
        "plan": first.plan,
        "suite": suite.complete({r.attacker_spec for r in real}),
    }


def _limits(floor: float, smallest: float, *, told: bool) -> dict[str, str]:
    """Flags of what a number cannot say."""
    found = {}
    if told:
        found["told-by-the-task"] = (
            f"the task label, as it is read from the codes, tells {100 * floor:.1f}%"
        )
    if smallest - floor > flagged.FEW * (1 - floor):
        least = (
            f"no leak below {100 * smallest:.1f}%"
            if np.isfinite(smallest)
            else "no leak of any size"
        )
        found["too-few-rows"] = f"{least} could have been seen"
    return found


def recognition(records: Sequence[Record], level: float) -> Recognition | None:
    """What pairs say: the AUC with its corrected t interval over folds, or a single fold's bootstrap over people."""
    own = [r for r in records if r.value is not None and r.status == "ok"]
    aucs = {(r.seed, r.fold): r for r in own if r.metric == "auc"}
    if not aucs:
        return None
    mean = lambda name, of: float(np.mean([getattr(r, of) for r in own if r.metric == name]))
    means = {
        n: (mean(n, "value"), mean(n, "chance"))
        for n in pairs.MEASURES
        if any(r.metric == n for r in own)
    }
    rows = list(aucs.values())
    values = [float(r.value or 0.0) for r in rows]
    if len(rows) > 1:
        sizes = [r.n_train_sources for r in rows], [r.n_test_sources for r in rows]
        auc, low, high = intervals.nadeau_bengio(values, *sizes, level)
    else:
        ends = {r.metric: r.value for r in own}
        auc, low, high = values[0], ends.get("auc_low") or 0.0, ends.get("auc_high") or 1.0
    return Recognition(rows[0].attacker_spec, auc, low, high, means)


def _lines(flags: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}: {text}" if text else name for name, text in flags.items())


def to_csv(found: Sequence[Verdict]) -> str:
    return sheet.to_csv(COLUMNS, (dataclasses.asdict(v) for v in found))


def to_markdown(found: Sequence[Verdict], people: Sequence[str] = ()) -> str:
    """A line for each release, then what speaks for and against each number, and who is exposed."""
    lines = [
        "| release | target | verdict | leakage [certified, at most] | worst attacker | chance | label alone |"
    ]
    lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
    for v in found:
        number = (
            "–"
            if v.leakage is None
            else f"{_percent(v.leakage)} [{_percent(v.ci_low)}, {_percent(v.ci_high)}]"
        )
        cells = [
            v.name,
            v.target,
            v.verdict,
            number,
            v.worst_attacker,
            _percent(v.chance),
            _percent(v.label_only),
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    lines += ["", f"Percent of rows. {CAVEAT}", ""]
    for v in found:
        said = [f"invalid: {v.reason}"] if v.reason else []
        if v.verdict == "no leak found" and v.minimum_detectable is not None:
            said.append(
                f"no adversary tried is worth more than {_percent(v.ci_high)}%; what leaks less than "
                f"{_percent(v.minimum_detectable)}% could not have been seen"
            )
        if said or v.evidence:
            lines.append(f"- {v.name} ({v.target}): " + "; ".join([*said, *v.evidence]) + ".")
    lines += ["", *(f"- {text}" for text in people)]
    return "\n".join(lines).rstrip() + "\n"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"
