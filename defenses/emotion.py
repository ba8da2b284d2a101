"""The Emotion network (Narula et al. 2020, arXiv 2001.06103): trained for the utility alone."""

from __future__ import annotations

from dataclasses import dataclass

from ._shared.trained import Trained


@dataclass(frozen=True)
class Emotion(Trained):
    """Features of a network trained on the utility label alone."""

    label = "utility"
