"""The adversarial Hybrid network: Algorithm 1 of Narula, Wang, Chaspari 2020 (arXiv 2001.06103).

The paper leaves open what decides whether the algorithm works (docs/studies/hybrid.md measures it),
so each
choice is a setting. As published, with the plainest reading of the rest:

    hybrid:code=0,norm=false,confuse=negative,seek_epochs=1,anneal=false
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..bench.checks import InputError, images, number
from ..bench.types import Samples, Task

if TYPE_CHECKING:
    from torch import nn

    from ._shared.net_encoder import NetEncoder


@dataclass(frozen=True)
class Hybrid:
    """Features trained to serve the utility label and, in alternation, to hide the private one (Algorithm 1).

    alpha, beta, rounds: as in the paper (rounds is its T). epochs: of the joint start.
    confuse: what the base minimises against the private stream, -L_i (negative) or cross-entropy to
    uniform. widths, norm, code: form of the base; code 0 releases the flattened last map, else a
    code of that dimension. seek_epochs: epochs of the private stream a round. anneal: the base's
    learning rate falls to 0 over the rounds. restart: untrained weights for the private stream
    every so many rounds (0 never). patience: stop when the utility on held-out training rows has
    not improved for so many rounds (0 never). clip: largest gradient norm in the rounds (0 none).
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
            raise InputError(
                "hybrid:widths", self.widths, "widths of at least 1, such as 32-64-128"
            )
        if self.batch < 2:
            raise InputError("hybrid:batch", self.batch, "at least 2")

    def check(self, samples: Samples) -> None:
        self._fits(images("dataset", samples.x).shape[1:])

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> NetEncoder:
        from ._narula.algorithm1 import alternate
        from ._shared.net_encoder import NetEncoder

        base, curve = alternate(self, samples, task, seed=seed, device=device)
        return NetEncoder(base, device, {"shape": list(samples.x.shape[1:]), "curve": curve})

    def load(self, folder: Path, *, device: str) -> NetEncoder:
        from ._shared.net_encoder import restore

        return restore(folder, self.base, device=device)

    def base(self, shape: tuple[int, ...]) -> nn.Module:
        """An untrained base of this form for pictures of (c, h, w)."""
        from ..bench.toolkit.nets import ConvBase

        self._fits(shape)
        return ConvBase(shape[0], self.widths, norm=self.norm, code=self.code)

    def _fits(self, shape: tuple[int, ...]) -> None:
        """InputError if a layer of pooling would leave nothing of pictures (c, h, w)."""
        if min(shape[1:]) < 2 ** len(self.widths):
            raise InputError(
                "hybrid:widths",
                self.widths,
                f"at most {min(shape[1:]).bit_length() - 1} layers",
                "small images",
            )
