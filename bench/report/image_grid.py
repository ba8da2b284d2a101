"""Pictures of pictures: a grid with names on both sides, and the losses of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from ..types import Array

EACH = 0.9  # inches of a picture
LOSSES = ("discriminator", "generator", "kl", "adversarial", "identity", "expression")


def grid(rows: Sequence[Array], path: Path, *, across: Sequence[str], down: Sequence[str]) -> None:
    """A file of rows of pictures, each (n, c, h, w) in [0, 1]; across and down: names of columns and rows."""
    with mpl.rc_context({"font.size": 8}):
        figure = Figure(
            figsize=(EACH * (len(across) + 1.2), EACH * (len(rows) + 0.4)), layout="constrained"
        )
        axes = figure.subplots(len(rows), len(across), squeeze=False)
        for line, (pictures, name) in enumerate(zip(rows, down, strict=True)):
            for column, picture in enumerate(pictures):
                axis = axes[line, column]
                shown = np.clip(picture, 0, 1).transpose(1, 2, 0)
                axis.imshow(
                    shown if len(picture) == 3 else shown[..., 0], cmap="gray", vmin=0, vmax=1
                )
                axis.set_xticks([])
                axis.set_yticks([])
                for side in axis.spines.values():
                    side.set_visible(False)
            axes[line, 0].set_ylabel(name, rotation=0, ha="right", va="center")
        for axis, name in zip(axes[0], across, strict=True):
            axis.set_title(name, fontsize=8)
        figure.savefig(path, dpi=130)


def losses(curves: Mapping[str, Sequence[Mapping[str, float]]], path: Path) -> None:
    """A row of panels for each training: its losses over the epochs, and how much its pictures differ from each other.

    curves: a point for each epoch, by the name of the training.
    """
    with mpl.rc_context({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(9, 3.2 * len(curves)), layout="constrained")
        panels = figure.subplots(len(curves), 2, squeeze=False)
        for (left, right), (title, curve) in zip(panels, curves.items(), strict=True):
            epochs = [point["epoch"] for point in curve]
            for name in LOSSES:
                left.plot(epochs, [point[name] for point in curve], label=name)
            left.set(xlabel="epoch", ylabel="loss", yscale="log")
            left.set_title(title, fontsize=8, loc="left")
            for name, text in (
                ("over_inputs", "from input to input"),
                ("over_targets", "from target to target"),
            ):
                right.plot(epochs, [point[name] for point in curve], label=text)
            right.set(
                xlabel="epoch",
                ylabel="deviation of synthetic pictures,\nin that of real ones",
                ylim=(0, None),
            )
            for axis in (left, right):
                axis.legend(frameon=False)
        figure.savefig(path, dpi=130)
