"""Rows of a dataset: names become class numbers, and parts keep their meaning."""

import numpy as np
from privbench.bench.types import numbered, samples


def rows():
    x = np.arange(12.0).reshape(6, 2)
    named = {"identity": ["bob", "ann", "bob", "eve", "ann", "eve"]}
    return samples(x, named, source=["b", "a", "b", "c", "a", "d"], targets={"v": np.zeros((6, 3))})


def test_classes_are_sorted_by_name():
    made = rows()
    assert made.classes["identity"] == ("ann", "bob", "eve")
    assert made.labels["identity"].tolist() == [1, 0, 1, 2, 0, 2]
    assert made.n_classes("identity") == 3
    assert made.source.tolist() == [1, 0, 1, 2, 0, 3]
    assert made.original.all()
    assert made.x.dtype == np.float32


def test_each_row_is_its_own_source_unless_told_otherwise():
    made = samples(np.zeros((3, 1)), {"identity": [2, 2, 0]})
    assert made.source.tolist() == [0, 1, 2]


def test_a_part_keeps_class_numbers():
    part = rows().take(np.array([3, 5]))
    assert part.labels["identity"].tolist() == [2, 2]
    assert part.classes["identity"] == ("ann", "bob", "eve")
    assert len(part) == 2
    assert part.values("v").shape == (2, 3)
    assert part.values("identity") is part.labels["identity"]


def test_numbers_are_places_among_the_sorted_values():
    names, places = numbered([3.0, 1.0, 3.0])
    assert names.tolist() == [1.0, 3.0]
    assert places.tolist() == [1, 0, 1]
    assert places.dtype == np.int64
