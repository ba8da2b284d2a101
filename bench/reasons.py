"""Reasons as data: a code that decides, and a text that is for people.

Nothing in privbench decides by reading English. Whatever a competitor says of itself, whatever is
odd about a release, and whatever speaks against a verdict is a `Reason`; its code stands in the
catalogues below, each with its meaning. To add a flag or an objection: give it a line here, and
return it where it is found (`runner.diagnose` of a release, `verdicts.flags` of attacks,
`verdicts.validity` of verdicts). The table of docs/verdicts.md is made from these catalogues.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NOTES: Mapping[str, str] = {  # what an attack says of itself, or why there is no number of it
    "not-converged": "the training of the attack got nowhere, or a solver ran out of steps",
    "budget-short": "the loss still fell when the budget of the attack was spent",
    "does-not-look": "the attacker answers without the codes: the floor of the scale",
    "nothing-to-compare": "all rows to learn from are the same",
    "not-applicable": "the attacker cannot take such codes or labels",
    "attack-failed": "the attacker raised an error",
    "defense-failed": "the defense raised an error, or its release cannot be used",
    "worker-died": "the process of the cell ended before its result was there",
    "note": "something else that a reader must know, in the attacker's own words",
}
FLAGS: Mapping[str, str] = {  # what is odd about a release, or about the attacks on it
    "equals-input": "the release is the input",
    "constant": "all rows of the release are the same",
    "label-only": "rows of one task class are the same",
    "rank-deficient": "the codes span fewer dimensions than they have",
    "badly-scaled": "the largest deviation of a column is over 10,000 times the smallest",
    "repeated-codes": "fewer than half of the codes differ from each other",
    "same-codes-in-test": "over a tenth of the test rows have the codes of a training row",
    "underfit": "an attack did not fit even its own training rows",
    "budget-short": "an attack was still learning when its budget was spent",
    "strong-below-weak": "a plain attacker surely beats every capable one: those are badly trained",
    "still-rising": "the strongest attacker still learns from more pictures of a person",
    "misses-planted-means": "attackers that recover less than half of planted class means",
    "misses-planted-covariances": "attackers that recover less than half of planted covariances",
    "unseen-people": "test rows of people that no attacker was shown",
    "duplicates": "inputs of test rows that are among those learnt from",
    "told-by-the-task": "what is found is no more than the task label tells",
    "too-few-rows": "a leak of a tenth of the scale could not have been seen",
}
OBJECTIONS: Mapping[str, str] = {  # why finding nothing may prove nothing
    "attack-failed": "an attack ended with an error",
    "attack-absent": "an attacker has no number in some fold",
    "no-complete-attack": "no attacker has a number in every fold",
    "no-sound-attack": "no attack got going in every fold",
    "constant-codes": "constant codes: there is nothing to attack",
    "lookup-untried": "codes repeat, and who looks them up was not tried",
    "below-chance": "an attacker is significantly below chance: its answers can be inverted",
    "people-unseen": "too many test rows are of people that no attacker was shown",
    "control-absent": "a control has no number",
    "control-incomplete": "a control was not run by every attacker",
    "control-untestable": "a planted leak could not have been found by anybody",
    "control-missed": "a planted leak was missed",
    "negative-control": "something was found where the people were dealt anew: the bench is broken",
}
ALWAYS_FATAL = frozenset({"negative-control"})  # these make a verdict invalid, even one of a leak


@dataclass(frozen=True)
class Reason:
    """A code of one of the catalogues above, and its evidence in words for a reader."""

    code: str
    text: str = ""

    def __str__(self) -> str:
        """`code: text`, or the code alone."""
        return f"{self.code}: {self.text}" if self.text else self.code


def of(value: Any, code: str = "note") -> Reason | None:
    """A Reason of what a competitor said.

    A Reason as it is, words with `code`, None for nothing.
    """
    if value is None or isinstance(value, Reason):
        return value
    text = str(value)
    return Reason(code, text) if text else None


def codes(reasons: Iterable[Reason]) -> str:
    """The codes, joined by `;` for one column of a table."""
    return ";".join(reason.code for reason in reasons)


def read(text: str) -> tuple[Reason, ...]:
    """The Reasons whose codes `codes` wrote, with their catalogued meaning as text.

    Older files had `code: evidence` in their place; the evidence is kept then.
    """
    meanings = {**NOTES, **OBJECTIONS, **FLAGS}
    parts = [part.partition(": ") for part in text.split(";") if part]
    return tuple(Reason(code, evidence or meanings.get(code, "")) for code, _, evidence in parts)
