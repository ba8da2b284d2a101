"""Papers' tables beside ours: what to run for each number, and what the paper reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .. import registry
from ..analysis import summary
from ..runner.session import Request
from ..types import Record

PAPERS = ("narula2020", "mase2021")
EXTRA = ("knn", "linear", "mlp")  # what the paper did not ask


@dataclass(frozen=True)
class Number:
    """One of the paper's numbers: which cell of ours it is, and what was reported (% on JAFFE, on YALE)."""

    name: str
    defense: str
    attacker: str
    role: str
    jaffe: float
    yale: float


NARULA = (  # arXiv 2001.06103, Table 1; "hybrid" stands for the SPEC that was asked for
    Number("Face", "face", "fc3", "privacy", 99.26, 87.96),
    Number("Emotion", "emotion", "fc3", "utility", 84.27, 44.61),
    Number("Emotion2Face", "emotion", "fc3", "privacy", 90.41, 78.44),
    Number("Hybrid2Emotion", "hybrid", "fc3", "utility", 81.57, 49.12),
    Number("Hybrid2Face", "hybrid", "fc3", "privacy", 25.79, 1.00),
)


def request(asked: Request, hybrid: str) -> Request:
    """The run that has all numbers of the table; JAFFE and YALE augmented as in the paper, if no setting is given."""
    total = {"jaffe": 3038, "yale": 3033}.get(asked.dataset)
    dataset = f"{asked.dataset}:augment={total}" if total else asked.dataset
    return replace(
        asked, dataset=dataset, defense=("face", "emotion", hybrid), attacker=("fc3", *EXTRA)
    )


def text(records: Sequence[Record], dataset: str, hybrid: str) -> str:
    """The markdown: the paper's five numbers beside ours, then the same encoders under other attackers."""
    spec = registry.canonical("hybrid", registry.build("defenses", hybrid))
    lines = [
        f"# Narula, Wang, Chaspari 2020 (arXiv 2001.06103) on {dataset}",
        "",
        f"| % | paper JAFFE | paper YALE | here ({dataset}), mean and 95% interval over folds | chance |",
        "|---|---|---|---|---|",
    ]
    remarks: list[str] = []
    for n in NARULA:
        ours, chance, remark = _ours(
            records, spec if n.defense == "hybrid" else n.defense, n.attacker, n.role
        )
        lines.append(f"| {n.name} | {n.jaffe:.2f} | {n.yale:.2f} | {ours} | {chance} |")
        remarks += [f"{n.name} {remark}"] if remark else []
    lines += [
        "",
        "What the paper did not ask: identity by other attackers on the same frozen features.",
        "",
    ]
    lines += [
        "| identity, % | fc3 | " + " | ".join(EXTRA) + " |",
        "|---|" + "---|" * (1 + len(EXTRA)),
    ]
    for defense in ("emotion", spec):
        row = [_ours(records, defense, attacker, "privacy") for attacker in ("fc3", *EXTRA)]
        lines.append(f"| {defense} | " + " | ".join(cell[0] for cell in row) + " |")
        remarks += [
            f"{defense} under {a} {c[2]}" for a, c in zip(("fc3", *EXTRA), row, strict=True) if c[2]
        ]
    lines += [
        "",
        "All are fresh heads on frozen features: one encoder serves every number that is read off it.",
    ]
    lines += [
        "Interval: Nadeau-Bengio corrected t over folds. The paper's split of YALE puts its 1.00 far below chance."
    ]
    return "\n".join([*lines, *[f"**{remark}**" for remark in remarks], ""])


def _ours(records: Sequence[Record], spec: str, attacker: str, role: str) -> tuple[str, str, str]:
    """(mean and interval, chance, remark) of one cell in percent; a missing number is said to be missing."""
    name, _, settings = spec.partition(":")
    rows = [
        r
        for r in records
        if (r.defense, r.settings, r.attacker, r.attacker_settings, r.role)
        == (name, settings, attacker, "", role)
        and r.metric == "accuracy"
        and r.release in ("image", "features")
    ]
    if not rows or any(r.value is None for r in rows):
        reasons = sorted({r.reason for r in rows if r.reason}) or ["not run"]
        return "missing", "", f"is missing: {reasons[0]}"
    e = summary.estimate(attacker, rows)
    assert e is not None
    below = ""
    if e.high < e.chance:
        below = f"is significantly below chance ({100 * e.high:.1f} < {100 * e.chance:.1f}): information, not privacy"
    if any(r.status == "weak" for r in rows):
        below = f"is from an attack that did not get going ({rows[0].reason})"
    return (
        f"{100 * e.mean:.2f} [{100 * e.low:.1f}, {100 * e.high:.1f}]",
        f"{100 * e.chance:.1f}",
        below,
    )
