"""What every attacker of one look at a release earned, side by side on the same test rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..metrics.certify import LEVEL, Certificate, certify
from ..runner import row_text
from ..types import IGNORANT, Array, Record, Runs
from . import baselines


@dataclass(frozen=True)
class Tries:
    """What the attackers of one look at a release earned: credits (m, n), and the source of each of the n rows."""

    names: tuple[str, ...]
    credits: Array
    source: Array
    chance: float

    @property
    def certifiable(self) -> bool:
        return bool(self.names) and len(np.unique(self.source)) >= 2

    def certify(self, level: float = LEVEL) -> Certificate | None:
        return certify(self.credits, self.source, seed=0, level=level) if self.certifiable else None


def tries(records: Sequence[Record], runs: Runs, keys: Sequence[tuple[int, int]]) -> Tries:
    """The attackers that have a number in every one of these (seed, fold), with their credits side by side."""
    by: dict[str, dict[tuple[int, int], Record]] = {}
    for r in records:
        if (
            r.hits and r.metric == "accuracy" and r.attacker != "majority"
        ):  # who does not look is no adversary
            name = f"{r.attacker_spec} ({IGNORANT})" if r.threat == IGNORANT else r.attacker_spec
            by.setdefault(name, {})[r.seed, r.fold] = r
    whole = {name: rs for name, rs in sorted(by.items()) if all(key in rs for key in keys)}
    credits = [
        np.concatenate([row_text.read(rs[key].hits) for key in keys]) for rs in whole.values()
    ]
    source = np.concatenate([runs[key].source for key in keys]) if keys else np.zeros(0)
    some = next(iter(whole.values()), {})
    sizes = [len(runs[key].rows) for key in keys if some]
    if not some:
        return Tries((), np.array(credits), source, float("nan"))
    chance = float(np.average([some[key].chance or 0.0 for key in keys], weights=sizes))
    return Tries(
        tuple(whole),
        np.array(credits),
        source,
        max(chance, baselines.constant({key: runs[key] for key in keys})),
    )
