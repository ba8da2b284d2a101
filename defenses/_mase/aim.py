"""What a recurrent network learns: which labels, of frames or of rows, and by which loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ...bench.checks import InputError
from ...bench.toolkit import sequences, train
from ...bench.toolkit.recurrent import LOSSES, Frames
from ...bench.types import Array, Samples, Task
from .recipe import Recipe


@dataclass(frozen=True)
class Aim:
    """Numbers of each frame by name, or the classes of one label.

    k: numbers, or classes. means: numbers are learnt as means of rows, not of each frame.
    """

    names: tuple[str, ...]
    k: int
    classes: bool
    means: bool

    @property
    def each_frame(self) -> bool:
        """Whether every frame has a target of its own."""
        return not (self.classes or self.means)

    def target(self, samples: Samples) -> Array:
        """(n,) classes, (n, t, k) numbers, or (n, k) means of rows; NaN without a rating."""
        if self.classes:
            return samples.labels[self.names[0]]
        numbers = np.stack([samples.targets[name] for name in self.names], 2)
        return sequences.means(numbers) if self.means else numbers

    def rated(self, samples: Samples) -> Array:
        """(n,) bool: rows with a class, or with a rating of any frame."""
        target = self.target(samples)
        n = len(target)
        if self.classes:
            return np.ones(n, bool)
        return np.isfinite(target.reshape(n, -1)).max(axis=-1)


def aim_of(how: Recipe, samples: Samples, task: Task) -> Aim:
    """Every continuous label of the data, or the classes of the utility label where that is none.

    Raises:
        InputError: if there is no utility label.
    """
    if task.utility in samples.targets:
        names = tuple(sorted(samples.targets))
        return Aim(names, len(names), False, how.loss == "mse")
    if not task.utility:
        raise InputError("au-rnn", "no utility label", "--utility: what the code is to keep")
    return Aim((task.utility,), samples.n_classes(task.utility), True, False)


def loss_of(aim: Aim, name: str) -> Callable[[Tensor, Tensor], Tensor]:
    """loss(prediction, target). name: of LOSSES, which classes have no use for."""
    if aim.classes:
        return F.cross_entropy
    return LOSSES["mse" if aim.means else name]


@dataclass(frozen=True)
class Lesson:
    """The rows that can be learnt from, on the device.

    x: (n, t, d + 1) frames. target: (n,) classes, (n, t, k) numbers or (n, k) means, see Aim.
    """

    aim: Aim
    x: Tensor
    target: Tensor

    @classmethod
    def of(cls, aim: Aim, samples: Samples, ready: Frames, device: str) -> Lesson:
        """The rated rows of `samples`.

        Raises:
            InputError: if there are none.
        """
        x = train.tensor(ready(samples.x), device)
        target = torch.from_numpy(aim.target(samples)).to(device)
        rows = _rated(target, aim)
        return cls(aim, x[rows], target[rows])


def _rated(target: Tensor, aim: Aim) -> Tensor:
    """Row numbers with a class, or with at least one rating."""
    if aim.classes:
        rows = torch.arange(len(target))
    else:
        missing = torch.isnan(target).flatten(1).all(1)
        rows = torch.nonzero(~missing)[:, 0]
    if not len(rows):
        needed = "ratings of " + " or ".join(aim.names)
        raise InputError("au-rnn", "no rated row to learn from", needed)
    return rows
