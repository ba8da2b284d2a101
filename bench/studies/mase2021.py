"""Mase et al. 2021 (arXiv 2111.07344, doi 10.1007/s43681-022-00215-y) beside ours, and what each release gives away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .. import registry, seeds
from ..analysis import summary
from ..checks import InputError
from ..runner import cells
from ..runner.session import Request, Session
from ..types import IGNORANT, Record

BEST = {"valence": 0.426, "arousal": 0.401}  # the paper's, on RECOLA
READS = "ridge"  # brings the network's own answers to the scale of the ratings
REMARKS = (
    f"Read by `{READS}`, which is fitted on the training side. The authors' code reports the epoch that is best on the",
    "test fold; nothing but that one row does so here. `clean` chooses inside of the training side.",
)
ATTACKERS = ("recurrent", "conv1d", "lda", "qda", "linear", "knn")


def variants(spec: str) -> tuple[str, ...]:
    """Centralised and federated, as published and clean, with the settings of `spec`, an `au-rnn`."""
    name, _, given = spec.partition(":")
    if name != "au-rnn":
        raise InputError(
            "--defense",
            spec,
            "au-rnn, or au-rnn:SETTINGS",
            "all variants of the paper are made of it",
        )
    own = [part for part in given.split(",") if part and not part.startswith("recipe=")]
    found = []
    for name in ("au-rnn", "au-federated"):
        for recipe in (["recipe=as-published"], []):
            told = ",".join([*own, *recipe])
            found.append(
                registry.canonical(
                    name, registry.build("defenses", f"{name}:{told}" if told else name)
                )
            )
    return tuple(found)


def requests(asked: Request, spec: str, folder: str) -> dict[str, Request]:
    """A run for each label; identity is attacked in the first, as the releases of both are the same."""
    about: dict[str, Any] = {"defense": ("au", *variants(spec))}
    first = replace(
        asked, **about, utility="valence", attacker=(READS, *ATTACKERS), out=f"{folder}/valence"
    )
    return {
        "valence": first,
        "arousal": replace(first, utility="arousal", attacker=(READS,), out=f"{folder}/arousal"),
    }


def peeked(session: Session, spec: str) -> dict[str, float]:
    """Label -> mean over folds of what the centralised network reaches at the epoch that is best on its test fold."""
    spec, plan, found = variants(spec)[0], session.plan, []
    for group in (g for g in plan.groups() if g.spec == spec):
        fold, defense = cells.fold_of(group, session.samples), group.defense
        rows, test = session.samples.take(fold.train), session.samples.take(fold.test)
        seed = seeds.stream(group.seed, plan.dataset, group.fold, "peeked")
        found.append(defense.peeked(rows, test, plan.task, seed=seed, device=plan.device))
    return {name: float(np.mean([own[name] for own in found])) for name in found[0]}


def text(records: dict[str, list[Record]], dataset: str, spec: str, peek: dict[str, float]) -> str:
    """The markdown: CCC of each variant beside the paper's best, then the leakage of every release."""
    lines = [
        f"# Mase et al. 2021 (arXiv 2111.07344) on {dataset}",
        "",
        "Concordance of the network's own answers.",
        "",
    ]
    lines += ["| variant | " + " | ".join(BEST) + " |", "|---|---|---|"]
    lines += [
        "| the paper's best, on RECOLA | "
        + " | ".join(f"{ccc:.3f}" for ccc in BEST.values())
        + " |"
    ]
    lines += [
        "| as published, at the epoch that is best on the test fold | " + _joined(peek) + " |"
    ]
    for name in variants(spec):
        lines.append(
            f"| {_label(name)} | " + " | ".join(_ccc(records[label], name) for label in BEST) + " |"
        )
    lines += [
        "",
        *REMARKS,
        "",
        "What each release gives away: identity, %, by the best attacker that was tried.",
        "",
    ]
    lines += ["| release | identity [95%] | chance | attacker |", "|---|---|---|---|"]
    for row in summary.rows(records["valence"]):
        e = row.leakage
        if e is None:
            lines.append(f"| {row.label} | missing | | |")
            continue
        found = f"{100 * e.mean:.1f} [{100 * e.low:.1f}, {100 * e.high:.1f}]"
        lines.append(f"| {row.label} | {found} | {100 * e.chance:.1f} | {e.attacker} |")
    return "\n".join([*lines, ""])


def _label(spec: str) -> str:
    where = "federated" if spec.startswith("au-federated") else "centralised"
    return f"{where}, {'as published, last epoch' if 'as-published' in spec else 'clean'}"


def _joined(peek: dict[str, float]) -> str:
    return " | ".join(f"{peek[label]:.3f}" if label in peek else "–" for label in BEST)


def _ccc(records: Sequence[Record], spec: str) -> str:
    own = [
        r
        for r in records
        if r.defense_spec == spec
        and r.release == "output"
        and r.attacker == READS
        and r.role == "utility"
        and r.metric == "ccc"
        and r.threat != IGNORANT
    ]
    e = summary.estimate(READS, own)
    if e is None:
        return "missing"
    return f"{e.mean:.3f}" + ("" if np.isnan(e.low) else f" [{e.low:.3f}, {e.high:.3f}]")
