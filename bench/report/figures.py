"""A blank figure in the house's style, what several pictures share, and the one way to write one.

Figures are `matplotlib.figure.Figure` objects that pyplot does not know: nothing stays open, and
notebooks and threads may draw as they like.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..analysis.estimates import Estimate

STYLE: Any = {
    "svg.hashsalt": "privbench",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
# Dates would make two drawings of the same records differ.
UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
DPI = 150
EMPTY = "No records: nothing has been measured"
HUES = 10  # of the palette; more names begin it again

_lock = threading.RLock()  # matplotlib's settings are those of the whole process


@contextmanager
def style() -> Iterator[None]:
    """The house's settings of matplotlib, for one thread at a time."""
    with _lock, mpl.rc_context(STYLE):
        yield


class Picture(Figure):
    """A figure that a notebook shows, whether or not pyplot was ever imported there."""

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        with style():
            self.savefig(file, format="png", dpi=DPI)
        return file.getvalue()


def blank(width: float, height: float) -> Figure:
    """An empty figure of so many inches, whose parts make room for each other."""
    figure = Picture(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def colours(names: Iterable[str]) -> dict[str, Any]:
    """A colour for each name, in the order in which they come."""
    palette = list(sns.color_palette("colorblind", HUES))
    distinct = dict.fromkeys(names)
    return {name: palette[place % HUES] for place, name in enumerate(distinct)}


def spread(e: Estimate) -> list[list[float]]:
    """The interval as error bars in percent: [[below the mean], [above it]]."""
    return [[100 * (e.mean - e.low)], [100 * (e.high - e.mean)]]


def line(axis: Any, *, x: float | None = None, y: float | None = None) -> None:
    """A dotted line of chance, upright at x or level at y."""
    look: Any = {"color": "grey", "ls": ":", "lw": 1}
    if x is not None:
        axis.axvline(x, **look)
    if y is not None:
        axis.axhline(y, **look)


def save(figure: Figure, path: Path) -> None:
    """Write a figure, the same bytes each time; all of it or none. Suffix: .png, .svg or .pdf."""
    beside = path.with_name(f"writing-{path.name}")
    metadata = UNDATED.get(path.suffix.lstrip("."), {})
    try:
        with style():
            figure.savefig(beside, dpi=DPI, metadata=metadata, bbox_inches="tight")
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
