"""Room for rows is of the asked form, in memory or in a file, and rows in it are the rows."""

import numpy as np
import pytest
from privbench.bench.toolkit import memory


def test_small_room_is_memory_and_large_room_a_file(monkeypatch):
    monkeypatch.setattr(memory, "LARGE", 4 * 24)
    small, large = memory.empty((23,)), memory.empty((2, 3, 4))
    assert type(small) is np.ndarray
    assert isinstance(large, np.memmap)
    assert (small.shape, large.shape) == ((23,), (2, 3, 4))
    assert small.dtype == large.dtype == np.float32


def test_a_file_holds_what_is_written(monkeypatch):
    monkeypatch.setattr(memory, "LARGE", 1)
    room = memory.empty((5, 2))
    room[:] = np.arange(10).reshape(5, 2)
    assert room.tolist() == np.arange(10).reshape(5, 2).tolist()


@pytest.mark.parametrize("large", [1, 2**28])
def test_taken_rows_are_the_rows(monkeypatch, large):
    monkeypatch.setattr(memory, "LARGE", large)
    rows = np.random.default_rng(0).normal(size=(50, 3, 4)).astype(np.float32)
    index = np.array([4, 4, 0, 49])
    taken = memory.take(rows, index)
    assert isinstance(taken, np.memmap) == (large == 1)
    assert np.array_equal(taken, rows[index])


def test_no_rows_are_an_empty_array():
    assert memory.take(np.ones((5, 3), np.float32), np.zeros(0, int)).shape == (0, 3)
