"""The frozen central model of a federated training, with what the server saw."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...bench.checks import InputError
from ...bench.toolkit import sequences, train
from ...bench.toolkit.federated_log import Log
from ...bench.types import Array, Samples
from . import encoder
from .aim import Aim
from .encoder import Network, RecurrentEncoder

LOG = "updates.npz"


@dataclass(frozen=True, kw_only=True)
class FederatedEncoder(RecurrentEncoder):
    """Releases those of the central model. log: what the server saw."""

    log: Log

    def losses(self, weights: Array, samples: Samples) -> Array:
        """(n,) how badly the network with these weights (p,) does on each row.

        Mean squared error, or cross-entropy. NaN where there is no rating.

        Raises:
            InputError: if the weights are of another network.
        """
        aim = self._aim(samples)
        net = copy.deepcopy(self.net)
        net.load_state_dict(unflattened(net, weights))
        x = train.tensor(self.ready(samples.x), self.device)
        prediction = encoder.predict(net, x)[1]
        target = aim.target(samples)
        if aim.classes:
            return _cross_entropy(prediction, target)
        error = np.square(prediction - target)
        return sequences.means(error.reshape(len(error), -1))

    def _aim(self, samples: Samples) -> Aim:
        names = tuple(self.about["names"])
        classes = names[0] in samples.labels
        means = self.about["recipe"]["loss"] == "mse"
        return Aim(names, self.about["k"], classes, means)

    def save(self, folder: Path, /) -> None:
        """Write what a recurrent encoder writes, and the log."""
        super().save(folder)
        self.log.write(folder / LOG)


def load(folder: Path, *, device: str) -> FederatedEncoder:
    """The encoder that `save` wrote."""
    plain = encoder.load(folder, device=device)
    return FederatedEncoder(**vars(plain), log=Log.read(folder / LOG))


def _cross_entropy(scores: Array, y: Array) -> Array:
    """(n,) of scores (n, K) and classes y (n,)."""
    shifted = scores - scores.max(1, keepdims=True)
    rows = np.arange(len(y))
    return np.log(np.exp(shifted).sum(1)) - shifted[rows, y]


def flat(arrays: Any) -> np.ndarray:
    """(p,) all numbers of a state or an update, layer after layer."""
    layers = [np.asarray(value, np.float32).ravel() for value in arrays.values()]
    return np.concatenate(layers)


def unflattened(net: Network, numbers: np.ndarray) -> dict[str, Any]:
    """A state of the network from all its numbers (p,).

    Raises:
        InputError: if it has more or fewer.
    """
    layers = net.state_dict()
    needed = sum(value.numel() for value in layers.values())
    if needed != len(numbers):
        got = f"{len(numbers)} numbers"
        allowed = f"{needed}, as the network has"
        raise InputError(LOG, got, allowed, "of another network?")
    state = {}
    start = 0
    for name, value in layers.items():
        end = start + value.numel()
        layer = numbers[start:end].reshape(value.shape).copy()
        state[name] = torch.from_numpy(layer).to(value.dtype)
        start = end
    return state
