"""Pictures of pictures: a grid with names on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..types import Array
from .figures import blank, style

EACH = 0.9  # inches of a picture
SMALL = 8  # size of the names


def grid(rows: Sequence[Array], *, across: Sequence[str], down: Sequence[str]) -> Figure:
    """Rows of pictures, each (n, c, h, w) in [0, 1]; across, down: names of columns and rows."""
    width = EACH * (len(across) + 1.2)
    height = EACH * (len(rows) + 0.4)
    with style():
        figure = blank(width, height)
        axes = figure.subplots(len(rows), len(across), squeeze=False)
        for line, pictures in zip(axes, rows, strict=True):
            for axis, picture in zip(line, pictures, strict=False):
                _show(axis, picture)
        for axis, name in zip(axes[:, 0], down, strict=True):
            axis.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=SMALL)
        for axis, name in zip(axes[0], across, strict=True):
            axis.set_title(name, fontsize=SMALL)
    return figure


def _show(axis: Any, picture: Array) -> None:
    """One picture (c, h, w), without a frame."""
    pixels = np.clip(picture, 0, 1).transpose(1, 2, 0)
    if len(picture) != 3:
        pixels = pixels[..., 0]
    axis.imshow(pixels, cmap="gray", vmin=0, vmax=1)
    axis.set_xticks([])
    axis.set_yticks([])
    for side in axis.spines.values():
        side.set_visible(False)
