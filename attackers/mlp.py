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
    """Perceptron of one hidden layer with batch normalisation; dropout and weight decay are chosen unless given.

    They are chosen together on held-out training rows, from a strong and a light pair; giving one
    of them takes its partner from the strong pair.
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
        return None

    def fit(self, z: Array, y: Array, *, source: Array, seed: int, device: str) -> NetAdversary:
        from ._shared.vectors import accuracy, choose

        def accuracies(z: Array, y: Array, z_held: Array, y_held: Array) -> list[float]:
            short = replace(self, epochs=max(self.epochs // SEARCH, 1))
            return [
                accuracy(short._fit(z, y, pair, seed, device)(z_held), y_held) for pair in TRIED
            ]

        free = self.dropout is None and self.weight_decay is None
        pair = choose(TRIED if free else TRIED[:1], accuracies, z, y, source, seed=seed)
        return self._fit(z, y, pair, seed, device)

    def _fit(
        self, z: Array, y: Array, pair: tuple[float, float], seed: int, device: str
    ) -> NetAdversary:
        from ..bench.toolkit.train import Budget
        from ._shared.heads import fit_head

        dropout = pair[0] if self.dropout is None else self.dropout
        decay = pair[1] if self.weight_decay is None else self.weight_decay
        budget = Budget(self.epochs, self.batch, self.lr, decay)
        return fit_head(
            z,
            y,
            widths=(self.width,),
            budget=budget,
            seed=seed,
            device=device,
            dropout=dropout,
            norm=True,
        )
