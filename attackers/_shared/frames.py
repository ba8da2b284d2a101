"""What attackers of sequences share: a network over frames, pooled to name a class, or asked at each frame."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ...bench.metrics.regression import Scale
from ...bench.toolkit import nets, recurrent, train
from ...bench.toolkit.recurrent import EachFrame, Frames, Pooled
from ...bench.types import Array
from .heads import NetAdversary, fit_net
from .sequence import OfSequences


def name(attacker: OfSequences, z: Array, y: Array, *, seed: int, device: str) -> NetAdversary:
    """Fitted on classes y (n,) of sequences z (n, t, d)."""
    ready, k = Frames.of(z), int(y.max()) + 1
    make = lambda: Pooled(attacker.base(z.shape[2]), k, attacker.dropout).to(device)
    return fit_net(
        make, train.tensor(ready(z), device), y, _budget(attacker), prepare=ready, seed=seed
    )


def tell(attacker: OfSequences, z: Array, told: Array, *, seed: int, device: str) -> FrameTeller:
    """Fitted by concordance on a continuous label told (n, t) of sequences z (n, t, d)."""
    ready, scale = Frames.of(z), Scale.of(told)
    with nets.seeded(seed):
        net = EachFrame(attacker.base(z.shape[2]), 1).to(device)
    truth = torch.from_numpy(scale.towards(told)[..., None]).to(device)
    losses = recurrent.fit_frames(
        net, train.tensor(ready(z), device), truth, _budget(attacker), seed=seed
    )
    note = "" if losses[-1] < 0.98 else "did not converge: no concordance on its own training rows"
    return FrameTeller(NetAdversary(ready, net, device, note, sound=not note), scale)


def _budget(attacker: OfSequences) -> train.Budget:
    return train.Budget(attacker.epochs, attacker.batch, attacker.lr)


@dataclass(frozen=True)
class FrameTeller:
    """Says a number of each frame."""

    fitted: NetAdversary
    scale: Scale

    @property
    def note(self) -> str:
        return self.fitted.note

    @property
    def sound(self) -> bool:
        return self.fitted.sound

    def __call__(self, z: Array, /) -> Array:
        return self.scale.back(self.fitted(z)[..., 0])
