"""Config files say what flags say, and refuse what is no key."""

import pytest
from privbench.bench.checks import InputError
from privbench.bench.runner import request


def test_keys_have_the_types_of_a_request():
    values = {"defense": "raw", "attacker": ["lda", "knn"], "folds": 3, "data-root": "x"}
    assert request.from_config(values, "plan.toml") == {
        "defense": ("raw",),
        "attacker": ("lda", "knn"),
        "folds": 3,
        "data_root": "x",
    }


def test_what_is_for_the_reader_is_passed_over():
    assert request.from_config({"identity": {}, "settings": {}, "versions": {}}, "p") == {}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"fold-count": 3}, "fold-count|did you mean"),
        ({"folds": "3"}, "p: folds: got '3'; expected int"),
        ({"seed": [0, "1"]}, "or a list of them"),
        ({"folds": [3]}, "expected int"),
        ({"folds": True}, "expected int"),
    ],
)
def test_other_keys_and_types_are_named(values, message):
    with pytest.raises(InputError, match=message):
        request.from_config(values, "p")
