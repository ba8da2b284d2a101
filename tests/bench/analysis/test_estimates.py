"""One attacker's mean and its certainty, and the interval of the strongest of several."""

import dataclasses

import numpy as np
import pytest
from factories import record, release, table
from privbench.bench.analysis.estimates import estimate, estimates, strongest
from privbench.bench.metrics import intervals


def attempts(*records):
    """{attacker: its records} of the private label."""
    own = table(*records).privacy
    return {a: list(own.of_attacker(a)) for a in own.attackers}


def test_the_interval_of_the_strongest_pays_for_the_choice():
    both = attempts(release("d", 0.8, 0.7))
    known = estimates(both)
    best = strongest(both, known)
    alone = known["strong"]
    assert (best.attacker, best.mean) == ("strong", alone.mean)
    assert best.high - best.low > alone.high - alone.low
    wide = estimate("strong", both["strong"], intervals.bonferroni(0.95, 2))
    assert best.low == wide.low


def test_the_interval_is_that_of_the_largest_leakage():
    """An unsteady attacker that is a little lower may be the stronger: its upper limit counts."""
    steady = [record(attacker="steady", value=0.50 + 0.001 * (f % 2), fold=f) for f in range(5)]
    shaky = [record(attacker="shaky", value=0.48 + 0.2 * (f % 2) - 0.1, fold=f) for f in range(5)]
    both = attempts(steady, shaky)
    known = estimates(both)
    best = strongest(both, known)
    assert best.attacker == "steady"
    assert best.high == known["shaky"].high > known["steady"].high


def test_without_a_number_there_is_no_estimate():
    failed = [record(value=None, status="failed"), record(value=float("nan"), fold=1)]
    assert estimate("a", failed) is None
    assert estimates({"a": failed}) == {}
    assert strongest({"a": failed}, {}) is None


def test_below_chance_is_as_strong_as_the_same_distance_above():
    """Accuracy 2% where chance is 50% is as strong as 98%, whatever the majority scores."""
    inverted = [record(attacker="a", value=0.02 + 0.001 * f, fold=f, chance=0.5) for f in range(5)]
    blind = [record(attacker="majority", value=0.495, fold=f, chance=0.5) for f in range(5)]
    both = attempts(inverted, blind)
    best = strongest(both, estimates(both))
    assert (best.attacker, best.below) == ("a", True)
    assert best.strength == pytest.approx(0.978)
    weak = attempts([dataclasses.replace(r, status="weak") for r in inverted], blind)
    assert not estimates(weak)["a"].below  # nothing to invert
    assert estimates(weak)["a"].weak


def test_several_seeds_do_not_count_as_independent_data():
    one = attempts(release("d", 0.8, 0.7))["strong"]
    many = [dataclasses.replace(r, seed=s) for s in range(20) for r in one]
    a, b = estimate("strong", one), estimate("strong", many)
    assert b.high - b.low > 0.4 * (a.high - a.low)  # sqrt(20) times narrower would be .22


def test_ten_folds_of_everything_are_no_certainty():
    assert estimate("a", [record(value=1.0, fold=f) for f in range(10)]).low < 1


def test_one_fold_of_a_concordance_has_the_interval_of_its_people():
    about = {"metric": "ccc", "value": 0.4, "chance": 0.0, "role": "utility"}
    known = estimate("a", [record(error=0.1, people=8, **about)])
    assert known.low == pytest.approx(0.4 - 0.1 * 2.3646, abs=1e-4)  # t with 7 degrees
    assert np.isnan(estimate("a", [record(**about)]).low)
