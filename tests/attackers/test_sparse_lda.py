"""Discriminants on the few columns in which people differ most."""

import numpy as np
from attacks import accuracy, by_means, correct, fitted, in_order
from privbench.attackers import sparse_lda


def in_few_columns(turned, d=3000, n=600, k=4):
    """Four people whose means differ in 8 of 3000 columns, or in 8 random directions of all."""
    rng = np.random.default_rng(0)
    y = np.arange(n) % k
    z = rng.normal(size=(n, d))
    means = rng.normal(size=(k, 8))
    unit = means / np.linalg.norm(means, axis=1, keepdims=True)
    z[:, 100:108] += 3 * unit[y]
    if turned:
        turn, _ = np.linalg.qr(rng.normal(size=(d, d)))
        z = z @ turn
    return in_order(z.astype(np.float32), y)


def test_a_leak_in_few_columns_is_found_by_who_chooses_columns():
    """And by nobody else; turned into all columns it is lost on everybody."""
    codes = in_few_columns(turned=False)
    assert accuracy("sparse-lda", codes) > 0.85
    assert max(accuracy(name, codes) for name in ("lda", "linear", "knn")) < 0.6
    assert accuracy("sparse-lda", in_few_columns(turned=True)) < 0.6


def test_columns_are_chosen_without_the_test_side():
    """Where there is nothing, columns that look best on training rows are no better on others."""
    codes = in_few_columns(turned=False)
    y = np.random.default_rng(1).permutation(codes.y)
    z, train, test = codes.z, codes.train, codes.test
    adversary = fitted("sparse-lda", z[train], y[train])
    assert correct(adversary(z[train]), y[train]) > 0.5
    error = np.sqrt(0.25 * 0.75 / len(test))
    assert correct(adversary(z[test]), y[test]) < 0.25 + 3 * error


def test_constant_columns_come_last():
    z, y = by_means(d=6)
    z[:, 2] = 7
    order = sparse_lda.strongest(z, y)
    assert set(order[:3].tolist()) == {0, 1, 3}
    assert order[-1] == 2
    assert np.isfinite(fitted("sparse-lda", z, y)(z)).all()
