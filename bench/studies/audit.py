"""Embeddings in a file -> the standard suite against every private column of it, and one report of all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import registry
from ..checks import InputError
from ..report import publish
from ..runner.session import Request, Session
from ..runner.store import Store, to_csv, write_atomically
from ..types import Record
from ..verdicts import evidence, exposure, verdict

FOLDS = ((1000, 5), (3000, 3))  # rows up to which so many: few rows are all needed to learn from
MANY = 2  # folds beyond


@dataclass(frozen=True)
class Findings:
    """What one private column came to."""

    records: list[Record]
    verdicts: list[verdict.Verdict]
    exposure: list[exposure.Line]
    notes: list[str]


def requests(
    file: str,
    private: Sequence[str],
    *,
    utility: str | None,
    source: str | None,
    split: str | None,
    protocol: str | None,
    folds: int | None,
    attacker: Sequence[str],
    seed: Sequence[int],
    jobs: str,
    plugin: Sequence[str],
    out: str,
) -> list[Request]:
    """A request for each private column, each with a run directory below `out`.

    Raises:
        InputError: if a private column is named twice, or a split is given beside another protocol.
    """
    if len(set(private)) < len(private):
        raise InputError("--private", ", ".join(private), "each column once")
    if split and (protocol not in (None, "given") or folds not in (None, 1)):
        raise InputError(
            "--split", split, "no --protocol or --folds beside it", "the column says what is tested"
        )
    settings = [f"{key}={value}" for key, value in (("source", source), ("split", split)) if value]
    dataset = "embeddings" + (":" + ",".join(settings) if settings else "")
    if folds is None and not split:
        rows = len(registry.build("datasets", dataset).load(Path(file)))
        folds = next((k for most, k in FOLDS if rows <= most), MANY) if rows >= 10 * MANY else MANY
    return [
        Request(
            defense=("raw",),
            attacker=tuple(attacker) or ("standard",),
            dataset=dataset,
            data_root=file,
            utility=utility or "none",
            private=name,
            protocol="given" if split else protocol or "closed-set",
            folds=folds or 1,
            seed=tuple(seed) or (0,),
            jobs=jobs,
            cache="none",
            plugin=tuple(plugin),
            out=str(Path(out) / folder),
        )
        for name, folder in zip(private, _folders(private), strict=True)
    ]


def _folders(names: Sequence[str]) -> list[str]:
    """A name that any file system takes for each column, no two alike even where case does not count."""
    plain = [re.sub(r"[^A-Za-z0-9_-]+", "_", name) for name in names]
    low = [name.lower() for name in plain]
    return [name if low.count(name.lower()) == 1 else f"{name}-{i}" for i, name in enumerate(plain)]


def findings(session: Session, store: Store) -> Findings:
    """The verdicts and the exposed of a finished run."""
    records = store.records()
    runs = evidence.evidence(session.plan, session.samples, {(r.seed, r.fold) for r in records})
    return Findings(
        records, verdict.verdicts(records, runs), exposure.exposure(records, runs), session.notes()
    )


def join(parts: Sequence[Findings], out: Path) -> list[Path]:
    """The report of all private columns together, in `out` itself."""
    records = [r for part in parts for r in part.records]
    write_atomically(out / "records.csv", to_csv(records))
    found, exposed = (
        [x for part in parts for x in getattr(part, name)] for name in ("verdicts", "exposure")
    )
    notes = list(dict.fromkeys(note for part in parts for note in part.notes))
    return [out / "records.csv", *publish.publish(records, found, exposed, out, notes=notes)]
