"""Records and evidence -> one verdict for each release: `leaks`, `no leak found`, or `invalid` and why.

leaks: the certified lower limit of the worst adversary lies above chance and above what the task label alone reveals.
no leak found: it does not, every control was passed, and the upper limit and the smallest leakage that could have been
seen are quoted. invalid: anything else, because missing is not private and neither is a failed attack. There is no
word for "hidden": no probe can exclude a keyed channel.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import controls, flagged, hits, pairs, sheet, stats, suite
from .certify import Certificate, certify
from .types import Array, Record, Runs

LEVEL = 0.95
ALARM = 0.999  # level at which the negative control is an alarm: a sound bench sees one in a thousand
INVERTED = 0.99  # level below chance: dealing folds evenly pushes guesses a little below it by itself
KNOWABLE = 0.2  # advantage that a positive control must offer to be a test of anybody
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
class Tries:
    """What the attackers of one look at a release earned: credits (m, n), and the source of each of the n rows."""

    names: tuple[str, ...]
    credits: Array
    source: Array
    chance: float

    def certify(self, level: float = LEVEL) -> Certificate | None:
        few = not self.names or len(np.unique(self.source)) < 2
        return None if few else certify(self.credits, self.source, seed=0, level=level)


@dataclass(frozen=True)
class Recognition:
    """How well pairs of unseen people's codes are told apart: AUC with its limits, and every other measure's mean."""

    attacker: str
    auc: float
    low: float
    high: float
    means: dict[str, tuple[float, float]]  # measure -> (value, what it is where nothing leaks)

    def sentence(self) -> str:
        shown = [f"{name} {value:.3f} (blind {blind:.3f})" for name, (value, blind) in self.means.items()]
        return f"pairs of unseen people, by {self.attacker}: " + ", ".join(shown)


def verdicts(records: Sequence[Record], runs: Runs) -> list[Verdict]:
    """Of each release in the records of one plan, in their order."""
    groups: dict[tuple[str, str], list[Record]] = {}
    for r in records:
        if r.role == "privacy" and (r.seed, r.fold) in runs:
            groups.setdefault((r.defense, r.settings), []).append(r)
    found = []
    for own in groups.values():
        for release in sorted({r.release for r in own if r.release}) or [""]:
            found.append(_verdict([r for r in own if r.release in (release, "")], release, runs))
    return found


def tries(records: Sequence[Record], runs: Runs, keys: Sequence[tuple[int, int]]) -> Tries:
    """The attackers that have a number in every one of these (seed, fold), with their credits side by side."""
    by: dict[str, dict[tuple[int, int], Record]] = {}
    for r in records:
        if r.hits and r.metric == "accuracy" and r.attacker != "majority":  # who does not look is no adversary
            by.setdefault(r.attacker_spec, {})[r.seed, r.fold] = r
    whole = {name: rs for name, rs in sorted(by.items()) if all(key in rs for key in keys)}
    credits = [np.concatenate([hits.read(rs[key].hits) for key in keys]) for rs in whole.values()]
    source = np.concatenate([runs[key].source for key in keys]) if keys else np.zeros(0)
    some = next(iter(whole.values()), {})
    sizes = [len(runs[key].rows) for key in keys if some]
    chance = float(np.average([some[key].chance or 0.0 for key in keys], weights=sizes)) if some else float("nan")
    return Tries(tuple(whole), np.array(credits), source, chance)


def _verdict(records: list[Record], release: str, runs: Runs) -> Verdict:
    keys = sorted(runs)
    real = [r for r in records if not r.control and r.attacker != "majority"]
    level = stats.bonferroni(LEVEL, 2)  # two looks: at names and, where people are unseen, at pairs
    recognised = recognition(real, level)
    tried = tries(real, runs, keys)
    found, first = tried.certify(level if recognised else LEVEL), records[0]
    label_only = float(np.concatenate([runs[key].label_only for key in keys]).mean())
    odd = flagged.flags(records, runs, tried)
    broken = _broken(records, runs, tried, found)
    about = {
        "target": first.target, "release": release, "dataset": first.dataset, "protocol": first.protocol,
        "defense": first.defense, "settings": first.settings, "plan": first.plan,
        "suite": suite.complete({r.attacker_spec for r in real}), "label_only": label_only,
    }  # fmt: skip
    if found is None:
        return Verdict(
            **about, verdict="invalid", worst_attacker="", leakage=None, ci_low=None, ci_high=None, chance=None,
            minimum_detectable=None, flags=_names(odd), reason="; ".join(broken), evidence=_lines(odd),
        )  # fmt: skip
    leak = min(found.low, found.mean) > max(tried.chance, label_only)
    smallest = stats.smallest_visible(tried.chance, len(np.unique(tried.source)) // 2, stats.bonferroni(LEVEL, 2))
    if smallest - tried.chance > flagged.FEW * (1 - tried.chance):
        least = f"no leak below {100 * smallest:.1f}%" if np.isfinite(smallest) else "no leak of any size"
        odd = {**odd, "too-few-rows": f"{least} could have been seen"}
    paired = recognised is not None and recognised.low > 0.5
    fatal = [why for why in broken if not (leak or paired) or why.startswith("negative control")]
    lines = _lines(odd) + recovered(records, runs) + ((recognised.sentence(),) if recognised else ())
    if recognised and paired and not leak and not fatal:
        return Verdict(
            **about, verdict="leaks", worst_attacker=f"{recognised.attacker} (AUC)", leakage=recognised.auc,
            ci_low=recognised.low, ci_high=recognised.high, chance=0.5, minimum_detectable=None, flags=_names(odd),
            reason="", evidence=lines,
        )  # fmt: skip
    return Verdict(
        **about, verdict="invalid" if fatal else "leaks" if leak else "no leak found",
        worst_attacker=tried.names[found.best], leakage=found.mean, ci_low=found.low, ci_high=found.high,
        chance=tried.chance, minimum_detectable=smallest if np.isfinite(smallest) else None, flags=_names(odd),
        reason="; ".join(fatal), evidence=lines,
    )  # fmt: skip


def recognition(records: Sequence[Record], level: float) -> Recognition | None:
    """What pairs say: the AUC with its corrected t interval over folds, or a single fold's bootstrap over people."""
    own = [r for r in records if r.value is not None and r.status == "ok"]
    aucs = {(r.seed, r.fold): r for r in own if r.metric == "auc"}
    if not aucs:
        return None
    mean = lambda name, of: float(np.mean([getattr(r, of) for r in own if r.metric == name]))
    means = {n: (mean(n, "value"), mean(n, "chance")) for n in pairs.MEASURES if any(r.metric == n for r in own)}
    rows = list(aucs.values())
    values = [float(r.value or 0.0) for r in rows]
    if len(rows) > 1:
        sizes = [r.n_train_sources for r in rows], [r.n_test_sources for r in rows]
        auc, low, high = stats.nadeau_bengio(values, *sizes, level)
    else:
        ends = {r.metric: r.value for r in own}
        auc, low, high = values[0], ends.get("auc_low") or 0.0, ends.get("auc_high") or 1.0
    return Recognition(rows[0].attacker_spec, auc, low, high, means)


def _broken(records: list[Record], runs: Runs, tried: Tries, found: Certificate | None) -> list[str]:
    """Why nothing may be concluded from finding nothing."""
    why, real = [], [r for r in records if not r.control and r.attacker != "majority"]
    failed = sorted({f"{r.attacker_spec}: {r.reason}" for r in real if r.status == "failed"})
    if failed:
        why.append(f"failed: {failed[0]}" + (f", and {len(failed) - 1} more" if len(failed) > 1 else ""))
    absent = sorted({r.attacker_spec for r in real if r.status != "skipped"} - set(tried.names))
    if absent and not failed:
        why.append("not in every fold: " + ", ".join(absent))
    if found is None:
        return [*why, "no attacker has a number in every fold"]
    sound = {r.attacker_spec for r in real if r.status == "ok"}
    weak = {r.attacker_spec for r in real if r.status == "weak"}
    if not (sound - weak) & set(tried.names):
        why.append("no attack got going in every fold")
    if any(r.flags.startswith("constant") for r in real):
        why.append("constant codes: there is nothing to attack")
    if any("repeated-codes" in r.flags and "same-codes-in-test" not in r.flags for r in real):
        why.append("codes repeat, and equal codes are never divided: who looks them up was not tried")
    wide = stats.bonferroni(INVERTED, len(tried.names))
    for name, credit in zip(tried.names, tried.credits, strict=True):
        if name not in weak and certify(1 - credit[None], tried.source, seed=0, level=wide).low > 1 - tried.chance:
            why.append(f"{name} is significantly below chance: information that can be inverted, or a broken split")
    if (unseen := np.mean([run.unseen for run in runs.values()])) > flagged.UNSEEN:
        why.append(f"{100 * unseen:.0f}% of the test rows are of people that no attacker was shown")
    return why + failed_controls(records, runs, tried.names)


def failed_controls(records: Sequence[Record], runs: Runs, names: Sequence[str]) -> list[str]:
    """Which controls were failed, or not run by every one of the attackers with these names and in every seed."""
    why = []
    for name in (*controls.POSITIVE, controls.NEGATIVE):
        own = [r for r in records if r.control == name]
        tried = tries(own, runs, _keys(own))
        found = tried.certify(ALARM if name == controls.NEGATIVE else LEVEL)
        absent = {seed for seed, _ in runs} - {r.seed for r in own}
        if found is None or absent:
            why.append(f"control {name} has no number: its fold was not run, or every attacker failed")
        elif without := sorted(set(names) - set(tried.names)):
            why.append(f"control {name} has no number of " + ", ".join(without))
        elif name == controls.NEGATIVE:
            if found.low > tried.chance:
                best = tried.names[found.best]
                why.append(f"negative control: {best} finds {100 * found.mean:.1f}% where people were dealt anew")
        elif (knowable := _knowable(own)) - tried.chance <= KNOWABLE * (1 - tried.chance):
            why.append(f"control {name} could test nobody: {100 * knowable:.1f}% could be known of so few dimensions")
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
            found.append(f"{name}: {got:.1f}% by {tried.names[best]}, {knowable:.1f}% could be known")
    return tuple(found)


def _keys(records: Sequence[Record]) -> list[tuple[int, int]]:
    return sorted({(r.seed, r.fold) for r in records})


def _knowable(records: Sequence[Record]) -> float:
    return float(np.mean([r.value for r in records if r.metric == "knowable" and r.value is not None] or [0.0]))


def _names(flags: dict[str, str]) -> str:
    return ";".join(flags)


def _lines(flags: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}: {text}" if text else name for name, text in flags.items())


def to_csv(found: Sequence[Verdict]) -> str:
    return sheet.to_csv(COLUMNS, (dataclasses.asdict(v) for v in found))


def to_markdown(found: Sequence[Verdict], people: Sequence[str] = ()) -> str:
    """A line for each release, then what speaks for and against each number, and who is exposed."""
    lines = ["| release | target | verdict | leakage [certified, at most] | worst attacker | chance | label alone |"]
    lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
    for v in found:
        number = "–" if v.leakage is None else f"{_percent(v.leakage)} [{_percent(v.ci_low)}, {_percent(v.ci_high)}]"
        cells = [v.name, v.target, v.verdict, number, v.worst_attacker, _percent(v.chance), _percent(v.label_only)]
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
