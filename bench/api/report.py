"""What a run or an audit has come to, for a notebook, a terminal and a folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..checks import InputError, one_of
from ..records import Record
from ..report import plots, publish, tables
from ..report.findings import Findings
from ..runner import records_csv, store
from ..verdicts.verdict import Verdict
from . import card

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

PLOTS = ("pareto", "leakage")


@dataclasses.dataclass(frozen=True, repr=False)
class Report:
    """The findings of one run directory.

    findings: records, verdicts, exposure, rows and notes. folder: where the run lies; finished
    cells stay there, and the same call goes on from them. failures: a line for each cell that
    failed.
    """

    findings: Findings
    folder: Path
    failures: tuple[str, ...] = ()

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """A verdict for each release and private label, in the order of the run."""
        return self.findings.verdicts

    @property
    def verdict(self) -> Verdict:
        """The verdict on the one release there is, raw data as a baseline aside.

        Raises:
            InputError: if there are several, or none.
        """
        own = [v for v in self.verdicts if v.defense != "raw"] or list(self.verdicts)
        if len(own) != 1:
            names = ", ".join(f"{v.name} ({v.target})" for v in own) or "none"
            raise InputError("report.verdict", names, "one release", "use report.verdicts")
        return own[0]

    @property
    def records(self) -> pd.DataFrame:
        """Every record, controls too: the rows of records.csv."""
        import pandas as pd

        rows = [_plain(record) for record in self._every_record()]
        return pd.DataFrame(rows, columns=pd.Index(records_csv.COLUMNS))

    def table(self) -> pd.DataFrame:
        """One row a release and private label: verdict, leakage with limits, chance, utility.

        Shares are in [0, 1]; a number that was not measured is missing.
        """
        import pandas as pd

        return pd.DataFrame([_row(v, self.findings) for v in self.verdicts])

    def exposure(self) -> pd.DataFrame:
        """One row a person and release: how often they are named right, with limits."""
        import pandas as pd

        return pd.DataFrame([dataclasses.asdict(line) for line in self.findings.exposure])

    def plot(self, kind: str = "pareto") -> Figure:
        """A matplotlib Figure.

        `pareto`, utility against leakage, or `leakage`, a bar an attacker.
        """
        draw = {"pareto": plots.pareto, "leakage": plots.leakage_bars}
        return draw[one_of("kind", kind, PLOTS)](self.findings.rows)

    def save(self, folder: str | Path) -> list[Path]:
        """Write records, tables, verdicts and pictures into a folder; returns their paths."""
        out = Path(folder)
        path = out / records_csv.FILE
        store.write_atomically(path, records_csv.to_csv(self._every_record()))
        return [path, *publish.publish(self.findings, out)]

    def to_markdown(self) -> str:
        """The table and the verdicts as text."""
        return tables.to_markdown(self.findings.rows, self.findings.notes)

    def to_html(self, path: str | Path) -> Path:
        """Write one self-contained HTML page: the card, a picture and the evidence.

        Returns its path.
        """
        out = Path(path)
        store.write_atomically(out, card.page(self.findings, self.failures, self.plot()))
        return out

    def _every_record(self) -> list[Record]:
        return store.in_order(self.findings.records.everything)

    def _repr_html_(self) -> str:
        return card.html(self.findings, self.failures, str(self.folder))

    def __repr__(self) -> str:
        return card.text(self.findings, self.failures, str(self.folder))


def _plain(record: Record) -> dict[str, Any]:
    codes = ";".join(flag.code for flag in record.flags)
    return record.flat() | {"flags": codes}


def _row(verdict: Verdict, findings: Findings) -> dict[str, Any]:
    utility = card.utility_of(verdict, findings)
    return {
        "release": verdict.name,
        "target": verdict.target,
        "verdict": verdict.code,
        "leakage": verdict.leakage,
        "certified": verdict.ci_low,
        "at_most": verdict.ci_high,
        "chance": verdict.chance,
        "strongest_attacker": verdict.strongest_attacker,
        "utility": None if utility is None else utility.mean,
        "utility_metric": None if utility is None else utility.metric,
        "flags": ";".join(flag.code for flag in verdict.flags),
        "objections": ";".join(objection.code for objection in verdict.objections),
        "suite": verdict.suite,
    }
