"""How much of the plane the releases dominate together."""

import moocore
import numpy as np
import pytest
from factories import picture, section, table
from privbench.bench.analysis import compare, leaderboard, summary


def volume(records):
    return compare.compare(table(records))[0].volume


def test_hypervolume_is_moocores_and_its_interval_holds_it():
    means = {"a": (0.5, 0.8), "b": (0.3, 0.5), "c": (0.6, 0.7)}
    records = section(means, attackers=1)  # one attacker: nothing to choose
    found = volume(records)
    points = np.array([leaderboard.cost(row) for row in summary.rows(table(records))])
    assert found.value == pytest.approx(moocore.hypervolume(points, ref=(1, 1)))
    assert found.ci_low < found.value < found.ci_high


def test_leakage_counts_from_chance_upwards():
    known = {"privacy": 0.08, "utility": 1.0}
    records = [picture(role=role, value=v, fold=f) for f in range(5) for role, v in known.items()]
    assert volume(records).value == pytest.approx(0.9)
