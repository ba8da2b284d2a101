"""What releases are worth in each fold -> which differ beyond chance, and ranks with ties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ..metrics import intervals
from .crossfit import Series
from .estimates import LEVEL


@dataclass(frozen=True)
class Standing:
    """The rank of one release in one role.

    rank: 1 + the number of releases that are significantly better. value: mean over the folds, in
    [0, 1]. Which releases can be told apart is not transitive: of three, the first and the last may
    differ, while the one between them shares the first rank.
    """

    role: str
    target: str
    name: str
    value: float
    rank: int
    kind: str = "rank"


@dataclass(frozen=True)
class Difference:
    """One pair of releases in one role.

    value: the mean over the folds of `name` - `other`, in [-1, 1] ([-2, 2] for concordance). p:
    two-sided, of this pair alone; p_holm: adjusted for all pairs of this role and section. The
    limits hold for all of these pairs together (Bonferroni), which is a little stricter than Holm.
    """

    role: str
    target: str
    name: str
    other: str
    value: float
    ci_low: float
    ci_high: float
    p: float
    p_holm: float
    kind: str = "difference"

    @property
    def told_apart(self) -> bool:
        """Whether the two differ beyond chance, after correction for all pairs."""
        return self.p_holm <= 1 - LEVEL

    @property
    def worse(self) -> str:
        """The release that leaks more, or serves less."""
        return self.name if (self.value > 0) == (self.role == "privacy") else self.other


def differences(role: str, target: str, series: Mapping[str, Series]) -> list[Difference]:
    """Every pair of releases, by the corrected resampled t test on the folds.

    series: {name of a release: what it is worth in each fold}, all of the same folds.
    """
    pairs = list(combinations(series, 2))
    level = intervals.bonferroni(LEVEL, max(len(pairs), 1))
    tested = [_tested(series[name], series[other], level) for name, other in pairs]
    adjusted = intervals.holm([p for *_, p in tested])
    made = []
    for pair, numbers, p in zip(pairs, tested, adjusted, strict=True):
        made.append(Difference(role, target, *pair, *numbers, p_holm=float(p)))
    return made


def _tested(a: Series, b: Series, level: float) -> tuple[float, float, float, float]:
    """(mean, low, high, p) of a - b."""
    mean, low, high, p = intervals.corrected_paired(
        a.values, b.values, a.n_train, a.n_test, level, rows=a.rows
    )
    most = 1.0 if a.rows else 2.0  # concordance is at least -1
    return mean, max(low, -most), min(high, most), p


def standings(
    role: str, target: str, series: Mapping[str, Series], tested: Sequence[Difference]
) -> list[Standing]:
    """The releases by rank, and by value within a rank. tested: what `differences` says of them."""
    behind = Counter(d.worse for d in tested if d.told_apart)
    made = []
    for name, own in series.items():
        value = float(own.values.mean())
        made.append(Standing(role, target, name, value, 1 + behind[name]))
    sign = 1 if role == "privacy" else -1
    return sorted(made, key=lambda s: (s.rank, sign * s.value, s.name))
