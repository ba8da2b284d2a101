"""Pictures of the records. Each function writes one file; its suffix says the format (png, svg, pdf)."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import seaborn as sns
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..analysis import leaderboard, summary
from ..metrics import pareto as fronts
from ..types import Record
from . import tables

if TYPE_CHECKING:
    from ..analysis.budget import Point

STYLE: Any = {
    "svg.hashsalt": "privbench",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def pareto(records: Sequence[Record], path: Path) -> None:
    """Utility against the leakage of the best adversary, with intervals, chance lines and the front.

    Labels stand in a column of their own, in the order of the points' height, so they cannot
    overlap.
    """
    sections = summary.sections(summary.rows(records))
    with mpl.rc_context(STYLE):
        tallest = max([len(rows) for _, rows in sections] or [1])
        figure = _figure(10.5, max(len(sections), 1) * max(4.8, 0.32 * tallest + 1.2))
        axes = figure.subplots(max(len(sections), 1), 1, squeeze=False)[:, 0]
        for axis, (key, rows) in zip(axes, sections, strict=False):
            _pareto_panel(axis, key, rows)
        if not sections:
            axes[0].set_title("No records: nothing has been measured")
        _save(figure, path)


def _pareto_panel(axis: Any, section: summary.Section, rows: list[summary.Row]) -> None:
    targets, shown = section.targets, [r for r in rows if r.leakage and r.utility]
    colours = dict(
        zip(
            dict.fromkeys(r.defense for r in rows),
            sns.color_palette("colorblind", 10) * 9,
            strict=False,
        )
    )
    for row in shown:
        u, e = row.utility, row.leakage
        assert u is not None
        assert e is not None
        spread = (
            [[100 * (e.mean - e.low)], [100 * (e.high - e.mean)]],
            [[100 * (u.mean - u.low)], [100 * (u.high - u.mean)]],
        )
        axis.errorbar(
            100 * e.mean,
            100 * u.mean,
            xerr=spread[0],
            yerr=spread[1],
            color=colours[row.defense],
            fmt=_marker(row),
            mfc=colours[row.defense] if row.complete else "white",
            ms=6,
            lw=0.8,
            capsize=2,
            zorder=3,
        )
    _sweeps(axis, shown, colours)
    _front(axis, [r for r in shown if r.complete])
    if shown:
        axis.axvline(
            100 * max(r.leakage.chance for r in shown if r.leakage), color="grey", ls=":", lw=1
        )
        axis.axhline(
            100 * max(r.utility.chance for r in shown if r.utility), color="grey", ls=":", lw=1
        )
    elif not targets[0]:
        axis.text(
            50,
            50,
            "nobody said what the release is for: no utility was measured",
            ha="center",
            color="grey",
        )
    axis.set(
        xlim=(-3, 103),
        ylim=(-3, 106),
        xlabel=f"leakage: {targets[1]} accuracy of the best adversary, %",
    )
    concordance = any(r.utility is not None and r.utility.metric == "ccc" for r in shown)
    axis.set_ylabel(
        f"utility: {targets[0]} " + ("concordance (CCC), x 100" if concordance else "accuracy, %")
    )
    folds = f"folds: {rows[0].folds}, seeds: {rows[0].seeds}"
    name = f"{tables.title(section)}, {folds}"
    told = textwrap.fill(
        f"{name}. Dotted: chance. Step: Pareto front. Bars: 95%", 96, break_on_hyphens=False
    )
    axis.set_title(told, fontsize=9, loc="left")
    _labels(axis, shown, colours)


def _marker(row: summary.Row) -> str:
    return "s" if row.release == "image" else "o"


def _sweeps(axis: Any, rows: list[summary.Row], colours: Any) -> None:
    """Join the points of one defense and release that differ in the value of one setting."""
    swept: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for r in rows:
        if r.settings.count("=") == 1 and r.leakage and r.utility:
            key = (r.defense, r.release, r.settings.partition("=")[0])
            swept.setdefault(key, []).append((100 * r.leakage.mean, 100 * r.utility.mean))
    for (defense, _, _), points in swept.items():
        axis.plot(*zip(*sorted(points), strict=True), color=colours[defense], lw=0.8, alpha=0.6)


def _front(axis: Any, rows: list[summary.Row]) -> None:
    if not rows:
        return
    best = fronts.non_dominated([leaderboard.cost(r) for r in rows])
    points = sorted({leaderboard.cost(r) for r, good in zip(rows, best, strict=True) if good})
    x, y = [100 * p[0] for p in points], [100 * (1 - p[1]) for p in points]
    axis.step(
        [x[0], *x, 103], [-3, *y, y[-1]], where="post", color="black", lw=1.6, alpha=0.6, zorder=4
    )


def _labels(axis: Any, rows: list[summary.Row], colours: Any) -> None:
    """A column of names at the right, each tied to its point by a thin line."""
    order = sorted(
        rows,
        key=lambda r: (-(r.utility.mean if r.utility else 0), r.leakage.mean if r.leakage else 0),
    )
    for place, row in enumerate(order):
        u, e = row.utility, row.leakage
        assert u is not None
        assert e is not None
        height = 1 - (place + 0.5) / max(len(order), 1)
        text = f"{row.label}: {100 * u.mean:.0f} / {100 * e.mean:.0f} by {e.attacker}"
        text = textwrap.fill(text.replace(",", ", "), 64, break_on_hyphens=False)
        axis.annotate(
            text,
            (100 * e.mean, 100 * u.mean),
            xytext=(1.04, height),
            textcoords="axes fraction",
            va="center",
            fontsize=7.5,
            color=colours[row.defense],
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "lw": 0.4,
                "color": colours[row.defense],
                "alpha": 0.6,
                "relpos": (0, 0.5),
            },
        )
    axis.text(
        1.04,
        1.02,
        "release: utility / leakage by worst attacker",
        transform=axis.transAxes,
        fontsize=8,
        color="grey",
    )


def leakage_bars(records: Sequence[Record], path: Path) -> None:
    """Leakage by each attacker, a panel for each release, with intervals and the chance line."""
    rows = [r for r in summary.rows(records) if r.privacy_by_attacker]
    names = tables.columns(rows)
    across = min(3, max(len(rows), 1))
    down = -(-max(len(rows), 1) // across)
    with mpl.rc_context(STYLE):
        figure = _figure(3.6 * across, down * (0.5 + 0.2 * max(len(names), 3)))
        axes = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True).ravel()
        for axis in axes[len(rows) :]:
            axis.axis("off")
        many = len({r.section for r in rows}) > 1
        for axis, row in zip(axes, rows, strict=False):
            _bars(axis, row, names)
            title = f"{tables.title(row.section)}: {row.label}" if many else row.label
            axis.set_title(textwrap.fill(title, 48), fontsize=8, loc="left")
        for axis in axes[max(len(rows) - across, 0) : len(rows)]:
            axis.set_xlabel("leakage, %")
            axis.tick_params(labelbottom=True)
        if not rows:
            axes[0].set_title("No records: nothing has been measured")
        _save(figure, path)


def _bars(axis: Any, row: summary.Row, names: list[str]) -> None:
    for place, name in enumerate(names):
        e = row.privacy_by_attacker.get(name)
        if e is None:
            axis.text(
                1,
                place,
                "no number" if name in row.missing else "not applicable",
                va="center",
                fontsize=6,
                color="grey",
            )
            continue
        worst = row.leakage is not None and row.leakage.attacker == name
        colour = sns.color_palette("colorblind")[3 if worst else 0]
        spread = [[100 * (e.mean - e.low)], [100 * (e.high - e.mean)]]
        axis.barh(place, 100 * e.mean, color=colour, height=0.7)
        axis.errorbar(100 * e.mean, place, xerr=spread, color="black", lw=0.8, capsize=2)
    if row.leakage is not None:
        axis.axvline(100 * row.leakage.chance, color="grey", ls=":", lw=1)
    axis.set(yticks=range(len(names)), ylim=(len(names) - 0.5, -0.5), xlim=(0, 105))
    axis.set_yticklabels(names, fontsize=7)


def budget(points: Sequence[Point], path: Path) -> None:
    """Leakage against pictures of a person, and against training, a row of panels for each release."""
    releases = list(dict.fromkeys((p.defense, p.settings, p.release) for p in points))
    names = list(dict.fromkeys(p.attacker for p in points))
    colours = dict(zip(names, sns.color_palette("colorblind", 10) * 9, strict=False))
    units = {
        "rows": "pictures of a person to learn from",
        "training": "training, in epochs (or rounds of boosting)",
    }
    with mpl.rc_context(STYLE):
        figure = _figure(9.5, 3.1 * max(len(releases), 1))
        axes = figure.subplots(max(len(releases), 1), 2, squeeze=False, sharey=True)
        for row, release in zip(axes, releases, strict=False):
            for axis, (kind, unit) in zip(row, units.items(), strict=True):
                own = [
                    p
                    for p in points
                    if (p.defense, p.settings, p.release) == release and p.kind == kind
                ]
                _curves(axis, own, colours)
                axis.set(xlabel=unit, ylim=(-3, 103))
            row[0].set(ylabel="leakage, %")
            row[0].set_title(" / ".join(filter(None, release)), fontsize=9, loc="left")
        handles = [axes[0, 0].plot([], [], color=colours[n], marker=".", label=n)[0] for n in names]
        figure.legend(handles, names, loc="outside right upper", frameon=False, fontsize=8)
        _save(figure, path)


def _curves(axis: Any, points: Sequence[Point], colours: dict[str, Any]) -> None:
    for name in dict.fromkeys(p.attacker for p in points):
        own = [p for p in points if p.attacker == name]
        x, y = [p.amount for p in own], [100 * p.leakage for p in own]
        axis.plot(x, y, color=colours[name], marker=".", lw=1)
        axis.fill_between(
            x,
            [100 * p.ci_low for p in own],
            [100 * p.ci_high for p in own],
            color=colours[name],
            alpha=0.1,
        )
    if points:
        axis.set_xscale("log", base=2)
        axis.axhline(100 * points[-1].chance, color="grey", ls=":", lw=1)


def alternation(curve: Sequence[dict[str, float]], path: Path) -> None:
    """Learning curve of Hybrid's alternation: accuracies and losses of both streams on the training rows."""
    rounds = [point["round"] for point in curve]
    with mpl.rc_context(STYLE):
        figure = _figure(8, 3.4)
        for axis, what, unit in zip(
            figure.subplots(1, 2), ("accuracy", "loss"), ("%", "nats"), strict=True
        ):
            for stream, colour in zip(
                ("utility", "private"), sns.color_palette("colorblind"), strict=False
            ):
                scale = 100 if what == "accuracy" else 1
                axis.plot(
                    rounds,
                    [scale * p[f"{stream}_{what}"] for p in curve],
                    color=colour,
                    marker=".",
                    label=stream,
                )
            axis.set(xlabel="round", ylabel=f"{what} of each stream on training rows, {unit}")
            axis.legend(frameon=False)
        _save(figure, path)


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _save(figure: Figure, path: Path) -> None:
    kind = path.suffix.lstrip(".")
    # Dates would make two drawings of the same records differ.
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
    figure.savefig(path, dpi=150, metadata=metadata, bbox_inches="tight")
