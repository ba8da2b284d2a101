"""Codes cut to their leading directions."""

import numpy as np
import pytest
from privbench.attackers._shared import vectors
from privbench.attackers._shared.leading import leading


@pytest.mark.parametrize("shape", [(300, 40), (30, 200)])
def test_leading_directions_are_those_of_the_singular_values(shape):
    rng = np.random.default_rng(0)
    n, d = shape
    signal = rng.normal(size=(n, 3)) @ rng.normal(size=(3, d))
    z = signal + 0.3 * rng.normal(size=shape)
    z = z.astype(np.float32)
    flat = vectors.Standardise.of(z)(z)
    cut = leading(z, 3)(z)
    u, s, _ = np.linalg.svd(flat, full_matrices=False)
    assert cut.shape == (n, 3)
    expected = (u[:, :3] * s[:3] ** 2) @ u[:, :3].T
    assert np.allclose(cut @ cut.T, expected, atol=2e-2)
    assert np.array_equal(leading(z, 200)(z), vectors.RowSpace.of(z)(z))
