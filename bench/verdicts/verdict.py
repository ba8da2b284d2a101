"""Records and test rows -> one verdict for each release: it leaks, no leak was found, or invalid.

leaks: the certified lower limit of the strongest attacker lies above chance and above what the task
label alone reveals. no-leak-found: it does not, every control was passed, and the upper limit and
the smallest leakage that could have been seen are quoted. invalid: anything else, because missing
is not private and neither is a failed attack. There is no word for "hidden": no attack can exclude
a keyed channel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .. import reasons, suite, text
from ..metrics.certify import LEVEL
from ..reasons import ALWAYS_FATAL, Reason
from ..records import RecordTable
from . import baselines, validity
from . import flags as signs
from .attempts import Case, attempts
from .decision import NO_LINK, ONE_LOOK, Decision
from .recognition import recognition
from .test_rows import Runs

CAVEAT = "No probe can exclude a keyed channel: who has no key finds nothing in it."
HEAD = (
    "release",
    "target",
    "verdict",
    "leakage [certified, at most]",
    "strongest attacker",
    "chance",
    "label alone",
)
WORDS: Mapping[str, str] = {  # code of a verdict -> what a reader is shown
    "leaks": "leaks",
    "no-leak-found": "no leak found",
    "invalid": "invalid",
}
verdict_words = WORDS  # their name in the public interface


@dataclass(frozen=True)
class Verdict:
    """One release and one private label; a row of verdicts.csv.

    code: a key of `WORDS`. strongest_attacker: SPEC, empty where there is no number. leakage: its
    accuracy, or its AUC on pairs of people. ci_low: certified lower limit of the leakage. ci_high:
    upper limit of every attacker that was tried. chance: what is earned without an attack.
    label_only: accuracy of the best prediction from the true task label. minimum_detectable: the
    least leakage that could have been told from chance and task label. All are shares in [0, 1], or
    None where there is none. flags: what is odd about the release or its attacks. objections: those
    that make the verdict invalid; a valid verdict has none. suite: version of the standard suite
    that was run, if all of it was. evidence: sentences on flags, controls and pairs.
    """

    target: str
    release: str
    code: str
    strongest_attacker: str
    leakage: float | None
    ci_low: float | None
    ci_high: float | None
    chance: float | None
    label_only: float | None
    minimum_detectable: float | None
    flags: tuple[Reason, ...]
    objections: tuple[Reason, ...]
    suite: str
    dataset: str
    protocol: str
    defense: str
    settings: str
    plan: str
    evidence: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """SPEC of the defense and name of the release."""
        defense = f"{self.defense}:{self.settings}" if self.settings else self.defense
        return f"{defense} / {self.release}" if self.release else defense

    @property
    def words(self) -> str:
        """The verdict for a reader."""
        return WORDS[self.code]

    @property
    def reason(self) -> str:
        """Why the verdict is invalid, in words; empty where it is not."""
        return "; ".join(objection.text for objection in self.objections)

    def to_row(self) -> dict[str, Any]:
        """A row of verdicts.csv, by the names of `COLUMNS`: codes of flags and objections."""
        values: dict[str, Any] = {name: getattr(self, name, None) for name in COLUMNS}
        values["verdict"] = self.code
        values["flags"] = reasons.codes(self.flags)
        values["objections"] = reasons.codes(self.objections)
        return values

    def to_dict(self) -> dict[str, Any]:
        """As `to_row` for JSON: flags and objections are {code, text}; with words and evidence."""
        more = {
            "words": self.words,
            "flags": [{"code": flag.code, "text": flag.text} for flag in self.flags],
            "objections": [{"code": why.code, "text": why.text} for why in self.objections],
            "evidence": list(self.evidence),
        }
        return self.to_row() | more


COLUMNS = (
    "target", "release", "verdict", "strongest_attacker", "leakage", "ci_low", "ci_high", "chance",
    "label_only", "minimum_detectable", "flags", "objections", "suite", "reason", "dataset",
    "protocol", "defense", "settings", "plan",
)  # fmt: skip


def verdicts(table: RecordTable, runs: Runs) -> list[Verdict]:
    """One for each release in the records of one plan, in the order of the defenses.

    runs: the test rows of each (seed, fold); records of other folds do not count.
    """
    if not runs:
        return []
    counted = table.of_runs(runs)
    label_baseline = baselines.label_only(runs)
    found = []
    for defense, settings in _every(counted).defenses:
        own = counted.of_defense(defense, settings)
        for release in _every(own.privacy).releases:
            carried = baselines.label_carried(own.utility.of_release(release), runs)
            told = _Told(label_baseline, min(label_baseline, carried))
            found.append(_verdict(own.privacy.of_release(release), release, runs, told))
    return found


@dataclass(frozen=True)
class _Told:
    """Accuracies by the task label: the true one, and as much of it as this release carries."""

    label_baseline: float
    carried_baseline: float


def _every(table: RecordTable) -> RecordTable:
    """All records as measurements: a release is judged even where only a control is left of it."""
    return RecordTable(measurements=table.everything)


def _verdict(privacy: RecordTable, release: str, runs: Runs, told: _Told) -> Verdict:
    """privacy: what was asked of the private label of one release, with its controls.

    Those that know the release are judged for soundness; a leak counts whichever attacker finds it.
    """
    case = Case(privacy, runs, attempts(privacy, runs))
    every = attempts(privacy, runs, ignorant=True)
    paired = recognition(privacy.real_attackers, ONE_LOOK)
    certificate = every.certify(ONE_LOOK if paired else LEVEL)
    flags = signs.flags(case)
    objections = validity.objections(case)
    draft = _without_number(privacy, release, told.label_baseline)
    if certificate is None:
        return _explained(draft, flags, objections)
    floor = max(told.carried_baseline, every.chance)
    decision = Decision(every, certificate, paired, floor)
    flags += signs.limits(floor, decision.smallest, explained=decision.explained)
    if decision.leaks:
        objections = [why for why in objections if why.code in ALWAYS_FATAL]
    sentences = [*validity.recovered(privacy, runs)]
    if paired:
        sentences.append(paired.sentence)
    return _decided(_explained(draft, flags, objections, sentences), decision)


def _without_number(privacy: RecordTable, release: str, label_baseline: float) -> Verdict:
    """An invalid verdict that says what it is about."""
    first = privacy.everything[0]
    return Verdict(
        target=first.target,
        release=release,
        code="invalid",
        strongest_attacker="",
        leakage=None,
        ci_low=None,
        ci_high=None,
        chance=None,
        label_only=label_baseline,
        minimum_detectable=None,
        flags=(),
        objections=(),
        suite=suite.complete(privacy.real_attackers.attackers),
        dataset=first.dataset,
        protocol=first.protocol,
        defense=first.defense,
        settings=first.settings,
        plan=first.plan,
    )


def _explained(
    draft: Verdict, flags: Sequence[Reason], objections: Sequence[Reason], more: Sequence[str] = ()
) -> Verdict:
    """The draft with what speaks for and against it; more: further sentences of evidence."""
    evidence = (*map(str, flags), *more)
    return replace(draft, flags=tuple(flags), objections=tuple(objections), evidence=evidence)


def _decided(draft: Verdict, decision: Decision) -> Verdict:
    """The draft with its code and its numbers: of pairs where these alone leak, else of names."""
    valid = not draft.objections
    pairs = decision.pairs if decision.pairs_leak else None
    if pairs and valid and not decision.names_leak:
        return replace(
            draft,
            code="leaks",
            strongest_attacker=f"{pairs.attacker} (AUC)",
            leakage=pairs.auc,
            ci_low=pairs.low,
            ci_high=pairs.high,
            chance=NO_LINK,
        )
    code = "leaks" if decision.names_leak else "no-leak-found"
    certificate = decision.certificate
    return replace(
        draft,
        code=code if valid else "invalid",
        strongest_attacker=decision.attempts.names[certificate.best],
        leakage=certificate.mean,
        ci_low=certificate.low,
        ci_high=certificate.high,
        chance=decision.attempts.chance,
        minimum_detectable=decision.smallest if np.isfinite(decision.smallest) else None,
    )


def to_csv(rows: Iterable[Verdict]) -> str:
    """verdicts.csv: a row for each verdict."""
    return text.to_csv(COLUMNS, [verdict.to_row() for verdict in rows])


def to_markdown(rows: Sequence[Verdict], people: Sequence[str] = ()) -> str:
    """A line for each release, then what speaks for and against each number, and who is exposed.

    people: sentences of `exposure.sentences`.
    """
    lines = text.markdown_table(HEAD, [_cells(verdict) for verdict in rows])
    lines += ["", f"Percent of rows. {CAVEAT}", ""]
    for verdict in rows:
        notes = [*_notes(verdict), *verdict.evidence]
        if notes:
            lines.append(f"- {verdict.name} ({verdict.target}): " + "; ".join(notes) + ".")
    lines += ["", *(f"- {sentence}" for sentence in people)]
    return "\n".join(lines).rstrip() + "\n"


def _cells(verdict: Verdict) -> list[str]:
    limits = f"[{_percent(verdict.ci_low)}, {_percent(verdict.ci_high)}]"
    leakage = _percent(verdict.leakage)
    return [
        verdict.name,
        verdict.target,
        verdict.words,
        leakage if verdict.leakage is None else f"{leakage} {limits}",
        verdict.strongest_attacker,
        _percent(verdict.chance),
        _percent(verdict.label_only),
    ]


def _notes(verdict: Verdict) -> list[str]:
    """Why a verdict is invalid, or how little could have been seen where no leak was found."""
    if verdict.objections:
        return [f"invalid: {verdict.reason}"]
    if verdict.code != "no-leak-found" or verdict.minimum_detectable is None:
        return []
    most = f"no adversary tried is worth more than {_percent(verdict.ci_high)}%"
    least = f"what leaks less than {_percent(verdict.minimum_detectable)}%"
    return [f"{most}; {least} could not have been seen"]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"
