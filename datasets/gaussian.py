"""People as Gaussians, with a known Bayes accuracy.

An attacker above it cheats, one far below it is weak. Person i has the mean delta * e_i and unit
covariance. The utility label is made in the same way, in further dimensions of its own, and is
independent of the person.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..bench.checks import number, one_of
from ..bench.types import Card, Samples, Task, samples


@dataclass(frozen=True)
class Gaussian:
    """Vectors (n, people + expressions + nuisance) with the labels identity and expression.

    people: K. delta: the distance of each person's mean from the origin, in standard deviations.
    rows: rows a person. nuisance: further dimensions of plain noise. expressions, utility_delta:
    the same K and delta for the expression.
    """

    people: int = 10
    delta: float = 3.0
    rows: int = 100
    nuisance: int = 10
    expressions: int = 7
    utility_delta: float = 3.0
    seed: int = 0

    card: ClassVar[Card] = Card(
        title="Gaussian people",
        licence="none needed: drawn by this file",
        source="drawn from the seed",
        citation="none needed",
        synthetic=True,
    )
    task: ClassVar[Task] = Task("expression", "identity")

    def __post_init__(self) -> None:
        number("people", self.people, 2)
        number("delta", self.delta, 0)
        number("expressions", self.expressions, 2)
        number("rows", self.rows, self.expressions)
        number("nuisance", self.nuisance, 0)
        number("utility_delta", self.utility_delta, 0)
        number("seed", self.seed, 0)

    def load(self, root: Path | None = None) -> Samples:
        """people * rows rows; every person has the same numbers of each expression.

        The numbers are equal if that of expressions divides `rows`.
        """
        del root  # drawn, not read
        identity = np.repeat(np.arange(self.people), self.rows)
        expression = np.tile(np.arange(self.rows) % self.expressions, self.people)
        shape = (len(identity), self.people + self.expressions + self.nuisance)
        x = np.random.default_rng(self.seed).standard_normal(shape, np.float32)
        every = np.arange(len(x))
        x[every, identity] += self.delta
        x[every, self.people + expression] += self.utility_delta
        return samples(x, {"identity": identity, "expression": expression})

    def bayes(self, label: str = "identity") -> float:
        """The accuracy of the best possible classifier, in [1/K, 1].

        The best classifier takes the largest of K coordinates, and is right if the true one,
        N(delta, 1), exceeds K - 1 independent N(0, 1): the integral of phi(t - delta) Phi(t)^(K-1)
        dt. The prior is uniform.
        """
        from scipy.integrate import quad
        from scipy.special import ndtr

        one_of("label", label, ("identity", "expression"))
        k = self.people if label == "identity" else self.expressions
        delta = self.delta if label == "identity" else self.utility_delta

        def right(u: float) -> float:
            density = np.exp(-u * u / 2) / np.sqrt(2 * np.pi)
            return density * ndtr(u + delta) ** (k - 1)

        accuracy, _ = quad(right, -12, 12, epsabs=1e-10, limit=200)
        return float(accuracy)
