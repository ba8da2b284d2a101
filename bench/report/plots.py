"""Every picture of results, as a matplotlib Figure, and `save`, which writes one to a file.

Index: `pareto` and `leakage_bars` of rows of the summary, `budget` of points of
`analysis.budget`, `alternation` and `losses` of learning curves (`report.learning_curves`).
"""

from __future__ import annotations

from .bars import leakage_bars
from .curves import alternation, budget, losses
from .figures import save
from .trade_off import pareto

__all__ = ["alternation", "budget", "leakage_bars", "losses", "pareto", "save"]
