"""A certified leak is one: coverage, false alarms, dependent rows, and the plain maximum beside it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from privbench.bench.checks import InputError
from privbench.bench.metrics import intervals
from privbench.bench.metrics.certify import certify, share

ROUNDS = 400


def alarms(make, chance):
    """Share of simulated audits that certify a leak above chance."""
    rng = np.random.default_rng(0)
    return np.mean([certify(*make(rng), seed=i).low > chance for i in range(ROUNDS)])


def blind(rng, m=8, n=200, p=0.1):
    return (rng.random((m, n)) < p).astype(float), np.arange(n)


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
    """Each of 40 pictures five times, with the same answer: as many alarms as without the copies."""

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


def test_independent_hits_get_the_exact_interval():
    hits = np.arange(100) < 23
    assert share(hits.astype(float), np.arange(100)) == pytest.approx(
        intervals.clopper_pearson(23, 100), abs=1e-3
    )


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
