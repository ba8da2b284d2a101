"""Embeddings -> the standard suite against every private column, and one report of all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import registry
from ..checks import InputError
from ..runner.request import Request

FOLDS = ((1000, 5), (3000, 3))  # rows up to which so many: few rows are all needed to learn from
MANY = 2  # folds beyond


@dataclass(frozen=True)
class Audit:
    """What an audit of embeddings is asked for; the options of `privbench audit`.

    private: columns to hide. utility: what the embeddings are for, if that is measured. source:
    column whose equal rows stay together. split: column of `train` and `test`. folds: None for a
    number that fits the rows. attacker: SPECs, none for the standard suite.
    """

    private: tuple[str, ...]
    utility: str | None = None
    source: str | None = None
    split: str | None = None
    protocol: str | None = None
    folds: int | None = None
    attacker: tuple[str, ...] = ()
    seed: tuple[int, ...] = (0,)
    jobs: str = "auto"
    plugin: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.private)) < len(self.private):
            raise InputError("--private", ", ".join(self.private), "each column once")
        if self.split and (self.protocol not in (None, "given") or self.folds not in (None, 1)):
            allowed = "no --protocol or --folds beside it"
            raise InputError("--split", self.split, allowed, "the column says what is tested")


def of_file(audit: Audit, file: str, out: str) -> list[Request]:
    """A request for each private column of a file, each with a run directory below `out`."""
    columns = {"source": audit.source, "split": audit.split}
    settings = [f"{key}={value}" for key, value in columns.items() if value]
    dataset = "embeddings" + (":" + ",".join(settings) if settings else "")
    folds = audit.folds
    if folds is None and not audit.split:
        folds = n_folds(len(registry.build("datasets", dataset).load(Path(file))))
    return requests(audit, dataset, file, folds or 1, out)


def requests(audit: Audit, dataset: str, root: str | None, folds: int, out: str) -> list[Request]:
    """A request for each private column of a dataset, each with a run directory below `out`."""
    names = zip(audit.private, _folders(audit.private), strict=True)
    return [
        Request(
            defense=("raw",),
            attacker=audit.attacker or ("standard",),
            dataset=dataset,
            data_root=root,
            utility=audit.utility or "none",
            private=private,
            protocol="given" if audit.split else audit.protocol or "closed-set",
            folds=folds,
            seed=audit.seed or (0,),
            jobs=audit.jobs,
            cache="none",
            plugin=audit.plugin,
            out=str(Path(out) / folder),
        )
        for private, folder in names
    ]


def n_folds(rows: int) -> int:
    """Folds for so many rows: fewer, the more there are."""
    if rows < 10 * MANY:
        return MANY
    return next((folds for most, folds in FOLDS if rows <= most), MANY)


def _folders(names: Sequence[str]) -> list[str]:
    """A name that any file system takes for each column, no two alike where case does not count."""
    plain = [re.sub(r"[^A-Za-z0-9_-]+", "_", name) for name in names]
    lower = [name.lower() for name in plain]
    return [
        name if lower.count(name.lower()) == 1 else f"{name}-{i}" for i, name in enumerate(plain)
    ]
