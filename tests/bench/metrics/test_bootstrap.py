"""Intervals of verification measures: people, not pairs, are what is drawn."""

import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.bench.metrics import verification
from privbench.bench.metrics.bootstrap import bootstrap
from privbench.bench.metrics.scored_pairs import Pairs
from scipy import stats

MEASURES = verification.MEASURES


def recordings(seed, people=10, rows=5, spread=0.7):
    """Pairs of scores where every person, and every two, have an effect in common."""
    rng = np.random.default_rng(seed)
    centre = rng.normal(0, spread, (people, 1, 6))
    z = (centre + rng.normal(size=(people, rows, 6))).reshape(-1, 6)
    person = np.repeat(np.arange(people), rows)
    a, b = np.triu_indices(len(z), 1)
    scores = -np.linalg.norm(z[a] - z[b], axis=1)
    return Pairs(person[a], person[b], scores, person[a] == person[b])


def drawn_alone(pairs, rng):
    """The AUC of pairs that are drawn again one by one."""
    return verification.auc(pairs.scores, pairs.mated, rng.poisson(1, len(pairs.scores)))


def test_bootstrap_repeats_itself_and_stays_in_the_range():
    pairs = recordings(0, people=6, rows=8)
    for name in set(MEASURES) - {"tpr@0.1%"}:
        value, low, high = bootstrap(pairs, name, seed=0, repeats=20)
        least, most = verification.RANGES.get(name, (0, 1))
        assert least <= low <= high <= most, name
        assert value == MEASURES[name](pairs.scores, pairs.mated)
        assert bootstrap(pairs, name, seed=0, repeats=20) == (value, low, high)
    one = bootstrap(pairs, "auc", seed=0, repeats=20)
    assert one != bootstrap(pairs, "auc", seed=1, repeats=20)


def test_the_interval_is_the_one_of_the_definition():
    """People drawn by hand: centred at 2 value - mean, the longer tail, t / z and P / (P - 1)."""
    pairs = recordings(3, people=7, rows=4, spread=0.3)
    value, low, high = bootstrap(pairs, "auc", seed=5, level=0.8, repeats=30)
    rng = np.random.default_rng(5)
    drawn = []
    for _ in range(30):
        times = rng.multinomial(7, np.full(7, 1 / 7))
        one, both = times[pairs.people_a], times[pairs.people_a] * times[pairs.people_b]
        weight = np.where(pairs.mated, one, both)
        drawn.append(verification.auc(pairs.scores, pairs.mated, weight))
    mean, ends = np.mean(drawn), np.quantile(drawn, [0.1, 0.9])
    half = max(mean - ends[0], ends[1] - mean)
    half *= stats.t.isf(0.1, 6) / stats.norm.isf(0.1) * np.sqrt(7 / 6)
    centre = 2 * value - mean
    assert 0 < centre - half < centre + half < 1  # nothing is clipped
    assert (low, high) == pytest.approx((centre - half, centre + half), abs=1e-12)


def test_the_interval_ends_where_the_measure_does():
    for measure, end in (("auc", 1), ("d_sys_held_out", 1), ("zebra", verification.ZEBRA_MAX)):
        value, low, high = bootstrap(recordings(1, spread=3), measure, seed=0, repeats=30)
        assert low < value < high == end, measure
    pairs = recordings(0, people=5, rows=2)
    assert bootstrap(pairs, "auc", seed=0) == bootstrap(pairs, "auc", seed=0, repeats=1000)


def test_a_resample_without_one_class_is_drawn_again():
    """One person in twenty has two rows: most resamples hold no mated pair, and none counts."""
    people = np.append(np.arange(20), 0)
    a, b = np.triu_indices(21, 1)
    scores = np.random.default_rng(0).normal(size=len(a))
    pairs = Pairs(people[a], people[b], scores, people[a] == people[b])
    assert pairs.mated.sum() == 1
    value, low, high = bootstrap(pairs, "auc", seed=0, repeats=20)
    assert np.isfinite([value, low, high]).all()


def test_bootstrap_takes_names_of_people_and_any_order():
    pairs = recordings(0)
    names = np.array([f"p{i}" for i in range(10)])
    order = np.random.default_rng(0).permutation(len(pairs.scores))
    named = pairs._replace(people_a=names[pairs.people_a], people_b=names[pairs.people_b])
    shuffled = Pairs(*(column[order] for column in named))
    expected = bootstrap(pairs, "auc", seed=0, repeats=20)
    assert bootstrap(shuffled, "auc", seed=0, repeats=20) == pytest.approx(expected, abs=1e-12)


def test_bootstrap_refuses():
    pairs = recordings(0)
    with pytest.raises(InputError, match="did you mean 'auc'"):
        bootstrap(pairs, "aux", seed=0)
    with pytest.raises(InputError, match="contradict the people"):
        bootstrap(pairs._replace(mated=~pairs.mated), "auc", seed=0)
    with pytest.raises(InputError, match="4 people"):
        bootstrap(recordings(0, people=4), "auc", seed=0)
    assert len(bootstrap(recordings(0, people=5), "auc", seed=0, repeats=2)) == 3
    with pytest.raises(InputError, match="repeats"):
        bootstrap(pairs, "auc", seed=0, repeats=1)
    for level in (0, 1, 95):
        with pytest.raises(InputError, match="level"):
            bootstrap(pairs, "auc", seed=0, level=level)
    with pytest.raises(InputError, match="people_a"):
        bootstrap(pairs._replace(people_a=pairs.people_a[1:]), "auc", seed=0)


@pytest.mark.parametrize(
    ("measure", "spread"), [("auc", 0.7), ("eer", 0.7), ("zebra", 0.7), ("eer", 0), ("zebra", 0)]
)
def test_bootstrap_over_people_covers(measure, spread):
    rng = np.random.default_rng(0)
    people = rng.normal(0, spread, (2, 40_000, 6))
    mated = people[0] + rng.normal(size=(2, 40_000, 6))
    others = people + rng.normal(size=(2, 40_000, 6))
    apart = np.concatenate([mated[0] - mated[1], others[0] - others[1]])
    scores = -np.linalg.norm(apart, axis=1)
    known = MEASURES[measure](scores, np.arange(80_000) < 40_000)
    truth = known if spread else {"eer": 0.5, "zebra": 0}[measure]
    covered, naive = 0, 0
    for seed in range(40):
        pairs = recordings(seed, spread=spread)
        _, low, high = bootstrap(pairs, measure, seed=seed, repeats=60)
        covered += low <= truth <= high
        if measure == "auc":
            half = 1.96 * np.std([drawn_alone(pairs, rng) for _ in range(60)])
            value = verification.auc(pairs.scores, pairs.mated)
            naive += abs(value - truth) <= half
    assert covered >= 35  # 95 % of 40, less 2.2 standard errors
    assert measure != "auc" or naive <= 32  # the control: pairs drawn as if they were independent
