"""The Face network (Narula et al. 2020, arXiv 2001.06103), which is meant to keep identity."""

from __future__ import annotations

from dataclasses import dataclass

from ._shared.trained import Trained


@dataclass(frozen=True)
class Face(Trained):
    """Features trained on the private label: a positive control, which every attacker must read."""

    label = "private"
