"""Narula et al. 2020 (arXiv 2001.06103): its table beside ours, and what it did not ask."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .. import registry, text
from ..analysis.estimates import estimate
from ..records import Record
from ..runner.session import Request

PAPERS = ("narula2020", "mase2021")
READS = "fc3"  # the paper's attacker
EXTRA = ("knn", "linear", "mlp")  # what the paper did not ask
RELEASES = ("image", "features")
AUGMENTED = {"jaffe": 3038, "yale": 3033}  # rows, as in the paper
NOT_ASKED = "What the paper did not ask: identity by other attackers on the same frozen features."
REMARKS = (
    "All are fresh heads on frozen features: one encoder serves every number that is read off it.",
    "Interval: Nadeau-Bengio corrected t over folds. The paper's split of YALE puts its 1.00 far"
    " below chance.",
)


@dataclass(frozen=True)
class Number:
    """One of the paper's numbers: which cell of ours it is, and what was reported.

    jaffe, yale: in percent. defense: `hybrid` stands for the SPEC that was asked for.
    """

    name: str
    defense: str
    attacker: str
    role: str
    jaffe: float
    yale: float


NUMBERS = (  # Table 1
    Number("Face", "face", "fc3", "privacy", 99.26, 87.96),
    Number("Emotion", "emotion", "fc3", "utility", 84.27, 44.61),
    Number("Emotion2Face", "emotion", "fc3", "privacy", 90.41, 78.44),
    Number("Hybrid2Emotion", "hybrid", "fc3", "utility", 81.57, 49.12),
    Number("Hybrid2Face", "hybrid", "fc3", "privacy", 25.79, 1.00),
)


@dataclass(frozen=True)
class Row:
    """One number of ours, an accuracy in [0, 1] with its 95% interval over folds and its chance.

    name: of the paper's number, empty for what the paper did not ask. jaffe, yale: the paper's, in
    percent. accuracy: None where there is no number. remark: what a reader must know of it.
    """

    name: str
    defense: str
    attacker: str
    role: str
    jaffe: float | None = None
    yale: float | None = None
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    remark: str = ""


COLUMNS = [f.name for f in dataclasses.fields(Row)]


def request(asked: Request, hybrid: str) -> Request:
    """The run that has all numbers of the table.

    JAFFE and YALE are augmented as in the paper, if no setting is given.
    """
    dataset = asked.dataset
    if dataset in AUGMENTED:
        dataset = f"{dataset}:augment={AUGMENTED[dataset]}"
    defenses = ("face", "emotion", hybrid)
    return replace(asked, dataset=dataset, defense=defenses, attacker=(READS, *EXTRA))


def rows(records: Iterable[Record], hybrid: str) -> list[Row]:
    """The paper's five numbers beside ours, then the same encoders under other attackers."""
    records = list(records)
    spec = registry.canonical("hybrid", registry.build("defenses", hybrid))
    asked = [_of_paper(number, spec) for number in NUMBERS]
    for defense in ("emotion", spec):
        for attacker in (READS, *EXTRA):
            asked.append(Row("", defense, attacker, "privacy"))
    return [_measured(row, records) for row in asked]


def _of_paper(number: Number, hybrid: str) -> Row:
    """The row of one of the paper's numbers, without ours."""
    defense = hybrid if number.defense == "hybrid" else number.defense
    return Row(number.name, defense, number.attacker, number.role, number.jaffe, number.yale)


def _measured(row: Row, records: Sequence[Record]) -> Row:
    """The row with our number, or with the reason why there is none."""
    own = [r for r in records if _is_of(r, row)]
    if not own or any(r.value is None for r in own):
        reasons = {r.reason for r in own if r.reason} or {"not run"}
        return replace(row, remark=f"is missing: {min(reasons)}")
    e = estimate(row.attacker, own)
    assert e is not None
    ours = replace(row, accuracy=e.mean, low=e.low, high=e.high, chance=e.chance)
    if any(r.status == "weak" for r in own):
        remark = f"is from an attack that did not get going ({own[0].reason})"
        return replace(ours, remark=remark)
    if e.high < e.chance:
        limits = f"{100 * e.high:.1f} < {100 * e.chance:.1f}"
        remark = f"is significantly below chance ({limits}): information, not privacy"
        return replace(ours, remark=remark)
    return ours


def _is_of(r: Record, row: Row) -> bool:
    """Whether a record is one of those that the row's number is made of."""
    cell = (r.defense_spec, r.attacker_spec, r.role)
    wanted = (row.defense, row.attacker, row.role)
    return cell == wanted and r.metric == "accuracy" and r.release in RELEASES


def to_csv(rows: Iterable[Row]) -> str:
    """CSV: one line a number, with full floats."""
    return text.to_csv(COLUMNS, (dataclasses.asdict(row) for row in rows))


def to_markdown(rows: Sequence[Row], dataset: str) -> str:
    """The paper's table beside ours, then identity by other attackers, then remarks."""
    of_paper = [row for row in rows if row.name]
    others = [row for row in rows if not row.name]
    lines = [
        f"# Narula, Wang, Chaspari 2020 (arXiv 2001.06103) on {dataset}",
        "",
        *_beside_the_paper(of_paper, dataset),
        "",
        NOT_ASKED,
        "",
        *_by_other_attackers(others),
        "",
        *REMARKS,
        *(f"**{_title(row)} {row.remark}**" for row in rows if row.remark),
    ]
    return "\n".join(lines) + "\n"


def _beside_the_paper(rows: Iterable[Row], dataset: str) -> list[str]:
    """The lines of the table of the paper's numbers."""
    ours = f"here ({dataset}), mean and 95% interval over folds"
    head = ["%", "paper JAFFE", "paper YALE", ours, "chance"]
    body = []
    for row in rows:
        chance = "" if row.chance is None else f"{100 * row.chance:.1f}"
        reported = [f"{row.jaffe:.2f}", f"{row.yale:.2f}"]
        body.append([row.name, *reported, _percent(row), chance])
    return text.markdown_table(head, body, rule="---")


def _by_other_attackers(rows: Iterable[Row]) -> list[str]:
    """The lines of a table with a row for each defense and a column for each attacker."""
    by_defense: dict[str, list[str]] = {}
    for row in rows:
        by_defense.setdefault(row.defense, [row.defense]).append(_percent(row))
    head = ["identity, %", READS, *EXTRA]
    return text.markdown_table(head, by_defense.values(), rule="---")


def _percent(row: Row) -> str:
    """The accuracy and its interval."""
    if row.accuracy is None or row.low is None or row.high is None:
        return "missing"
    accuracy = 100 * row.accuracy
    low = 100 * row.low
    high = 100 * row.high
    return f"{accuracy:.2f} [{low:.1f}, {high:.1f}]"


def _title(row: Row) -> str:
    return row.name or f"{row.defense} under {row.attacker}"
