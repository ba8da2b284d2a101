"""A fresh head of two fully connected layers, 256-K.

Source: Narula et al. 2020, arXiv 2001.06103; the widths are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ._shared.fresh import FreshHead


@dataclass(frozen=True)
class Fc2(FreshHead):
    """A fresh head of two fully connected layers, 256-K, on standardised frozen codes."""

    widths: ClassVar[tuple[int, ...]] = (256,)
