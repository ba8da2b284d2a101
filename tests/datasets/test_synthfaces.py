"""Drawn faces."""

import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.bench.registry import build


def test_synthfaces_is_deterministic_and_follows_its_settings():
    a, b, c = (
        build("datasets", f"synthfaces:people=3,renderings=2,size=24{more}").load(None)
        for more in ("", "", ",seed=1")
    )
    assert np.array_equal(a.x, b.x)
    assert not np.array_equal(a.x, c.x)
    assert len(a) == 3 * 7 * 2
    assert build("datasets", "synthfaces").card.synthetic
    for bad in ("people=1", "size=4", "strength=0", "noise=-1"):
        with pytest.raises(InputError, match=bad.split("=")[0]):
            build("datasets", f"synthfaces:{bad}")
