"""Curves: leakage against what the attacker may spend, and what a training left behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from .figures import blank, colours, line, style

if TYPE_CHECKING:
    from ..analysis.budget import Point

Epochs = Sequence[Mapping[str, float]]  # a point for each epoch or round: its numbers by name

UNITS = {
    "rows": "pictures of a person to learn from",
    "training": "training, in epochs (or rounds of boosting)",
}
LEGEND = {"loc": "outside right upper", "frameon": False, "fontsize": 8}
STREAMS = ("utility", "private")
LOSSES = ("discriminator", "generator", "kl", "adversarial", "identity", "expression")
SPREADS = {"over_inputs": "from input to input", "over_targets": "from target to target"}
SPREAD = "deviation of synthetic pictures,\nin that of real ones"


def budget(points: Sequence[Point]) -> Figure:
    """Leakage against pictures of a person and against training, a row of panels a release."""
    by_release: dict[tuple[str, str, str], list[Point]] = {}
    for point in points:
        release = point.defense, point.settings, point.release
        by_release.setdefault(release, []).append(point)
    colour = colours(point.attacker for point in points)
    panels = max(len(by_release), 1)
    with style():
        figure = blank(9.5, 3.1 * panels)
        axes = figure.subplots(panels, 2, squeeze=False, sharey=True)
        for pair, (release, own) in zip(axes, by_release.items(), strict=False):
            _spent(pair, own, colour)
            left = pair[0]
            left.set_title(" / ".join(filter(None, release)), fontsize=9, loc="left")
            left.set_ylabel("leakage, %")
        lines = [_sample(axes[0, 0], colour[name]) for name in colour]
        figure.legend(lines, list(colour), **LEGEND)
    return figure


def _sample(axis: Any, colour: Any) -> Any:
    """A line without points, for the legend."""
    (sample,) = axis.plot([], [], color=colour, marker=".")
    return sample


def _spent(axes: Iterable[Any], points: Sequence[Point], colour: Mapping[str, Any]) -> None:
    """The two panels of one release."""
    for axis, (kind, unit) in zip(axes, UNITS.items(), strict=True):
        _leakage(axis, [p for p in points if p.kind == kind], colour)
        axis.set_xlabel(unit)
        axis.set_ylim(-3, 103)


def _leakage(axis: Any, points: Sequence[Point], colour: Mapping[str, Any]) -> None:
    """A line with its interval for each attacker."""
    by_attacker: dict[str, list[Point]] = {}
    for point in points:
        by_attacker.setdefault(point.attacker, []).append(point)
    for attacker, own in by_attacker.items():
        hue = colour[attacker]
        amount, mean, low, high = np.array([_numbers(point) for point in own]).T
        axis.plot(amount, mean, color=hue, marker=".", lw=1)
        axis.fill_between(amount, low, high, color=hue, alpha=0.1)
    if points:
        axis.set_xscale("log", base=2)
        line(axis, y=100 * points[-1].chance)


def _numbers(point: Point) -> tuple[float, ...]:
    """(amount, leakage, its limits): the leakage in percent."""
    shares = point.leakage, point.ci_low, point.ci_high
    return point.amount, *(100 * share for share in shares)


def alternation(curve: Epochs) -> Figure:
    """Accuracies and losses of both streams on the training rows, over the rounds of Hybrid."""
    with style():
        figure = blank(8, 3.4)
        left, right = figure.subplots(1, 2)
        _streams(left, curve, "accuracy", "%", 100)
        _streams(right, curve, "loss", "nats", 1)
    return figure


def _streams(axis: Any, curve: Epochs, quantity: str, unit: str, scale: int) -> None:
    rounds = [point["round"] for point in curve]
    for stream, colour in colours(STREAMS).items():
        name = f"{stream}_{quantity}"
        values = [scale * point[name] for point in curve]
        axis.plot(rounds, values, color=colour, marker=".", label=stream)
    axis.set_xlabel("round")
    axis.set_ylabel(f"{quantity} of each stream on training rows, {unit}")
    axis.legend(frameon=False)


def losses(curves: Mapping[str, Epochs]) -> Figure:
    """Losses over the epochs, and how much the pictures differ from each other: a row a training.

    curves: by the name of the training.
    """
    with style():
        figure = blank(9, 3.2 * len(curves))
        panels = figure.subplots(len(curves), 2, squeeze=False)
        for (left, right), (title, curve) in zip(panels, curves.items(), strict=True):
            _over_epochs(left, curve, {name: name for name in LOSSES})
            left.set_ylabel("loss")
            left.set_yscale("log")
            left.set_title(title, fontsize=8, loc="left")
            _over_epochs(right, curve, SPREADS)
            right.set_ylabel(SPREAD)
            right.set_ylim(0, None)
    return figure


def _over_epochs(axis: Any, curve: Epochs, labels: Mapping[str, str]) -> None:
    """A line for each of the named numbers of an epoch."""
    epochs = [point["epoch"] for point in curve]
    for name, label in labels.items():
        values = [point[name] for point in curve]
        axis.plot(epochs, values, label=label)
    axis.set_xlabel("epoch")
    axis.legend(frameon=False, fontsize=8)
