"""Utility against the leakage of the strongest attacker, a panel for each section."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from ..analysis import leaderboard, summary
from ..analysis.estimates import Estimate
from ..metrics import pareto as fronts
from .figures import EMPTY, blank, colours, line, spread, style

WIDTH = 10.5  # inches
LEAST = 4.8  # height of a panel, and with many releases so much for each of them
EACH = 0.32
LEFT, RIGHT = -3, 103  # limits of a panel, in percent
COLUMN = 1.04  # where the names stand, in widths of a panel
POINT: Any = {"ms": 6, "lw": 0.8, "capsize": 2, "zorder": 3}
STEP: Any = {"color": "black", "lw": 1.6, "alpha": 0.6, "zorder": 4}
TIE: Any = {"arrowstyle": "-", "lw": 0.4, "alpha": 0.6, "relpos": (0, 0.5)}
NAME: Any = {
    "textcoords": "axes fraction",
    "va": "center",
    "fontsize": 7.5,
    "annotation_clip": False,
}
UNSERVED = "no task was named: no utility was measured"
KEY = "release: utility / leakage by strongest attacker"


class _Point(NamedTuple):
    """A release that has both numbers."""

    row: summary.Row
    utility: Estimate
    leakage: Estimate

    @property
    def xy(self) -> tuple[float, float]:
        """(leakage, utility) in percent."""
        return 100 * self.leakage.mean, 100 * self.utility.mean


def pareto(rows: Iterable[summary.Row]) -> Figure:
    """Utility against leakage, with intervals, chance lines and the front.

    Names stand in a column of their own, in the order of the points' height, so they cannot
    overlap. Rows of ignorant attackers are not drawn.
    """
    sections = summary.sections(summary.ranked(rows))
    panels = max(len(sections), 1)
    with style():
        figure = blank(WIDTH, panels * _height(sections))
        axes = figure.subplots(panels, 1, squeeze=False)[:, 0]
        for axis, (section, own) in zip(axes, sections, strict=False):
            _panel(axis, section, own)
        if not sections:
            axes[0].set_title(EMPTY)
    return figure


def _height(sections: Iterable[tuple[summary.Section, Sequence[summary.Row]]]) -> float:
    """Inches of a panel that has room for the names of any section."""
    most = max((len(own) for _, own in sections), default=1)
    return max(LEAST, EACH * most + 1.2)


def _panel(axis: Any, section: summary.Section, rows: Sequence[summary.Row]) -> None:
    points = [_Point(r, r.utility, r.leakage) for r in rows if r.utility and r.leakage]
    colour = colours(r.defense for r in rows)
    for point in points:
        _draw(axis, point, colour[point.row.defense])
    _sweeps(axis, points, colour)
    _front(axis, [point.row for point in points if point.row.complete])
    if points:
        _chance(axis, points)
    elif not section.targets[0]:
        axis.text(50, 50, UNSERVED, ha="center", color="grey")
    _describe(axis, section, rows[0], points)
    _names(axis, points, colour)


def _draw(axis: Any, point: _Point, colour: Any) -> None:
    """The point with both intervals; filled if it is ranked, square if it is a picture."""
    x, y = point.xy
    axis.errorbar(
        x,
        y,
        xerr=spread(point.leakage),
        yerr=spread(point.utility),
        fmt="s" if point.row.release == "image" else "o",
        color=colour,
        mfc=colour if point.row.complete else "white",
        **POINT,
    )


def _sweeps(axis: Any, points: Iterable[_Point], colour: dict[str, Any]) -> None:
    """Join the points of one defense and release that differ in the value of one setting."""
    swept: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for point in points:
        row = point.row
        if row.settings.count("=") == 1:
            setting = row.settings.partition("=")[0]
            swept.setdefault((row.defense, row.release, setting), []).append(point.xy)
    for (defense, _, _), places in swept.items():
        places.sort()
        leakage = [x for x, _ in places]
        utility = [y for _, y in places]
        axis.plot(leakage, utility, color=colour[defense], lw=0.8, alpha=0.6)


def _front(axis: Any, rows: Sequence[summary.Row]) -> None:
    """The step below which no release lies."""
    if not rows:
        return
    costs = np.array([leaderboard.cost(row) for row in rows])
    best = fronts.non_dominated(costs)
    leakage, lost = np.unique(costs[best], axis=0).T
    x = 100 * leakage
    y = 100 * (1 - lost)
    along = [x[0], *x, RIGHT]
    up = [LEFT, *y, y[-1]]
    axis.step(along, up, where="post", **STEP)


def _chance(axis: Any, points: Sequence[_Point]) -> None:
    leakage = max(point.leakage.chance for point in points)
    utility = max(point.utility.chance for point in points)
    line(axis, x=100 * leakage, y=100 * utility)


def _describe(
    axis: Any, section: summary.Section, row: summary.Row, points: Iterable[_Point]
) -> None:
    """Limits, axis labels and title. row: any of the section."""
    utility, private = section.targets
    axis.set_xlim(LEFT, RIGHT)
    axis.set_ylim(LEFT, 106)
    axis.set_xlabel(f"leakage: {private} accuracy of the strongest attacker, %")
    concordance = any(point.utility.metric == "ccc" for point in points)
    unit = "concordance (CCC), x 100" if concordance else "accuracy, %"
    axis.set_ylabel(f"utility: {utility} {unit}")
    about = f"{section.title}, folds: {row.folds}, seeds: {row.seeds}"
    title = f"{about}. Dotted: chance. Step: Pareto front. Bars: 95%"
    axis.set_title(_wrapped(title, 96), fontsize=9, loc="left")


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, width, break_on_hyphens=False)


def _names(axis: Any, points: Sequence[_Point], colour: dict[str, Any]) -> None:
    """A column of names at the right, each tied to its point by a thin line."""
    order = sorted(points, key=lambda point: (-point.utility.mean, point.leakage.mean))
    for place, point in enumerate(order):
        height = 1 - (place + 0.5) / max(len(order), 1)
        _name(axis, point, height, colour[point.row.defense])
    axis.text(COLUMN, 1.02, KEY, transform=axis.transAxes, fontsize=8, color="grey")


def _name(axis: Any, point: _Point, height: float, colour: Any) -> None:
    x, y = point.xy
    text = f"{point.row.label}: {y:.0f} / {x:.0f} by {point.leakage.attacker}"
    axis.annotate(
        _wrapped(text.replace(",", ", "), 64),
        (x, y),
        xytext=(COLUMN, height),
        color=colour,
        arrowprops=TIE | {"color": colour},
        **NAME,
    )
