"""A wide regularised perceptron: stronger than the paper's heads where rows are few."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..bench.checks import number, settings
from ..bench.types import Array

if TYPE_CHECKING:
    from ._shared.heads import NetAdversary

TRIED = ((0.5, 1e-2), (0.2, 1e-4))  # dropout and weight decay, from strong to light
SEARCH = 3  # times fewer epochs in the search


@dataclass(frozen=True)
class Mlp:
    """Perceptron of one hidden layer with batch normalisation, dropout and weight decay.

    These two are chosen together on held-out training rows, from a strong and a light pair, unless
    given; giving one of them takes its partner from the strong pair.
    """

    width: int = 256
    dropout: float | None = None
    weight_decay: float | None = None
    epochs: int = 60
    lr: float = 1e-3
    batch: int = 64

    def __post_init__(self) -> None:
        settings(self, above=("lr",), width=1, epochs=1, batch=2)
        number("mlp:weight_decay", self.weight_decay or 0.0, 0)
        number("mlp:dropout", self.dropout or 0.0, 0, 0.99)

    def skip(self, z: Array, y: Array) -> str | None:
        """None: it takes codes of any shape."""
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> NetAdversary:
        """An adversary whose scores (n, K) are the logits of the network."""
        from ._shared.vectors import accuracy, choose

        short = replace(self, epochs=max(self.epochs // SEARCH, 1))

        def accuracies(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            correct = []
            for pair in TRIED:
                adversary = short._fit(z, y, pair, seed, device)
                correct.append(accuracy(adversary(z_held), y_held))
            return correct

        free = self.dropout is None and self.weight_decay is None
        grid = TRIED if free else TRIED[:1]
        pair = choose(grid, accuracies, z, y, source, seed=seed)
        return self._fit(z, y, pair, seed, device)

    def _fit(
        self, z: Array, y: Array, pair: tuple[float, float], seed: int, device: str
    ) -> NetAdversary:
        """Fitted with dropout and weight decay of the pair, where these are not given."""
        from ..bench.toolkit.train import Budget
        from ._shared.heads import Layers, Training, fit_head

        dropout = pair[0] if self.dropout is None else self.dropout
        decay = pair[1] if self.weight_decay is None else self.weight_decay
        layers = Layers((self.width,), dropout, norm=True)
        budget = Budget(self.epochs, self.batch, self.lr, decay)
        return fit_head(z, y, layers, Training(budget, seed, device))
