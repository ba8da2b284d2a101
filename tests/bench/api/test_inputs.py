"""Codes and labels of whatever library somebody has."""

import numpy as np
import pandas as pd
import polars
import pytest
import torch
from privbench.bench.api import inputs
from privbench.bench.checks import InputError

Z = np.arange(12.0).reshape(4, 3)
FRAME = {"a": Z[:, 0], "b": Z[:, 1], "c": Z[:, 2]}


@pytest.mark.parametrize(
    "z",
    [
        Z,
        Z.astype(np.float16),
        torch.tensor(Z),
        torch.tensor(Z, requires_grad=True),
        torch.tensor(Z).to(torch.bfloat16),
        pd.DataFrame(FRAME),
        pd.DataFrame(FRAME).convert_dtypes(),
        pd.Series([list(row) for row in Z]),
        polars.DataFrame(FRAME),
        Z.tolist(),
    ],
)
def test_the_same_codes_from_every_library(z):
    codes = inputs.codes(z)
    assert codes.dtype == np.float32
    assert np.array_equal(codes, Z)


@pytest.mark.parametrize(
    ("z", "message"),
    [
        (Z[:, 0], r"one code a row"),
        ([[1.0], [1.0, 2.0]], "different lengths"),
        (pd.DataFrame({"x": [1.0, 2.0], "name": ["ann", "bob"]}), "label columns"),
        (np.array([[1.0], [np.nan]]), "NaN or infinity in 1 of 2 rows, first row 1"),
        (np.array([[1.0], [1e300]]), "rescale"),
        (np.zeros((2, 0)), "shape"),
        (np.zeros((2, 1, 1, 1, 1)), "shape"),
        (np.array([[1j], [2j]]), "complex"),
    ],
)
def test_what_is_no_code_is_named(z, message):
    with pytest.raises(InputError, match=message):
        inputs.codes(z)


@pytest.mark.parametrize(
    "values",
    [
        ["ann", "bob", "ann", "eve"],
        np.array(["ann", "bob", "ann", "eve"]),
        pd.Series(["ann", "bob", "ann", "eve"]),
        pd.Series(["ann", "bob", "ann", "eve"], index=[9, 3, 1, 0]),
        pd.Categorical(["ann", "bob", "ann", "eve"]),
        pd.Series(["ann", "bob", "ann", "eve"], dtype="string"),
        polars.Series(["ann", "bob", "ann", "eve"]),
    ],
)
def test_the_same_labels_from_every_library(values):
    assert inputs.labels(values, 4, "identity").tolist() == ["ann", "bob", "ann", "eve"]


@pytest.mark.parametrize(
    "values", [[3, 4, 3], [3.0, 4.0, 3.0], torch.tensor([3, 4, 3]), np.array([[3], [4], [3]])]
)
def test_a_whole_number_is_one_person_however_it_is_stored(values):
    assert inputs.labels(values, 3, "identity").tolist() == [3, 4, 3]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["ann", None, "bob"], "1 missing of 3, first row 1"),
        ([1.0, float("nan"), 2.0], "1 missing of 3, first row 1"),
        (pd.Series([1, None, 2], dtype="Int64"), "1 missing of 3"),
        (pd.Series(["a", pd.NA, "b"], dtype="string"), "1 missing of 3"),
        ([float("nan"), "a", "b"], "1 missing of 3, first row 0"),
        (pd.Series(["a", float("nan"), "b"]), "1 missing of 3, first row 1"),
        ([0, "0", 1], "labels of one kind"),
        (np.array([0, "0", 1], object), "labels of one kind"),
        (["ann", "bob"], r"\(2,\); expected \(3,\)"),
        (np.zeros((3, 2)), "one label a row"),
    ],
)
def test_labels_that_are_missing_or_too_few_are_named(values, message):
    with pytest.raises(InputError, match=message):
        inputs.labels(values, 3, "identity")


def test_indexes_that_disagree_are_refused():
    z = pd.DataFrame(FRAME, index=[3, 1, 2, 0])
    inputs.same_order(z, pd.Series(list("abcd"), index=[3, 1, 2, 0]), "identity")
    inputs.same_order(z, list("abcd"), "identity")
    inputs.same_order(Z, pd.Series(list("abcd"), index=[9, 8, 7, 6]), "identity")
    with pytest.raises(InputError, match="an index that is not that of z"):
        inputs.same_order(z, pd.Series(list("abcd")), "identity")


def test_several_labels_come_by_name():
    several = {"identity": [0, 1], "gender": ["f", "m"]}
    for values in (several, pd.DataFrame(several), polars.DataFrame(several)):
        named = inputs.columns(values, 2, "identity")
        assert list(named) == ["identity", "gender"]
    assert list(inputs.columns([0, 1], 2, "identity")) == ["identity"]
