"""A fresh head of one fully connected layer (Narula et al. 2020, arXiv 2001.06103; widths ours)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ._shared.fresh import FreshHead


@dataclass(frozen=True)
class Fc1(FreshHead):
    """A fresh head of one fully connected layer, on standardised frozen codes."""

    epochs: int = 100  # one layer is slow to fit

    widths: ClassVar[tuple[int, ...]] = ()
