"""A fresh head of three fully connected layers, 256-128-K.

Source: Narula et al. 2020, arXiv 2001.06103; the widths are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ._shared.fresh import FreshHead


@dataclass(frozen=True)
class Fc3(FreshHead):
    """A fresh head of three fully connected layers, 256-128-K, on standardised frozen codes."""

    widths: ClassVar[tuple[int, ...]] = (256, 128)
