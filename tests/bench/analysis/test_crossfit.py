"""The attacker of a fold is chosen on other folds, so that choosing it flatters no release."""

import dataclasses

import numpy as np
import pytest
from factories import PICTURES, picture, table
from privbench.bench.analysis import crossfit


def fitted(*records):
    own = table(*records)
    return crossfit.cross_fitted(own, crossfit.keys(own))


def test_the_attacker_of_a_fold_is_chosen_on_the_others():
    """The best of ten blind attackers looks good in its fold, one chosen elsewhere does not."""
    chance = 0.1
    rng = np.random.default_rng(0)
    values = rng.binomial(PICTURES, chance, size=(100, 10)) / PICTURES
    records = [
        picture(attacker=f"a{i}", value=v, fold=f)
        for f, row in enumerate(values)
        for i, v in enumerate(row)
    ]
    assert fitted(records).values.mean() == pytest.approx(chance, abs=0.014)  # 3 standard errors
    assert values.max(1).mean() > 0.16


def test_a_number_never_chooses_itself_and_other_seeds_choose_nothing():
    """In one fold a second attacker sees everything; in the other half it was worse: not chosen."""
    values = {"steady": [0.5, 0.5, 0.5], "lucky": [1.0, 0.2, 0.2]}
    records = [
        picture(attacker=a, value=v, fold=f) for a, vs in values.items() for f, v in enumerate(vs)
    ]
    # In folds 0 and 2 lucky has a mean of 0.6.
    assert fitted(records).values.tolist() == [0.5, 0.2, 0.5]
    again = [dataclasses.replace(r, seed=1, value=1 - r.value) for r in records]
    own = table(records, again)
    first = crossfit.keys(table(records))
    assert crossfit.cross_fitted(own, first).values.tolist() == [0.5, 0.2, 0.5]


def test_below_chance_is_inverted_unless_the_attack_was_weak():
    about = {"chance": 0.5}
    inverted = [picture(value=0.02 + 0.001 * f, fold=f, **about) for f in range(5)]
    blind = [picture(attacker="majority", value=0.5 + 0.001 * f, fold=f, **about) for f in range(5)]
    assert fitted(inverted, blind).values.mean() == pytest.approx(0.978)
    weak = [dataclasses.replace(r, status="weak") for r in inverted]
    assert fitted(weak, blind).values.mean() == pytest.approx(0.502)  # nothing to invert


def test_a_fold_that_no_attacker_can_be_chosen_for_is_no_series():
    records = [picture(attacker="a", fold=0), picture(attacker="b", fold=1)]
    assert fitted(records) is None
    assert crossfit.keys(table([picture(fold=0), picture(fold=2)])) == []
    assert fitted([picture(fold=0), picture(fold=2)]) is None


def test_only_finite_numbers_of_main_metrics_count():
    good = picture()
    rest = [picture(metric="macro_f1"), picture(value=float("nan")), picture(chance=None)]
    assert crossfit.usable(table(good, rest)).measurements == (good,)
