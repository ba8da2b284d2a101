"""What happened on each test row survives as text."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from privbench.bench.runner import row_text


@given(st.lists(st.integers(0, 60)))
def test_credits_come_back(ties):
    """0 is a miss, t a t-fold tie."""
    credit = np.array([1 / t if t else 0.0 for t in ties])
    text = row_text.write(credit)
    assert len(text) == len(ties)
    assert np.allclose(row_text.read(text), credit)


@given(st.lists(st.integers(0, 20_000)))
def test_classes_come_back(classes):
    again = row_text.read_classes(row_text.write_classes(np.array(classes, np.int64)))
    assert again.tolist() == classes


def test_a_hit_and_a_miss_are_legible():
    assert row_text.write(np.array([0.0, 1.0, 0.5])) == "012"
