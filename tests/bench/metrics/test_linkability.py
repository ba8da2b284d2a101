"""Linkability: the bias of the histogram, its removal, and the scores that fool it."""

import numpy as np
import pytest
from privbench.bench.metrics import linkability
from privbench.bench.metrics.scored_pairs import Scored

D_SYS = {0.5: 0.128179, 1: 0.293490, 2: 0.616545}  # of N(mu, 1) against N(0, 1)


def normal(mu, n, seed, n_others=None):
    rng, n_others = np.random.default_rng(seed), n_others or n
    scores = np.concatenate([rng.normal(mu, 1, n), rng.normal(0, 1, n_others)])
    return scores, np.arange(n + n_others) < n


def test_d_sys_held_out_leaves_all_copies_of_a_pair_out():
    draws = [normal(0, 30, seed) for seed in range(20)]
    as_if_new = [
        linkability.d_sys_held_out(scores.repeat(20), mated.repeat(20)) for scores, mated in draws
    ]
    copies = [linkability.d_sys_held_out(*draw, np.full(60, 20)) for draw in draws]
    assert np.mean(copies) < 0.02
    assert np.mean(as_if_new) > 0.08  # the control: a copy left in gives its pair away


@pytest.mark.parametrize(("n", "expected"), [(100, 0.09), (1000, 0.09), (5000, 0.037)])
def test_d_sys_is_biased_where_nothing_leaks_and_held_out_is_not(n, expected):
    draws = [normal(0, n, seed) for seed in range(60)]
    assert np.mean([linkability.d_sys(*draw) for draw in draws]) == pytest.approx(
        expected, abs=0.012
    )
    held_out = [linkability.d_sys_held_out(*draw) for draw in draws]
    assert np.mean(held_out) == pytest.approx(0, abs=max(3 * np.std(held_out) / 60**0.5, 0.03))
    assert np.mean(held_out) < 0.01


@pytest.mark.parametrize("mu", [0.5, 1, 2])
def test_held_out_d_sys_is_a_close_lower_bound(mu):
    values = [linkability.d_sys_held_out(*normal(mu, 1000, seed)) for seed in range(40)]
    assert -0.025 < np.mean(values) - D_SYS[mu] < 0.008


def test_held_out_d_sys_agrees_with_leaving_out_every_two_pairs():
    """The definition: all choices of a mated and a non-mated pair, bins fixed."""
    scores, mated = normal(0.7, 14, seed=3, n_others=9)
    bins = linkability.equal_shares(Scored.of(scores, mated, None))
    a, b = bins.mated, bins.others
    total = 0.0
    for i in np.arange(len(a)).repeat(a.astype(int)):
        for j in np.arange(len(b)).repeat(b.astype(int)):
            p, q = a - (np.arange(len(a)) == i), b - (np.arange(len(b)) == j)
            p, q = p / p.sum(), q / q.sum()
            u = np.maximum((p - q) / np.maximum(p + q, 1e-9), 0)
            total += (u[i] > 0) * (1 + 2 * u[i] - u[i] ** 2) / 2 - (u[j] > 0) * (
                1 + 2 * u[j] + u[j] ** 2
            ) / 2
    assert linkability.d_sys_held_out(scores, mated) == pytest.approx(total / a.sum() / b.sum())


def test_one_extreme_score_hides_the_leak_from_the_published_histogram_only():
    scores, mated = normal(4, 1000, seed=0)
    scores[-1] = 1e6
    assert linkability.d_sys(scores, mated) < 0.01
    assert linkability.d_sys_held_out(scores, mated) > 0.9


def test_d_sys_agrees_with_the_published_histogram():
    scores, mated = normal(1, 800, seed=0, n_others=3000)
    edges = np.linspace(scores.min(), scores.max(), 81)
    p, q = (np.histogram(x, edges, density=True)[0] for x in (scores[mated], scores[~mated]))
    ratio = np.divide(p, q, out=np.ones_like(p), where=q > 0)
    local = np.where(q == 0, 1, np.maximum(2 * ratio / (1 + ratio) - 1, 0))
    assert linkability.d_sys(scores, mated) == pytest.approx(
        (local * p).sum() * (edges[1] - edges[0]), abs=1e-9
    )


def test_the_mean_weight_of_a_pair_in_a_bin_is_that_of_the_pairs_left_out_together():
    """Two bins: the mated of weights 1 and 3 above, the others of 2 and 2 below."""
    pairs = Scored.of([1, 2, 8, 9], np.arange(4) > 1, [2, 2, 1, 3])
    bins = linkability.equal_shares(pairs)
    assert bins.mated.tolist() == [0, 4]
    assert bins.others.tolist() == [4, 0]
    assert bins.one_mated.tolist() == [0, (1 + 9) / 4]
    assert bins.one_other.tolist() == [(4 + 4) / 4, 0]
