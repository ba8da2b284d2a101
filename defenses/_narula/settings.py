"""Settings of the Hybrid network: what the paper says, and what it leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ...bench.checks import InputError, images, number
from ...bench.types import Samples

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class HybridSettings:
    """Form and training of the Hybrid network.

    alpha, beta, rounds: as in the paper (rounds is its T). epochs: of the joint start.
    confuse: what the base minimises against the private stream, -L_i (negative) or cross-entropy to
    uniform. widths, norm, code: form of the base; code 0 releases the flattened last map, else a
    code of that dimension. seek_epochs: epochs of the private stream a round. anneal: the base's
    learning rate falls to 0 over the rounds. restart: untrained weights for the private stream
    every so many rounds (0 never). patience: stop when the utility on held-out training rows has
    not improved for so many rounds (0 never). clip: largest gradient norm in the rounds (0 none).

    Raises:
        InputError: if a setting is out of its range.
    """

    alpha: float = 0.5
    beta: float = 1.0
    rounds: int = 40
    epochs: int = 20
    confuse: Literal["negative", "uniform"] = "uniform"
    widths: tuple[int, ...] = (32, 64, 128)
    norm: bool = True
    code: int = 8
    seek_epochs: int = 5
    anneal: bool = True
    restart: int = 0
    patience: int = 0
    clip: float = 0.0
    lr: float = 1e-3
    batch: int = 32

    def __post_init__(self) -> None:
        number("hybrid:alpha", self.alpha, 0)
        number("hybrid:beta", self.beta, 0)
        number("hybrid:lr", self.lr, 0, open_low=True)
        for name in ("rounds", "code", "restart", "patience"):
            number(f"hybrid:{name}", getattr(self, name), 0)
        for name in ("epochs", "seek_epochs"):
            number(f"hybrid:{name}", getattr(self, name), 1)
        number("hybrid:clip", self.clip, 0)
        if not self.widths or min(self.widths) < 1:
            allowed = "widths of at least 1, such as 32-64-128"
            raise InputError("hybrid:widths", self.widths, allowed)
        if self.batch < 2:
            raise InputError("hybrid:batch", self.batch, "at least 2")

    def check(self, samples: Samples) -> None:
        """InputError for rows that are no pictures, or too small for so many layers."""
        self._check_shape(images("dataset", samples.x).shape[1:])

    def base(self, shape: tuple[int, ...]) -> nn.Module:
        """An untrained base of this form for pictures of (c, h, w).

        Raises:
            InputError: if a layer of pooling would leave nothing of them.
        """
        from ...bench.toolkit.nets import ConvBase

        self._check_shape(shape)
        return ConvBase(shape[0], self.widths, norm=self.norm, code=self.code)

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        side = min(shape[1:])
        if side < 2 ** len(self.widths):
            most = side.bit_length() - 1
            allowed = f"at most {most} layers"
            raise InputError("hybrid:widths", self.widths, allowed, "small images")
