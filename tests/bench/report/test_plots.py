"""Pictures: Figures that pyplot does not know, the same bytes each time, names that can be read."""

import dataclasses
import threading

import matplotlib as mpl
import numpy as np
import pytest
from factories import record, release, table
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.text import Text
from privbench.bench.analysis import summary
from privbench.bench.analysis.budget import Point
from privbench.bench.report import image_grid, plots

STREAMS = {
    "utility_loss": 1.0,
    "private_loss": 2.0,
    "utility_accuracy": 0.5,
    "private_accuracy": 0.2,
}
LOSSES = ("discriminator", "generator", "kl", "adversarial", "identity", "expression")
SPREADS = ("over_inputs", "over_targets")


def rows(*records):
    return summary.rows(table(*records))


def texts(axis):
    """What stands on an axis."""
    return [text.get_text() for text in axis.texts]


@pytest.fixture
def two():
    return rows(release("both", 0.3, 0.9), release("worse", 0.6, 0.7))


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_pictures_are_the_same_each_time(tmp_path, suffix, two):
    paths = [tmp_path / f"{name}.{suffix}" for name in "ab"]
    for path in paths:
        plots.save(plots.pareto(two), path)
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert sorted(tmp_path.iterdir()) == paths  # and nothing half written


def test_nothing_is_left_behind_in_pyplot_or_in_the_settings(two, tmp_path):
    before = dict(mpl.rcParams)
    figure = plots.pareto(two)
    plots.save(figure, tmp_path / "a.png")
    assert isinstance(figure, Figure)
    assert pyplot.get_fignums() == []
    assert dict(mpl.rcParams) == before


def test_threads_may_draw_at_the_same_time(two):
    before = dict(mpl.rcParams)
    threads = [threading.Thread(target=plots.leakage_bars, args=(two,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dict(mpl.rcParams) == before


def test_a_point_is_where_the_row_is(two):
    (axis,) = plots.pareto(two).axes
    points = {tuple(np.round(line.get_xydata()[0], 6)) for line in axis.lines}
    for row in two:
        assert (round(100 * row.leakage.mean, 6), round(100 * row.utility.mean, 6)) in points
    assert axis.get_xlabel() == "leakage: identity accuracy of the strongest attacker, %"
    assert sum("by strong" in text for text in texts(axis)) == 3  # two names and their head


def test_a_front_joins_the_releases_that_none_beats():
    good = release("hides", 0.2, 0.5), release("both", 0.3, 0.9), release("worse", 0.6, 0.7)
    made = {row.defense: row for row in rows(*good)}
    (axis,) = plots.pareto(made.values()).axes
    step = next(line for line in axis.lines if line.get_drawstyle() == "steps-post")
    corners = step.get_xydata()[1:-1]
    expected = [(made[name].leakage.mean, made[name].utility.mean) for name in ("hides", "both")]
    assert corners == pytest.approx(100 * np.array(expected))


def test_labels_of_many_releases_do_not_overlap():
    """Twenty-five releases on one spot: the names still stand apart."""
    figure = plots.pareto(rows(*[release(f"defense{i:02d}", 0.5, 0.7) for i in range(25)]))
    figure.canvas.draw()
    (axis,) = figure.axes
    boxes = [Text.get_window_extent(t) for t in axis.texts if "defense" in t.get_text()]
    assert len(boxes) == 25
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_bars_are_of_each_attacker_and_the_strongest_stands_out():
    (row,) = rows(release("d", 0.8, 0.7))
    (axis,) = plots.leakage_bars([row]).axes
    widths = [bar.get_width() for bar in axis.patches]
    assert widths == [100 * e.mean for e in row.privacy_by_attacker.values()]
    colours = {bar.get_facecolor() for bar in axis.patches}
    assert len(colours) == 2


def test_ignorant_attackers_are_not_drawn():
    own = release("d", 0.8, 0.7)
    records = table([dataclasses.replace(r, threat="ignorant") for r in own])
    for draw in (plots.pareto, plots.leakage_bars):
        (axis,) = draw(summary.rows(records.ignorant)).axes
        assert "nothing has been measured" in axis.get_title()


def test_a_release_that_serves_no_task_says_so():
    (axis,) = plots.pareto(rows([record(fold=k) for k in range(3)])).axes
    assert any("no task was named" in text for text in texts(axis))


def test_budgets_are_a_line_for_each_attacker():
    about = ("d", "", "codes")
    points = [
        Point(*about, attacker, kind, amount, 0.5, 0.4, 0.6, 0.1, "")
        for attacker in ("lda", "fc3")
        for kind in ("rows", "training")
        for amount in (5, 10)
    ]
    left, right = plots.budget(points).axes
    assert left.get_title(loc="left") == "d / codes"
    for axis in (left, right):
        drawn = [line for line in axis.lines if len(line.get_xdata()) and line.get_marker() == "."]
        assert [list(line.get_xdata()) for line in drawn] == [[5, 10], [5, 10]]


def test_courses_of_trainings():
    left, right = plots.alternation([{"round": i, **STREAMS} for i in range(3)]).axes
    assert [line.get_ydata()[0] for line in left.lines] == [50, 20]
    assert [line.get_ydata()[0] for line in right.lines] == [1, 2]
    point = dict.fromkeys((*LOSSES, *SPREADS), 1.0)
    curve = [{"epoch": i, **point} for i in range(3)]
    axes = plots.losses({"one": curve, "two": curve}).axes
    assert [len(axis.lines) for axis in axes] == [6, 2, 6, 2]


def test_a_grid_shows_each_picture_in_its_place(tmp_path):
    pictures = np.linspace(0, 1, 6).reshape(2, 3, 1, 1, 1)
    figure = image_grid.grid(list(pictures), across=["a", "b", "c"], down=["x", "y"])
    shown = [float(axis.images[0].get_array().max()) for axis in figure.axes]
    assert shown == pytest.approx(pictures.ravel())
    plots.save(figure, tmp_path / "grid.png")
    assert (tmp_path / "grid.png").stat().st_size > 1000
