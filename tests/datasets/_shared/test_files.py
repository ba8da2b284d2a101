"""The order of names."""

from privbench.datasets._shared.files import natural


def test_natural_order():
    names = ["img_10", "img_2", "a/img_1", "2", "img_02"]
    assert sorted(names, key=lambda name: natural(name)) == [
        "2",
        "a/img_1",
        "img_02",
        "img_2",
        "img_10",
    ]
