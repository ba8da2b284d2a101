"""The attacker that does not look."""

import numpy as np
from attacks import fitted
from privbench.bench.registry import build


def test_majority_guesses_the_class_shares_and_says_that_it_does_not_look():
    assert not build("attackers", "majority").looks
    adversary = fitted("majority", np.zeros((4, 2), np.float32), np.array([0, 1, 1, 1]))
    assert np.array_equal(adversary(np.zeros((2, 2))), [[0.25, 0.75], [0.25, 0.75]])
    assert adversary.note.code == "does-not-look"
