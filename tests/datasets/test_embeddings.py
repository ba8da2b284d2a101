"""Embeddings from files: every form gives the same rows, and every fault a line that names it."""

import numpy as np
import pandas as pd
import pytest
from privbench.bench import checks
from privbench.bench.checks import InputError
from privbench.datasets.embeddings import Embeddings

N = 12
X = np.random.default_rng(0).normal(size=(N, 3)).astype(np.float32)
WHO, WHAT = np.array(["ann", "bob", "cy"] * 4), np.array([0, 1] * 6)


def write(path, x=X, **columns):
    columns = {"identity": WHO, "expression": WHAT} | columns
    frame = pd.DataFrame(columns)
    if path.suffix == ".npz":
        np.savez(path, x=x, **columns)
    elif path.suffix == ".npy":
        np.save(path, x)
        frame.to_csv(path.with_suffix(".csv"), index=False)
    else:
        frame = pd.concat(
            [frame, pd.DataFrame(x, columns=[f"x{i}" for i in range(x.shape[1])])], axis=1
        )
        frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path)
    return path


def load(path):
    return checks.dataset(Embeddings().load(path), Embeddings.task)


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".csv", ".parquet"])
def test_every_form_gives_the_same_rows(tmp_path, suffix):
    if suffix == ".parquet":
        pytest.importorskip("pyarrow", reason="Parquet files need pyarrow")
    s = load(write(tmp_path / f"codes{suffix}"))
    assert np.allclose(s.x, X, atol=1e-6)
    assert s.classes == {"identity": ("ann", "bob", "cy"), "expression": ("0", "1")}
    assert s.labels["identity"].tolist() == [0, 1, 2] * 4
    assert len(np.unique(s.source)) == N


def test_columns_of_the_code_are_in_the_order_of_their_numbers(tmp_path):
    wide = np.arange(N * 12, dtype=np.float32).reshape(N, 12)
    assert np.array_equal(load(write(tmp_path / "a.csv", wide)).x, wide)


def test_equal_rows_and_equal_sources_stay_together(tmp_path):
    x = X.copy()
    x[5] = x[0]
    clip = np.array([0, 0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9])  # rows 0, 1 and 5, 6; and 0 equals 5
    s = load(write(tmp_path / "a.npz", x, source=clip))
    assert len({s.source[i] for i in (0, 1, 5, 6)}) == 1
    assert len(np.unique(s.source)) == 9
    assert "source" not in s.labels


def test_whole_numbers_keep_their_names_where_a_table_made_them_fractions(tmp_path):
    assert load(write(tmp_path / "a.npz", expression=WHAT.astype(float))).classes["expression"] == (
        "0",
        "1",
    )


def test_labels_of_a_table_are_text_to_the_letter(tmp_path):
    """1 and 01, NA and null, and numbers beyond 64 bits are different people."""
    names = ["1", "01", "NA", "null", "1e400", "18446744073709551617"]
    frame = pd.DataFrame(
        {"identity": names * 2, "expression": ["a", "b"] * 6, "x0": np.arange(12.0), "x1": X[:, 0]}
    )
    frame.to_csv(tmp_path / "a.csv", index=False)
    assert set(load(tmp_path / "a.csv").classes["identity"]) == set(names)
    huge = np.array([2.0**70, 2.0**71, 3] * 4)
    assert len(load(write(tmp_path / "a.npz", identity=huge)).classes["identity"]) == 3


@pytest.mark.parametrize(("values", "sources"), [(2, N), (4, 4)])
def test_equal_rows_are_tied_unless_there_are_only_a_few_values(tmp_path, values, sources):
    x = np.eye(values)[np.arange(N) % values]
    assert len(np.unique(load(write(tmp_path / "a.npz", x)).source)) == sources


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": np.zeros((N, 2, 2))}, "of shape"),
        ({"x": np.full((N, 2), np.inf)}, "NaN or infinity in 12"),
        ({"x": np.array([["a"]] * N)}, "numbers of shape"),
        ({"identity": WHO[:-1]}, "11 values in identity"),
        ({"identity": np.array(["ann", ""] * 6)}, "nothing in 6 rows, first row 1"),
        ({"identity": np.zeros((N, 2))}, "one label a row"),
        ({"identity": np.array([1.0, np.nan] * 6)}, "nothing in 6 rows"),
        ({"identity": np.zeros(N)}, "one class only"),
        ({"identity": np.array([{}] * N, object)}, "pickled objects"),
        ({"identity": np.array([b"ann", b"\xff"] * 6)}, "bytes in 12 rows"),
        ({"other": np.array(3)}, "no row of values in other"),
    ],
)
def test_faults_of_arrays(tmp_path, columns, message):
    path = tmp_path / "a.npz"
    np.savez(path, **({"x": X, "identity": WHO, "expression": WHAT} | columns))
    with pytest.raises(InputError, match=message):
        load(path)


def test_faults_of_files(tmp_path):
    def refused(name, message, content=None):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(InputError, match=message):
            load(path)

    refused("none.npz", "does not exist")
    refused("codes.txt", "a file that ends in", b"1")
    refused("bad.npz", "no NumPy file", b"PK nonsense")
    refused("bad.npy", "beside it", b"nonsense")
    refused("bad.csv", "x0, x1", b"a,b\n1,2\n")
    refused("text.csv", "text where a number", b"identity,expression,x0\na,b,1\nc,d,hello\n")
    refused("inf.csv", "'nan' in row 1", b"identity,expression,x0\na,b,1\nc,d,nan\n")
    refused("twice.csv", "several columns 'identity'", b"identity,identity,x0\na,b,1\nc,d,2\n")
    refused(
        "long.csv",
        "Expected 3 fields in line 2, saw 4",
        b"identity,expression,x0\na,b,1,7\nc,d,2,7\n",
    )
    refused("line.csv", "print on one line", b'identity,expression,"a\nb",x0\na,b,1,7\nc,d,2,7\n')
    refused("empty.csv", "No columns", b"")
    np.savez(tmp_path / "nox.npz", y=X)
    refused("nox.npz", "x \\(n, d\\)")
