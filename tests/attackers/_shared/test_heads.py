"""Heads fitted on frozen codes, and what is said of their training."""

import numpy as np
from attacks import accuracy, fitted, in_order


def test_a_leak_in_the_last_digit_is_a_leak():
    rng = np.random.default_rng(0)
    y = np.arange(400) % 4
    noise = rng.normal(size=(400, 5)).astype(np.float32)
    last = 1e6 + 0.0625 * y[:, None]  # one unit in the last place
    z = np.hstack([noise, last.astype(np.float32)])
    assert accuracy("fc3", in_order(z, y, known=300)) > 0.9


def test_a_training_that_was_stopped_or_got_nowhere_says_so():
    z = np.random.default_rng(0).normal(size=(200, 30)).astype(np.float32)
    y = np.arange(200) % 4
    short = fitted("fc3:epochs=1", z, y)
    assert short.note.code == "budget-short"
    assert "still improving" in short.note.text
    assert short.sound
    slow = fitted("fc3:lr=1e-8", z, y)
    assert slow.note.code == "not-converged"
    assert "did not converge" in slow.note.text
    assert not slow.sound
    whole = fitted("fc3", z, y)
    assert whole.note is None
    assert whole.sound
