"""What attackers of sequences share: networks over frames, pooled for a class, or asked at each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from ...bench.metrics.regression import Scale
from ...bench.reasons import Reason
from ...bench.toolkit import nets, recurrent, train
from ...bench.toolkit.recurrent import Base, EachFrame, Frames, Pooled
from ...bench.types import Array
from .heads import NetAdversary, Training, fit_net

LEARNT = 0.98  # of the loss without any concordance: a network above it has learnt nothing
NO_CONCORDANCE = Reason(
    "not-converged", "did not converge: no concordance on its own training rows"
)


def fit_classes(
    z: Array, y: Array, *, base: Callable[[int], Base], dropout: float, training: Training
) -> NetAdversary:
    """A network fitted on classes y (n,) of sequences z (n, t, d); base: of frames of d numbers."""
    prepare = Frames.of(z)
    k = int(y.max()) + 1

    def make() -> Pooled:
        return Pooled(base(z.shape[2]), k, dropout).to(training.device)

    x = train.tensor(prepare(z), training.device)
    return fit_net(make, x, y, training, prepare=prepare)


def fit_ratings(
    z: Array, target: Array, *, base: Callable[[int], Base], training: Training
) -> FrameAdversary:
    """A network fitted by concordance on a continuous label of sequences z (n, t, d).

    target: (n, t), NaN where a frame is not rated.
    """
    device = training.device
    prepare = Frames.of(z)
    scale = Scale.of(target)
    with nets.seeded(training.seed):
        net = EachFrame(base(z.shape[2]), 1).to(device)
    truth = torch.from_numpy(scale.towards(target)[..., None]).to(device)
    x = train.tensor(prepare(z), device)
    losses = recurrent.fit_frames(net, x, truth, training.budget, seed=training.seed)
    learnt = losses[-1] < LEARNT
    note = None if learnt else NO_CONCORDANCE
    return FrameAdversary(NetAdversary(prepare, net, device, note, sound=learnt), scale)


@dataclass(frozen=True)
class FrameAdversary:
    """Predicts a continuous label of each frame. scale: that of the ratings."""

    fitted: NetAdversary
    scale: Scale

    @property
    def note(self) -> Reason | None:
        """What a reader must know of the training, or None."""
        return self.fitted.note

    @property
    def sound(self) -> bool:
        """Whether the training got going."""
        return self.fitted.sound

    def __call__(self, z: Array, /) -> Array:
        """Predictions (n, t) of sequences (n, t, d), in the units of the ratings."""
        return self.scale.back(self.fitted(z)[..., 0])
