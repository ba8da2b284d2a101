"""Every refusal is one line that names what was given, what is allowed, and the likely cause."""

import dataclasses
import pickle

import numpy as np
import pytest
from privbench.bench import checks
from privbench.bench.checks import BLOCK, InputError
from privbench.bench.types import Task, samples


def test_an_error_is_one_line_and_crosses_processes():
    error = InputError("--folds", 1, "at least 2", "try 5")
    assert str(error) == "--folds: got 1; expected at least 2 (try 5)"
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.hint) == (str(error), "try 5")
    assert str(InputError("a", "b", "c")) == "a: got b; expected c"


def test_the_closest_name_is_offered():
    assert checks.one_of("--device", "cpu", ["cpu", "cuda"]) == "cpu"
    with pytest.raises(InputError, match="did you mean 'cuda'"):
        checks.one_of("--device", "cud", ["cpu", "cuda"])


@pytest.mark.parametrize(
    ("got", "low", "high", "open_low", "fine"),
    [
        (0, 0, 1, False, True),
        (0, 0, 1, True, False),
        (1, 0, 1, False, True),
        (1.5, 0, 1, False, False),
        (-1, 0, 9, False, False),
        (float("nan"), 0, 1, False, False),
        (float("inf"), 0, float("inf"), False, False),
    ],
)
def test_a_number_lies_between_its_limits(got, low, high, open_low, fine):
    if fine:
        assert checks.number("x", got, low, high, open_low=open_low) == got
    else:
        with pytest.raises(InputError, match="x: got"):
            checks.number("x", got, low, high, open_low=open_low)


@dataclasses.dataclass(frozen=True)
class Knn:
    """Settings."""

    k: int = 1
    lr: float = 0.1


def test_settings_are_named_as_in_a_spec():
    checks.settings(Knn(), above=("lr",), k=1)
    with pytest.raises(InputError, match="knn:k"):
        checks.settings(Knn(k=0), k=1)
    with pytest.raises(InputError, match="knn:lr"):
        checks.settings(Knn(lr=0), above=("lr",))


def test_the_first_row_that_is_not_finite_is_named_in_any_block():
    x = np.zeros((BLOCK + 5, 2))
    assert checks.finite("x", x) is x
    x[[BLOCK + 1, BLOCK + 3], 1] = np.nan
    with pytest.raises(InputError, match=f"2 of {BLOCK + 5} rows, first row {BLOCK + 1}"):
        checks.finite("x", x)
    assert checks.finite("x", np.zeros((0, 2))).shape == (0, 2)


def test_frames_are_there_or_missing_whole():
    x = np.zeros((3, 2, 2))
    x[1, 0] = np.nan
    assert checks.numbers("x", x) is x
    x[1, 1] = np.nan
    with pytest.raises(InputError, match="1 of 3 sequences, first row 1"):
        checks.numbers("x", x)
    x[1] = 0
    x[2, 0, 0] = np.inf
    with pytest.raises(InputError, match="first row 2"):
        checks.numbers("x", x)


def toy(**changes):
    made = samples(
        np.zeros((4, 2)),
        {"identity": [0, 1, 0, 1], "expression": [0, 0, 1, 1], "twin": [1, 0, 1, 0]},
    )
    return dataclasses.replace(made, **changes)


def test_rows_that_serve_a_task_pass():
    made = toy()
    assert checks.dataset(made, Task()) is made
    assert checks.dataset(made, Task(utility="")) is made


@pytest.mark.parametrize(
    ("changes", "task", "message"),
    [
        ({"source": np.arange(3)}, Task(), "3 values in source; expected 4"),
        ({"x": np.full((4, 2), np.nan)}, Task(), "NaN or infinity"),
        ({}, Task(private="person"), "--private"),
        ({}, Task(utility="smile"), "--utility"),
        ({}, Task(utility="identity"), "another label"),
        ({}, Task(utility="twin"), "hiding a label destroys it"),
        ({"targets": {"v": np.zeros((4, 2))}}, Task(utility="v"), "never changes"),
        ({"targets": {"v": np.full((4, 2), np.nan)}}, Task(utility="v"), "never changes"),
        ({"targets": {"v": np.zeros((3, 2))}}, Task(), "3 values in v"),
    ],
)
def test_rows_that_do_not_are_refused(changes, task, message):
    with pytest.raises(InputError, match=message):
        checks.dataset(toy(**changes), task)


def test_no_rows_are_no_dataset():
    with pytest.raises(InputError, match="no rows"):
        checks.dataset(toy().take(np.zeros(0, int)), Task())
