"""Workers map the rows that were written once."""

import numpy as np
from privbench.bench import testing
from privbench.bench.runner import shared_rows


def test_rows_come_back_and_pixels_are_mapped(tmp_path):
    for toy in (testing.toy_images(), testing.toy_sequences()):
        shared_rows.write(toy, tmp_path)
        again = shared_rows.read(tmp_path)
        assert isinstance(again.x, np.memmap)
        assert np.array_equal(again.x, toy.x, equal_nan=True)
        assert again.classes == dict(toy.classes)
        assert np.array_equal(again.source, toy.source)
        assert np.array_equal(again.original, toy.original)
        for name, y in toy.labels.items():
            assert np.array_equal(again.labels[name], y)
        assert again.targets.keys() == toy.targets.keys()
