"""Gradient boosted trees."""

import numpy as np
from attacks import by_means, correct, fitted


def test_boosting_holds_nothing_out():
    """Whatever its sources are, it trains on all rows for its whole budget."""
    z, y = by_means()
    scores = fitted("boosting:rounds=20", z, y, source=np.arange(400))(z)
    others = fitted("boosting:rounds=20", z, y, source=np.arange(400) // 8)(z)
    assert np.array_equal(scores, others)
    assert correct(scores, y) > 0.9
