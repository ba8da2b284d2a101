"""Answers are kept by the content of their key, and only a few of them."""

import numpy as np
import pytest
from privbench.bench.toolkit import memoise


@pytest.fixture
def calls(monkeypatch):
    """The keys that were computed, from an empty store."""
    monkeypatch.setattr(memoise, "_kept", memoise.OrderedDict())
    made = []

    def ask(*key):
        def make():
            made.append(key)
            return len(made)

        return memoise.once(make, *key)

    ask.made = made
    return ask


def test_an_equal_key_is_computed_once(calls):
    x = np.arange(4.0)
    assert calls("a", x, 1) == 1
    assert calls("a", x.copy(), 1) == 1
    assert calls("a", np.arange(8.0)[::2] / 2, 1) == 1  # not contiguous
    assert len(calls.made) == 1


@pytest.mark.parametrize(
    "other",
    [
        ("b", np.arange(4.0), 1),
        ("a", np.arange(4.0) + 1, 1),
        ("a", np.arange(4.0).reshape(2, 2), 1),
        ("a", np.arange(4.0).view(np.int64), 1),
        ("a", np.arange(4.0), 2),
        ("a", np.arange(4.0)),
    ],
)
def test_another_key_is_another_answer(calls, other):
    assert calls("a", np.arange(4.0), 1) == 1
    assert calls(*other) == 2


def test_parts_of_a_key_do_not_run_together(calls):
    assert calls(1, 11) == 1
    assert calls(11, 1) == 2


def test_the_least_recently_asked_is_forgotten(calls):
    for name in range(memoise.KEEP):
        calls(name)
    calls(0)  # asked again: now 1 is the oldest
    calls("new")
    assert len(memoise._kept) == memoise.KEEP
    before = len(calls.made)
    calls(0)
    assert len(calls.made) == before
    calls(1)
    assert len(calls.made) == before + 1
