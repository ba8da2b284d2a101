"""Leakage by each attacker, a panel of bars for each release."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import seaborn as sns
from matplotlib.figure import Figure

from ..analysis import summary
from .figures import EMPTY, blank, line, spread, style

WIDTH = 3.6  # inches of a panel
ACROSS = 3  # panels in a line, at most
STRONGEST, OTHERS = 3, 0  # places in the palette


def leakage_bars(rows: Iterable[summary.Row]) -> Figure:
    """Leakage by each attacker with intervals and the chance line; the strongest stands out.

    Rows of ignorant attackers are not drawn.
    """
    shown = [row for row in summary.ranked(rows) if row.privacy_by_attacker]
    names = summary.attackers(shown)
    many = len(shown)
    across = min(ACROSS, max(many, 1))
    down = math.ceil(max(many, 1) / across)
    height = 0.5 + 0.2 * max(len(names), 3)
    with style():
        figure = blank(WIDTH * across, down * height)
        axes = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True).ravel()
        for axis in axes[many:]:
            axis.axis("off")
        for axis, row in zip(axes, shown, strict=False):
            _panel(axis, row, names)
        _titles(axes, shown)
        lowest = max(many - across, 0)
        _label(axes[lowest:many])
        if not shown:
            axes[0].set_title(EMPTY)
    return figure


def _label(axes: Iterable[Any]) -> None:
    """Say what is measured, below the lowest panel of each column."""
    for axis in axes:
        axis.set_xlabel("leakage, %")
        axis.tick_params(labelbottom=True)


def _titles(axes: Iterable[Any], rows: Sequence[summary.Row]) -> None:
    """The release and, where there are several, its section."""
    many = len({row.section for row in rows}) > 1
    for axis, row in zip(axes, rows, strict=False):
        title = f"{row.section.title}: {row.label}" if many else row.label
        axis.set_title(textwrap.fill(title, 48), fontsize=8, loc="left")


def _panel(axis: Any, row: summary.Row, names: Sequence[str]) -> None:
    for place, name in enumerate(names):
        _bar(axis, row, name, place)
    if row.leakage is not None:
        line(axis, x=100 * row.leakage.chance)
    most = len(names)
    axis.set_yticks(range(most))
    axis.set_ylim(most - 0.5, -0.5)
    axis.set_xlim(0, 105)
    axis.set_yticklabels(names, fontsize=7)


def _bar(axis: Any, row: summary.Row, attacker: str, place: int) -> None:
    """The bar of one attacker, or why there is none."""
    e = row.privacy_by_attacker.get(attacker)
    if e is None:
        why = "no number" if attacker in row.missing else "not applicable"
        axis.text(1, place, why, va="center", fontsize=6, color="grey")
        return
    strongest = row.leakage is not None and row.leakage.attacker == attacker
    hue = STRONGEST if strongest else OTHERS
    colour = sns.color_palette("colorblind")[hue]
    mean = 100 * e.mean
    axis.barh(place, mean, color=colour, height=0.7)
    axis.errorbar(mean, place, xerr=spread(e), color="black", lw=0.8, capsize=2)
