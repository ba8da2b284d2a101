"""Test rows in a file of their own: what is written is read."""

import dataclasses

import numpy as np
from factories import rows, runs
from privbench.bench.verdicts import test_rows


def assert_same(a, b):
    for field in dataclasses.fields(a):
        one, other = getattr(a, field.name), getattr(b, field.name)
        if field.name == "by_label":
            assert all(map(np.array_equal, one, other))
        elif isinstance(one, np.ndarray):
            assert one.dtype == other.dtype
            assert np.array_equal(one, other)
        else:
            assert one == other
            assert type(one) is type(other)


def test_what_is_written_is_read(tmp_path):
    people = ("Zoë | x", "b", "c")
    before = runs(teams=4, unseen=1 / 3, twins=0.1, people=people) | {(12, 0): rows(teams=2)}
    path = tmp_path / "out" / test_rows.FILE
    test_rows.write(before, path)
    after = test_rows.read(path)
    assert list(after) == sorted(before)
    for run in before:
        assert_same(before[run], after[run])
    assert [p.name for p in path.parent.iterdir()] == [test_rows.FILE]


def test_rows_without_a_task_label_are_read_without_one(tmp_path):
    path = tmp_path / test_rows.FILE
    before = rows(served=None, classes=())
    test_rows.write({(0, 0): before}, path)
    after = test_rows.read(path)[0, 0]
    assert after.served is None
    assert_same(before, after)


def test_a_directory_without_the_file_has_no_rows(tmp_path):
    assert test_rows.read(tmp_path / test_rows.FILE) == {}


def test_no_rows_are_a_file_too(tmp_path):
    path = tmp_path / test_rows.FILE
    test_rows.write({}, path)
    assert test_rows.read(path) == {}
