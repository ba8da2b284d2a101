"""Fresh networks fitted on frozen codes: the paper's heads and everything that is trained like them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from ..bench import nets, train
from ..bench.types import Array
from ._vectors import Standardise, holdout


@dataclass(frozen=True)
class NetAdversary:
    """A fitted network behind the preparation of its codes; scores are logits."""

    prepare: Callable[[Array], Array]
    net: nn.Module
    device: str
    note: str

    def __call__(self, z: Array, /) -> Array:
        return train.forward(self.net, train.tensor(self.prepare(z), self.device), exact=True).cpu().numpy()


def fit_head(
    z: Array, y: Array, source: Array, *, widths: tuple[int, ...], budget: train.Budget, seed: int, device: str,
    dropout: float = 0.0, norm: bool = False,
) -> NetAdversary:  # fmt: skip
    """A fully connected network on standardised codes; held-out rows say when to stop, then all rows are used."""
    prepare = Standardise.of(z)
    x, k = train.tensor(prepare(z), device), int(y.max()) + 1
    make = lambda: nets.head(x.shape[1], widths, k, dropout=dropout, norm=norm).to(device)
    net, note = fit_net(make, x, y, source, budget, seed=seed, refit=True)
    return NetAdversary(prepare, net, device, note)


def fit_net(
    make: Callable[[], nn.Module], x: Tensor, y: Array, source: Array, budget: train.Budget, *, seed: int, refit: bool
) -> tuple[nn.Module, str]:
    """(network, note). The best epoch on held-out sources decides; `refit` repeats it on all rows.

    Without patience the whole budget is trained on all rows. Where no class can spare a source there is nothing to
    stop on: half the budget is trained on all rows.
    """
    labels = torch.from_numpy(y).to(x.device)
    held = holdout(y, source, seed=seed) if budget.patience else None
    note, epochs = "", max(budget.epochs // 2, 1) if budget.patience else budget.epochs
    net = _fresh(make, seed)
    if held is not None:
        rows, rest = torch.from_numpy(np.flatnonzero(~held)), torch.from_numpy(np.flatnonzero(held))
        past = train.fit_classifier(net, x[rows], labels[rows], budget, seed=seed, validation=(x[rest], labels[rest]))
        epochs = past.kept
        if not past.stopped_early and past.kept == budget.epochs:
            note = f"still improving when its budget of {budget.epochs} epochs was spent"
    if held is None or refit:
        net = _fresh(make, seed)
        train.fit_classifier(net, x, labels, replace(budget, epochs=epochs, patience=0), seed=seed)
    own = float((train.forward(net, x).argmax(1) == labels).float().mean())
    if own <= np.bincount(y).max() / len(y):
        note = "did not converge: fits its own training rows no better than guessing"
    return net, note


def _fresh(make: Callable[[], nn.Module], seed: int) -> nn.Module:
    with nets.seeded(seed):
        return make()
