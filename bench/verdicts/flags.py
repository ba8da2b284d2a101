"""Signs that an attack, a split or a release is not what it seems: flags, each with its evidence.

A flag tells a reader what the number beside it cannot. What makes a verdict invalid is an objection
(`validity`). To add a flag:

1. give its code a line in `reasons.FLAGS`, with its meaning;
2. raise it: of codes, in `runner.diagnose`; of attacks, by a function here that takes a `Case` and
   returns a list of Reasons, named in `FINDERS`; of the limits of a verdict's number, in `limits`;
3. write the table anew: `python -m privbench.bench.verdicts.code_table docs/verdicts.md`;
4. add the situation in which it is raised to tests/bench/verdicts/test_flags.py. The tests fail
   where a code is raised and not catalogued, or catalogued and never raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from scipy import stats

from ..reasons import Reason
from ..records import Record, RecordTable, Run
from ..runner import controls
from ..types import Array
from . import by_row
from .attempts import Attempts, Case

FEW = 0.1  # advantage that must be visible, or there are too few rows
UNSEEN = 0.05  # share of test rows of unseen people beyond which a low number says nothing
P_VALUE = 0.01  # of the paired comparisons behind a flag
RECOVERED = 0.5  # of the advantage that a planted leak offers
CAPABLE = ("svm", "mlp", "boosting", "fc3", "cnn")  # which could do all that the plain ones do
PLAIN = ("lda", "sparse-lda", "linear", "knn")


def flags(case: Case) -> list[Reason]:
    """The flags of one release: those that `runner.diagnose` raised, then those of its attacks."""
    raised = _of_codes(case.table)
    for finder in FINDERS:
        raised += finder(case)
    return raised


def limits(floor: float, smallest: float, *, explained: bool) -> list[Reason]:
    """Flags of what the number of a verdict cannot say.

    floor: accuracy that must be exceeded. smallest: the least accuracy that could have been told
    from it, or inf. explained: whether leakage lies above chance, and not above the floor.
    """
    raised = []
    if explained:
        text = f"the task label, as it is read from the codes, tells {floor:.1%}"
        raised.append(Reason("told-by-the-task", text))
    if smallest - floor > FEW * (1 - floor):
        size = f"below {smallest:.1%}" if np.isfinite(smallest) else "of any size"
        text = f"no leak {size} could have been seen"
        raised.append(Reason("too-few-rows", text))
    return raised


def larger(difference: Array, source: Array) -> float:
    """One-sided p that the mean of differences (n,) is not above 0: a t test on sums of sources."""
    _, group = np.unique(source, return_inverse=True)
    total = np.bincount(group, difference)
    n = len(total)
    if n < 2:
        return 1.0
    if np.ptp(total) == 0:
        return 0.0 if total.sum() > 0 else 1.0
    error = total.std(ddof=1) / np.sqrt(n)
    t = total.mean() / error
    return float(stats.t.sf(t, n - 1))


def _of_codes(table: RecordTable) -> list[Reason]:
    """What is odd about the codes, each flag once."""
    texts: dict[str, str] = {}
    for record in table:
        for flag in record.flags:
            before = texts.get(flag.code, "")
            texts[flag.code] = max(before, flag.text)
    return [Reason(code, texts[code]) for code in sorted(texts)]


def _underfit(case: Case) -> list[Reason]:
    """Attackers that did not fit even their own training rows."""
    weak = case.table.real_attackers.where(lambda r: r.status == "weak")
    return _in_folds("underfit", weak, case.table)


def _budget_short(case: Case) -> list[Reason]:
    """Attackers that had not finished learning."""
    short = case.table.where(lambda r: r.reason_code == "budget-short")
    return _in_folds("budget-short", short, case.table)


def _in_folds(code: str, marked: RecordTable, every: RecordTable) -> list[Reason]:
    """The flag of these attackers, with the number of folds of each; none where there are none."""
    folds = len(every.runs)
    texts = []
    for spec, records in marked.by_attacker().items():
        texts.append(f"{spec} in {len(records)} of {folds} folds")
    return [Reason(code, ", ".join(texts))] if texts else []


def _order(case: Case) -> list[Reason]:
    """A plain attacker that surely beats every capable one shows that those are badly trained."""
    tried = case.attempts
    plain = _strongest_of(PLAIN, tried)
    capable = _strongest_of(CAPABLE, tried)
    if plain is None or capable is None:
        return []
    more = tried.credits_of(plain)
    less = tried.credits_of(capable)
    if larger(more - less, tried.source) >= P_VALUE:
        return []
    stronger = f"{plain} {more.mean():.1%}"
    weaker = f"{capable} {less.mean():.1%}"
    return [Reason("strong-below-weak", f"{stronger}, {weaker}")]


def _strongest_of(kinds: Iterable[str], tried: Attempts) -> str | None:
    """The best of the attackers of these names, whatever their settings."""

    def is_one(spec: str) -> bool:
        return spec.partition(":")[0] in kinds

    def accuracy(spec: str) -> float:
        return tried.credits_of(spec).mean()

    return max(filter(is_one, tried.names), key=accuracy, default=None)


def _rising(case: Case) -> list[Reason]:
    """The strongest attacker still learns from more of each person's pictures."""
    tried = case.attempts
    if not tried.names:
        return []
    name = tried.strongest
    own = case.table.with_rows.of_attacker(name)
    full = _by_run(own)
    half = _by_run(own.control(controls.HALF))
    folds = [run for run in half if run in full]
    if not folds:
        return []
    all_pictures = by_row.credits(full, folds)
    half_of_them = by_row.credits(half, folds)
    source = by_row.sources(case.runs, folds)
    if larger(all_pictures - half_of_them, source) >= P_VALUE:
        return []
    less = f"{half_of_them.mean():.1%} from half of each person's pictures"
    more = f"{all_pictures.mean():.1%} from all"
    return [Reason("still-rising", f"{name}: {less}, {more}")]


def _by_run(own: RecordTable) -> dict[Run, Record]:
    """The record of one attacker in each (seed, fold)."""
    return {record.run: record for record in own}


def _misses(case: Case) -> list[Reason]:
    """Attackers that recover less than half of a planted leak: weak against leaks like it."""
    raised = []
    for name in controls.POSITIVE:
        control = case.table.control(name).real_attackers
        missing = [spec for spec in control.attackers if _misses_it(spec, control)]
        if missing:
            flag = Reason(f"misses-{name}", ", ".join(missing))
            raised.append(flag)
    return raised


def _misses_it(spec: str, control: RecordTable) -> bool:
    """Whether an attacker recovers less than half of the advantage that a planted leak offers."""
    own = control.of_attacker(spec)
    accuracies = own.of_metric("accuracy")
    earned = [r.value for r in accuracies if r.value is not None]
    chances = [r.chance for r in accuracies if r.chance is not None]
    knowable = [r.value for r in own.of_metric("knowable") if r.value is not None]
    if not earned or not knowable:
        return False
    chance = np.mean(chances)
    offered = np.mean(knowable) - chance
    recovered = np.mean(earned) - chance
    return bool(recovered < RECOVERED * offered)


def _unseen(case: Case) -> list[Reason]:
    """Test rows of people that no attacker was shown."""
    shares = [rows.unseen for rows in case.runs.values()]
    unseen = float(np.mean(shares))
    text = f"{unseen:.1%} of the test rows are of people that no attacker was shown"
    return [Reason("unseen-people", text)] if unseen else []


def _duplicates(case: Case) -> list[Reason]:
    """Inputs of test rows that are among those learnt from."""
    shares = [rows.twins for rows in case.runs.values()]
    twins = float(np.mean(shares))
    text = f"the inputs of {twins:.1%} of the test rows are among those learnt from"
    return [Reason("duplicates", text)] if twins else []


Finder = Callable[[Case], list[Reason]]
FINDERS: tuple[Finder, ...] = (
    _underfit,
    _budget_short,
    _order,
    _rising,
    _misses,
    _unseen,
    _duplicates,
)
