"""Intervals of verification measures: people, not pairs, are what is drawn."""

import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.bench.metrics import verification as v


def recordings(seed, people=10, rows=5, spread=0.7):
    """Pairs of scores where every person, and every two, have an effect of their own."""
    rng = np.random.default_rng(seed)
    z = (rng.normal(0, spread, (people, 1, 6)) + rng.normal(size=(people, rows, 6))).reshape(-1, 6)
    who = np.repeat(np.arange(people), rows)
    a, b = np.triu_indices(len(z), 1)
    return who[a], who[b], -np.linalg.norm(z[a] - z[b], axis=1), who[a] == who[b]


@pytest.mark.parametrize(
    ("measure", "spread"), [("auc", 0.7), ("eer", 0.7), ("zebra", 0.7), ("eer", 0), ("zebra", 0)]
)
def test_bootstrap_over_people_covers(measure, spread):
    rng = np.random.default_rng(0)
    people = rng.normal(0, spread, (2, 40_000, 6))
    mated = people[0] + rng.normal(size=(2, 40_000, 6))
    others = people + rng.normal(size=(2, 40_000, 6))
    scores = -np.linalg.norm(np.concatenate([mated[0] - mated[1], others[0] - others[1]]), axis=1)
    truth = (
        v.MEASURES[measure](scores, np.arange(80_000) < 40_000)
        if spread
        else {"eer": 0.5, "zebra": 0}[measure]
    )
    covered, naive = 0, 0
    for seed in range(40):
        a, b, scores, mated = recordings(seed, spread=spread)
        _, low, high = v.bootstrap(a, b, scores, mated, measure, seed=seed, repeats=60)
        covered += low <= truth <= high
        if measure == "auc":
            half = 1.96 * np.std([v.auc(scores, mated, rng.poisson(1, len(a))) for _ in range(60)])
            naive += abs(v.auc(scores, mated) - truth) <= half
    assert covered >= 35  # 95 % of 40, less 2.2 standard errors
    assert measure != "auc" or naive <= 32  # the control: pairs drawn as if they were independent


def test_bootstrap_repeats_itself_and_stays_in_the_range():
    columns = recordings(0, people=6, rows=8)
    for name in set(v.MEASURES) - {"tpr@0.1%"}:
        value, low, high = v.bootstrap(*columns, name, seed=0, repeats=20)
        least, most = v.RANGES.get(name, (0, 1))
        assert least <= low <= high <= most, name
        assert value == v.MEASURES[name](*columns[2:])
        assert v.bootstrap(*columns, name, seed=0, repeats=20) == (value, low, high)
    assert v.bootstrap(*columns, "auc", seed=0, repeats=20) != v.bootstrap(
        *columns, "auc", seed=1, repeats=20
    )


def test_bootstrap_takes_names_of_people_and_any_order():
    a, b, scores, mated = recordings(0)
    names = np.array([f"p{i}" for i in range(10)])
    order = np.random.default_rng(0).permutation(len(a))
    shuffled = v.bootstrap(
        names[a][order], names[b][order], scores[order], mated[order], "auc", seed=0, repeats=20
    )
    assert shuffled == pytest.approx(
        v.bootstrap(a, b, scores, mated, "auc", seed=0, repeats=20), abs=1e-12
    )


def test_bootstrap_refuses():
    a, b, scores, mated = recordings(0)
    with pytest.raises(InputError, match="did you mean 'auc'"):
        v.bootstrap(a, b, scores, mated, "aux", seed=0)
    with pytest.raises(InputError, match="contradict the people"):
        v.bootstrap(a, b, scores, ~mated, "auc", seed=0)
    with pytest.raises(InputError, match="4 people"):
        v.bootstrap(*recordings(0, people=4), "auc", seed=0)
    with pytest.raises(InputError, match="level"):
        v.bootstrap(a, b, scores, mated, "auc", seed=0, level=95)
    with pytest.raises(InputError, match="people_a"):
        v.bootstrap(a[1:], b, scores, mated, "auc", seed=0)
