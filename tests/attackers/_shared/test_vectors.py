"""Preparation of codes, and rows that are held out."""

import numpy as np
import pytest
from privbench.attackers._shared import vectors
from privbench.bench.checks import InputError


def test_row_space_keeps_what_a_linear_model_can_do():
    z = np.random.default_rng(0).normal(size=(40, 300)).astype(np.float32)
    rows = vectors.RowSpace.of(z)(z)
    plain = vectors.Standardise.of(z)(z)
    assert rows.shape[1] <= 40
    assert np.allclose(rows @ rows.T, plain @ plain.T, atol=1e-2)


def test_constant_columns_are_dropped_and_nan_is_refused():
    z = np.ones((10, 3), np.float32)
    z[:, 1] = np.arange(10)
    ready = vectors.Standardise.of(z)(z)
    assert np.array_equal(ready[:, [0, 2]], np.zeros((10, 2)))
    assert ready[:, 1].std() == pytest.approx(1)
    z[4, 1] = np.nan
    with pytest.raises(InputError, match="first row 4"):
        vectors.Standardise.of(z)


def test_validation_rows_are_whole_sources_and_leave_every_class_in_training():
    y = np.repeat(np.arange(5), 12)
    source = np.arange(60) // 3
    held = vectors.holdout(y, source, seed=0)
    assert not set(source[held]) & set(source[~held])
    assert set(y[~held]) == set(range(5))
    assert 0.1 < held.mean() < 0.4
    assert vectors.holdout(np.arange(5), np.arange(5), seed=0) is None
