"""Controls have the rows and people of the cell beside them, and plant what they say."""

import numpy as np
import pytest
from privbench.bench.runner import controls
from privbench.bench.runner.folds import make
from privbench.bench.toolkit import planted
from privbench.bench.types import Samples, Task, samples


def rows(n=120, people=4, copies=1, d=6):
    """n pictures, each `copies` times."""
    source = np.arange(n).repeat(copies)
    who, what = np.arange(n) % people, np.arange(n) // people % 3
    x = np.random.default_rng(0).normal(size=(n, d)).astype(np.float32).repeat(copies, 0)
    return samples(
        x, {"identity": who.repeat(copies), "expression": what.repeat(copies)}, source=source
    )


def look(name, s: Samples, z=None):
    fold = make(s, Task(), "closed-set", 3, seed=0)[0]
    return fold, controls.look(name, s.x if z is None else z, s, "identity", fold, seed=5)


def test_every_control_belongs_to_one_fold_and_all_are_run():
    for k in (1, 2, 3, 10):
        given = [name for fold in range(k) for name in controls.of_fold(fold, k)]
        assert sorted(given) == sorted(controls.NAMES)
    assert {"rows-0.25", "rows-0.5"} <= set(controls.of_fold(7, 10, (0.25, 0.5)))


@pytest.mark.parametrize("name", controls.POSITIVE)
def test_planted_codes_have_the_shape_of_the_release_and_one_draw_a_picture(name):
    s = rows(copies=3)
    z = np.zeros((len(s), 1, 4, 5), np.float32)
    fold, found = look(name, s, z)
    assert found.z.shape == z.shape
    assert np.array_equal(found.probe, fold.probe)
    assert found.knowable is not None
    assert 0.5 < found.knowable <= 1
    assert len(np.unique(found.z.reshape(len(z), -1), axis=0)) == 120  # copies are no new draws
    assert (found.z[0] == found.z[1]).all()


def test_the_permuted_control_keeps_everything_but_who_it_is():
    s = rows(copies=2)
    _, found = look("permuted", s)
    assert found.z is s.x
    assert np.array_equal(np.bincount(found.labels), np.bincount(s.labels["identity"]))
    assert (found.labels[::2] == found.labels[1::2]).all()  # a picture and its copy stay one person
    assert 0.1 < (found.labels == s.labels["identity"]).mean() < 0.45


def test_fewer_rows_are_a_part_of_each_person_and_nested():
    s = rows(copies=2)
    fold, found = look("rows-0.5", s)
    few = controls.fewer(s, "identity", fold.probe, 0.25, seed=1)
    half = controls.fewer(s, "identity", fold.probe, 0.5, seed=1)
    assert set(few) < set(half) < set(fold.probe)
    for person in range(4):
        own = s.labels["identity"][fold.probe] == person
        kept = np.isin(fold.probe[own], found.probe)
        assert kept.mean() == pytest.approx(0.5, abs=0.06)
    assert len(np.unique(s.source[found.probe])) * 2 == len(found.probe)
    least = controls.fewer(s, "identity", fold.probe, 0.0, seed=1)
    assert len(np.unique(s.labels["identity"][least])) == 4  # nobody is lost


def test_planted_rows_belong_to_their_people_whatever_the_order_of_the_sources():
    """Codes are drawn for each source and person, also where sources run backwards."""
    y = np.arange(300) % 5
    for source in (np.arange(300)[::-1], np.arange(300) // 10, np.arange(300)):
        made = controls._planted(planted.means, y, source, 8, 0)
        means = np.stack([made.z[y == k].mean(0) for k in range(5)])
        assert np.linalg.norm(means, axis=1).min() > 1.5  # three, each in its own direction


def test_people_are_dealt_anew_where_a_source_shows_several():
    y, source = np.arange(300) % 5, np.arange(300) // 10
    dealt = controls.permuted(y, source, seed=0)
    assert len(np.unique(dealt)) == 5
    assert 0.1 < (dealt == y).mean() < 0.3
