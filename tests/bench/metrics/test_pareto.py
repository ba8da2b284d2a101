import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from privbench.bench.metrics import pareto

POINTS = [(0.9, 0.1), (0.5, 0.2), (0.3, 0.25), (0.12, 0.45), (0.1, 0.8), (0.6, 0.4)]
plane = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("points", "reference", "area"),
    [
        ([(5, 5), (4, 6), (2, 7), (7, 4)], (10, 10), 38.0),
        ([(1, 2), (2, 1)], (3, 3), 3.0),
        (POINTS, (1, 1), 0.663),
        ([(2, 2)], (1, 1), 0.0),
        ([], (1, 1), 0.0),
    ],
)
def test_hypervolume_known_answers(points, reference, area):
    assert pareto.hypervolume(points, reference) == pytest.approx(area)


@settings(deadline=None)
@given(plane, st.randoms())
def test_order_does_not_matter_and_dominated_points_add_nothing(points, random):
    area = pareto.hypervolume(points, (1, 1))
    shuffled = random.sample(points, len(points))
    assert pareto.hypervolume(shuffled, (1, 1)) == pytest.approx(area)
    best = [p for p, good in zip(points, pareto.non_dominated(points), strict=True) if good]
    assert pareto.hypervolume(best, (1, 1)) == pytest.approx(area)
    grid = np.random.default_rng(0).random((4000, 2))
    covered = (grid[:, None] >= np.array(points)[None]).all(2).any(1).mean()
    assert area == pytest.approx(covered, abs=0.05)


def test_fronts():
    assert pareto.non_dominated(POINTS).tolist() == [True] * 5 + [False]
    assert pareto.fronts([(0, 0), (1, 1), (2, 2), (0, 0)]).tolist() == [1, 2, 3, 1]
    with pytest.raises(ValueError, match="finite"):
        pareto.fronts([(np.nan, 1)])


def test_equal_points_do_not_dominate_each_other_and_one_coordinate_is_enough():
    assert pareto.non_dominated([(0, 0), (0, 0), (0, 1)]).tolist() == [True, True, False]
    assert pareto.non_dominated([(0, 1, 2), (0, 1, 1)]).tolist() == [False, True]
    assert pareto.non_dominated([]).tolist() == []
    assert pareto.fronts([]).tolist() == []
    assert pareto.fronts([(3, 3), (1, 2), (2, 1), (2, 2)]).tolist() == [3, 1, 1, 2]


@pytest.mark.parametrize(
    ("points", "reference"),
    [
        ([(1, 2, 3)], (4, 4)),
        ([(1, 2)], (4, 4, 4)),
        ([(1, 2)], (4, np.inf)),
        ([(1, np.nan)], (4, 4)),
        ([1, 2], (4, 4)),
    ],
)
def test_what_has_no_area_is_refused(points, reference):
    with pytest.raises(ValueError, match="expected"):
        pareto.hypervolume(points, reference)
