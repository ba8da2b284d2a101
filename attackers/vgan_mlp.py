"""The attack on latent codes that PPRL-VGAN was evaluated with, as published (arXiv 1803.07100)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ._shared.published import Published


@dataclass(frozen=True)
class VganMlp(Published):
    """The attack on latent codes of PPRL-VGAN's own evaluation: ten epochs of SGD with momentum."""

    ndim: ClassVar[int] = 2
