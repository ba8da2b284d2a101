"""What a verdict is decided by: limits of what was earned, and what they must exceed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..metrics import intervals
from ..metrics.certify import LEVEL, Certificate
from .attempts import Attempts
from .recognition import Recognition

NO_LINK = 0.5  # AUC of pairs that cannot be told apart
ONE_LOOK = intervals.bonferroni(LEVEL, 2)  # level of each of two looks: at names, and at pairs


@dataclass(frozen=True)
class Decision:
    """The numbers of one release, and what follows from them.

    attempts: of all attackers, whatever they know. pairs: None where no pairs were compared. floor:
    the accuracy that must be exceeded, by guessing or by the task label.
    """

    attempts: Attempts
    certificate: Certificate
    pairs: Recognition | None
    floor: float

    @property
    def names_leak(self) -> bool:
        """Whether the strongest attacker is certified to earn more than what needs no attack."""
        return min(self.certificate.low, self.certificate.mean) > self.floor

    @property
    def pairs_leak(self) -> bool:
        """Whether pairs of one person are told from pairs of two."""
        return self.pairs is not None and self.pairs.low > NO_LINK

    @property
    def leaks(self) -> bool:
        """Whether names or pairs leak."""
        return self.names_leak or self.pairs_leak

    @property
    def explained(self) -> bool:
        """Whether leakage lies above chance, and is no more than the task label tells."""
        return not self.names_leak and self.certificate.low > self.attempts.chance

    @property
    def smallest(self) -> float:
        """The least accuracy that could have been told from the floor, or inf."""
        sources = len(np.unique(self.attempts.source))
        return intervals.smallest_visible(self.floor, sources // 2, ONE_LOOK)
