"""Equal rows share a source, over any chain of sources; another implementation agrees."""

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from privbench.datasets._vectors.ties import tied


def alike(numbers):
    """(n, n) whether two rows share a number."""
    numbers = np.asarray(numbers)
    return numbers[:, None] == numbers


def components(values, source):
    """(n,) the connected component of each row: equal values, or equal sources, are edges."""
    graph = networkx.Graph()
    for row, pair in enumerate(zip(values, source, strict=True)):
        graph.add_edge(("row", row), ("value", pair[0]))
        graph.add_edge(("row", row), ("source", pair[1]))
    numbers = np.zeros(len(values), int)
    for number, nodes in enumerate(networkx.connected_components(graph)):
        for kind, row in nodes:
            if kind == "row":
                numbers[row] = number
    return numbers


def test_a_chain_of_sources_is_one_source():
    values, source = [0, 0, 1, 1, 2, 2, 9], [1, 0, 2, 1, 3, 2, 9]
    numbers = tied(np.array(values, float)[:, None], np.array(source))
    assert len(set(numbers[:6])) == 1
    assert numbers[6] not in numbers[:6]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 9)), min_size=8, max_size=40))
def test_rows_are_tied_as_a_graph_says(rows):
    values, source = zip(*rows, strict=True)
    if len(set(values)) ** 2 < len(values):
        return
    numbers = tied(np.array(values, float)[:, None], np.array(source))
    assert np.array_equal(alike(numbers), alike(components(values, source)))


@pytest.mark.parametrize("values", [[0] * 9, [0, 1] * 8])
def test_codes_of_a_few_values_are_no_copies(values):
    numbers = tied(np.array(values, float)[:, None], np.arange(len(values)))
    assert len(set(numbers)) == len(values)
