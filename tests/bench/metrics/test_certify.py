"""A certified leak is one: coverage, false alarms, dependent rows, and the plain maximum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from privbench.bench.checks import InputError
from privbench.bench.metrics import intervals
from privbench.bench.metrics.certify import Certificate, certify, halves, share
from scipy import stats

ROUNDS = 400


def alarms(make, chance):
    """Share of simulated audits that certify a leak above chance."""
    rng = np.random.default_rng(0)
    return np.mean([certify(*make(rng), seed=i).low > chance for i in range(ROUNDS)])


def blind(rng, m=8, n=200, p=0.1):
    return (rng.random((m, n)) < p).astype(float), np.arange(n)


def test_independent_hits_get_the_exact_interval():
    hits = np.arange(100) < 23
    assert share(hits.astype(float), np.arange(100)) == pytest.approx(
        intervals.clopper_pearson(23, 100), abs=1e-3
    )


def test_halves_are_of_sources_and_as_large_as_they_can_be():
    source = np.array([5, 5, 7, 1, 1, 1, 9])
    half = halves(source, seed=0)
    assert half.dtype == bool
    assert len({(s, h) for s, h in zip(source, half, strict=True)}) == 4  # no source in both
    assert len(set(source[half])) == 2
    assert (halves(source, 0) == half).all()
    assert any((halves(source, seed) != half).any() for seed in range(5))


def test_the_certificate_is_made_of_the_halves():
    """The better of two lower limits, each of the other half's best; the largest upper limit."""
    rng = np.random.default_rng(4)
    correct, source = (rng.random((3, 60)) < 0.4).astype(float), np.arange(60)
    half, limits = halves(source, 7), []
    for choosing in (half, ~half):
        best = int(correct[:, choosing].mean(1).argmax())
        held_out = correct[best][~choosing]
        low, _ = intervals.clopper_pearson(held_out.sum(), len(held_out), 0.975, side="lower")
        limits.append((low, best))
    low, best = max(limits)
    highs = [intervals.clopper_pearson(row.sum(), 60, side="upper")[1] for row in correct]
    expected = Certificate(best, correct[best].mean(), low, max(highs))
    assert certify(correct, source, seed=7) == expected


def test_dependent_rows_count_as_many_as_vary_alike():
    """The definition, by hand, for 6 sources of 1 to 6 rows; with t quantiles of either side."""
    source = np.repeat(np.arange(6), np.arange(1, 7))
    correct = np.random.default_rng(1).random(21).round(1)
    mean, n, m = correct.mean(), 21, 6
    total = [(correct[source == s] - mean).sum() for s in range(6)]
    variance = m / (m - 1) * np.square(total).sum() / n**2
    freedom = n**2 / np.square(np.arange(1, 7)).sum() - 1
    for side, tail in (("both", 0.05), ("lower", 0.1)):
        ratio = stats.norm.isf(tail) / stats.t.isf(tail, freedom)
        rows = min(mean * (1 - mean) / variance, n) * ratio**2
        assert 1 < rows < n
        expected = intervals.clopper_pearson(mean * rows, rows, 0.9, side=side)
        assert share(correct, source, 0.9, side=side) == pytest.approx(expected, abs=1e-12)


def test_rows_that_vary_less_than_independent_ones_count_once_each():
    """Each source is right in half of its rows: the mean has no variance, and n rows at most."""
    correct, source = np.tile([0.0, 1.0], 20), np.repeat(np.arange(20), 2)
    ratio = stats.norm.isf(0.025) / stats.t.isf(0.025, 19)
    expected = intervals.clopper_pearson(0.5 * 40 * ratio**2, 40 * ratio**2)
    assert share(correct, source) == pytest.approx(expected, abs=1e-12)


def test_where_all_rows_agree_a_source_is_a_row():
    for value, k in ((1.0, 4), (0.0, 0)):
        got = share(np.full(12, value), np.repeat(np.arange(4), 3))
        assert got == intervals.clopper_pearson(k, 4)
    assert share(np.array([0.0, 1, 1]), np.zeros(3)) == intervals.clopper_pearson(2 / 3, 1)


def test_what_a_few_rows_say_is_never_less_than_one_row():
    """Two sources that agree in nothing: far less than a row's worth, and yet one row."""
    correct, source = np.repeat([0.0, 1.0], 50), np.repeat([0, 1], 50)
    assert share(correct, source) == intervals.clopper_pearson(0.5, 1)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.integers(4, 40), st.integers(0, 9))
def test_limits_are_ordered_and_in_range(m, n, seed):
    hits = np.random.default_rng(seed).integers(0, 2, (m, n)).astype(float)
    c = certify(hits, np.arange(n) // 2, seed=seed)
    assert 0 <= c.low <= c.high <= 1
    assert c == certify(hits, np.arange(n) // 2, seed=seed)


@pytest.mark.parametrize(
    ("hits", "source"),
    [
        (np.ones(4), np.arange(4)),
        (np.ones((2, 3)), np.arange(4)),
        (2 * np.ones((1, 4)), np.arange(4)),
        (np.ones((1, 4)), np.zeros(4)),
        (np.full((1, 4), np.nan), np.arange(4)),
    ],
)
def test_bad_input(hits, source):
    with pytest.raises(InputError):
        certify(hits, source, seed=0)
    for level in (0, 1.5):
        with pytest.raises(InputError, match="level"):
            certify(np.ones((1, 4)), np.arange(4), seed=0, level=level)


def test_eight_blind_attackers_alarm_one_audit_in_twenty_and_their_maximum_three_in_ten():
    rng = np.random.default_rng(1)
    best = np.array([blind(rng)[0].mean(1).max() for _ in range(ROUNDS)])
    plain = np.mean([intervals.clopper_pearson(b * 200, 200, side="lower")[0] > 0.1 for b in best])
    assert best.mean() == pytest.approx(0.131, abs=0.003)  # the known answers of the control
    assert 0.2 < plain < 0.4
    assert alarms(blind, 0.1) <= 0.06


def test_a_leak_is_certified_and_its_value_lies_between_the_limits():
    rng = np.random.default_rng(2)
    p = np.array([0.1, 0.12, 0.3])
    found = [
        certify((rng.random((3, 200)) < p[:, None]).astype(float), np.arange(200), seed=i)
        for i in range(ROUNDS)
    ]
    assert np.mean([c.best == 2 for c in found]) > 0.95
    assert np.mean([c.low > 0.1 for c in found]) > 0.95
    assert np.mean([c.low <= 0.3 for c in found]) >= 0.93
    assert np.mean([c.high >= 0.3 for c in found]) >= 0.95


def test_copies_of_a_picture_are_no_evidence():
    """Each of 40 pictures five times, all answered alike: as many alarms as without the copies."""

    def copied(rng):
        hits, source = blind(rng, n=40)
        return hits.repeat(5, axis=1), source.repeat(5)

    assert alarms(copied, 0.1) <= 0.06

    def ignoring(rng):
        """The control: copies taken for pictures."""
        return copied(rng)[0], np.arange(200)

    assert alarms(ignoring, 0.1) > 0.1


@pytest.mark.parametrize(
    ("p", "sources", "copies"), [(0.1, 100, 1), (0.5, 60, 4), (0.9, 40, 3), (0.98, 150, 1)]
)
def test_shares_are_covered(p, sources, copies):
    rng = np.random.default_rng(3)
    inside = []
    for _ in range(ROUNDS):
        own = rng.beta(p * 4, (1 - p) * 4, sources).repeat(copies)  # rows of a picture are alike
        low, high = share(
            (rng.random(sources * copies) < own).astype(float), np.arange(sources).repeat(copies)
        )
        inside.append(low <= p <= high)
    assert np.mean(inside) >= 0.93
