"""Logistic regression."""

import numpy as np
from attacks import fitted


def test_an_attacker_that_did_not_converge_says_so():
    z = np.random.default_rng(0).normal(size=(200, 30)).astype(np.float32)
    y = np.arange(200) % 4
    stopped = fitted("linear:iterations=1", z, y)
    assert stopped.note.code == "not-converged"
    assert "did not converge" in stopped.note.text
    assert fitted("linear", z, y).note is None
