"""Mase et al. 2021 beside ours, and what each release gives away.

arXiv 2111.07344, doi:10.1007/s43681-022-00215-y.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .. import registry, seeds, text
from ..analysis import summary
from ..analysis.estimates import estimate
from ..checks import InputError
from ..records import Record, RecordTable
from ..runner import cells
from ..runner.session import Request, Session

BEST = {"valence": 0.426, "arousal": 0.401}  # the paper's, on RECOLA
READS = "ridge"  # brings the network's own answers to the scale of the ratings
ATTACKERS = ("recurrent", "conv1d", "lda", "qda", "linear", "knn")
PAPER = "the paper's best, on RECOLA"
PEEKED = "as published, at the epoch that is best on the test fold"
REMARKS = (
    f"Read by `{READS}`, which is fitted on the training side."
    " The authors' code reports the epoch that is best on the",
    "test fold; nothing but that one row does so here."
    " `clean` chooses inside of the training side.",
)
GIVEN_AWAY = "What each release gives away: identity, %, by the strongest attacker that was tried."


@dataclass(frozen=True)
class Row:
    """How well the answers of one variant fit a label: a concordance in [-1, 1].

    ccc: None where there is no number. low, high: 95% limits over folds, None where there are too
    few.
    """

    variant: str
    label: str
    ccc: float | None
    low: float | None = None
    high: float | None = None


COLUMNS = [f.name for f in dataclasses.fields(Row)]


def variants(spec: str) -> tuple[str, ...]:
    """SPECs: centralised and federated, as published and clean, with the settings of an `au-rnn`.

    Raises:
        InputError: if spec is no `au-rnn`.
    """
    name, _, given = spec.partition(":")
    if name != "au-rnn":
        hint = "all variants of the paper are made of it"
        raise InputError("--defense", spec, "au-rnn, or au-rnn:SETTINGS", hint)
    settings = [part for part in given.split(",") if part and not part.startswith("recipe=")]
    published = [*settings, "recipe=as-published"]
    specs = []
    for defense in ("au-rnn", "au-federated"):
        for chosen in (published, settings):
            specs.append(_canonical(defense, ",".join(chosen)))
    return tuple(specs)


def _canonical(defense: str, settings: str) -> str:
    """The shortest SPEC of a defense with these settings."""
    spec = f"{defense}:{settings}" if settings else defense
    return registry.canonical(defense, registry.build("defenses", spec))


def requests(asked: Request, spec: str, folder: str) -> dict[str, Request]:
    """A run for each label.

    Identity is attacked in the first, as the releases of both are the same.
    """
    about = replace(asked, defense=("au", *variants(spec)))
    valence = replace(
        about, utility="valence", attacker=(READS, *ATTACKERS), out=f"{folder}/valence"
    )
    arousal = replace(about, utility="arousal", attacker=(READS,), out=f"{folder}/arousal")
    return {"valence": valence, "arousal": arousal}


def peeked(session: Session, spec: str) -> dict[str, float]:
    """{label: mean over folds} of what the centralised network as published reaches.

    It is read at the epoch that is best on the test fold, which a clean number may not look at.
    """
    published = variants(spec)[0]
    plan = session.plan
    by_fold = []
    for group in plan.groups():
        if group.spec != published:
            continue
        fold = cells.fold_of(group, session.samples)
        train = session.samples.take(fold.train)
        test = session.samples.take(fold.test)
        seed = seeds.stream(group.seed, plan.dataset, group.fold, "peeked")
        by_fold.append(group.defense.peeked(train, test, plan.task, seed=seed, device=plan.device))
    return {label: float(np.mean([ccc[label] for ccc in by_fold])) for label in by_fold[0]}


def rows(
    records: Mapping[str, Iterable[Record]], spec: str, peek: Mapping[str, float]
) -> list[Row]:
    """The concordance of each variant and label, after the paper's best and what `peeked` gave.

    records: those of the run of each label.
    """
    table = [Row(PAPER, label, ccc) for label, ccc in BEST.items()]
    table += [Row(PEEKED, label, peek.get(label)) for label in BEST]
    for variant in variants(spec):
        for label in BEST:
            table.append(_measured(records[label], variant, label))
    return table


def _measured(records: Iterable[Record], variant: str, label: str) -> Row:
    """The concordance of one variant's own answers."""
    own = [r for r in records if _is_of_answers(r, variant)]
    name = _name(variant)
    e = estimate(READS, own)
    if e is None:
        return Row(name, label, None)
    if np.isnan(e.low):
        return Row(name, label, e.mean)
    return Row(name, label, e.mean, e.low, e.high)


def _is_of_answers(r: Record, variant: str) -> bool:
    """Whether a record is of how well the reader fits a variant's own answers to the label."""
    is_answers = r.defense_spec == variant and r.release == "output"
    is_read = r.attacker == READS and r.role == "utility" and r.metric == "ccc"
    return is_answers and is_read and not r.is_ignorant


def _name(variant: str) -> str:
    """What a variant's SPEC means."""
    place = "federated" if variant.startswith("au-federated") else "centralised"
    recipe = "as published, last epoch" if "as-published" in variant else "clean"
    return f"{place}, {recipe}"


def to_csv(rows: Iterable[Row]) -> str:
    """CSV: one line a variant and label, with full floats."""
    return text.to_csv(COLUMNS, (dataclasses.asdict(row) for row in rows))


def to_markdown(rows: Sequence[Row], records: Iterable[Record], dataset: str) -> str:
    """The concordance of each variant beside the paper's best, then the leakage of every release.

    records: those of the run in which identity was attacked.
    """
    lines = [
        f"# Mase et al. 2021 (arXiv 2111.07344) on {dataset}",
        "",
        "Concordance of the network's own answers.",
        "",
        *_concordances(rows),
        "",
        *REMARKS,
        "",
        GIVEN_AWAY,
        "",
        *_leakages(records),
    ]
    return "\n".join(lines) + "\n"


def _concordances(rows: Sequence[Row]) -> list[str]:
    """The lines of a table with a row for each variant and a column for each label."""
    by_variant: dict[str, list[str]] = {}
    for row in rows:
        by_variant.setdefault(row.variant, [row.variant]).append(_ccc(row))
    return text.markdown_table(["variant", *BEST], by_variant.values(), rule="---")


def _ccc(row: Row) -> str:
    """The concordance and, where it has some, its limits."""
    if row.ccc is None:
        return "–" if row.variant == PEEKED else "missing"
    if row.low is None:
        return f"{row.ccc:.3f}"
    return f"{row.ccc:.3f} [{row.low:.3f}, {row.high:.3f}]"


def _leakages(records: Iterable[Record]) -> list[str]:
    """The lines of a table of the strongest attacker on each release."""
    body = []
    for row in summary.rows(RecordTable.of(records)):
        e = row.leakage
        if e is None:
            body.append([row.label, "missing", "", ""])
            continue
        identity = f"{100 * e.mean:.1f} [{100 * e.low:.1f}, {100 * e.high:.1f}]"
        body.append([row.label, identity, f"{100 * e.chance:.1f}", e.attacker])
    head = ["release", "identity [95%]", "chance", "attacker"]
    return text.markdown_table(head, body, rule="---")
