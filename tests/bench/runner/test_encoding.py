"""Encoders are read with distrust: what they release is real, whole and the same in every batch."""

import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.bench.runner.encoding import encode


def test_an_encoder_that_works_in_place_changes_nobody_elses_rows():
    class InPlace:
        def __call__(self, x):
            x *= 0
            return {"codes": x}

    x = np.ones((300, 3), np.float32)
    assert not encode(InPlace(), x)["codes"].any()
    assert x.all()


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (lambda x, start: {}, "the same names"),
        (lambda x, start: {"": x}, "the same names"),
        (lambda x, start: {"a": x} | ({} if start else {"b": x}), "the same names"),
        (lambda x, start: {"a": x[:, :1] if start else x}, "one shape"),
        (lambda x, start: {"a": x[:5]}, "one shape"),
        (lambda x, start: {"a": x[:, :0]}, "real numbers"),
        (lambda x, start: {"a": x[:, 0]}, "real numbers"),
        (lambda x, start: {"a": 1 + 1j * x}, "real numbers"),
        (lambda x, start: {"a": 1e9 + 1e-6 * x.astype(float)}, "float32 rounds away"),
        (lambda x, start: {"a": 1e300 * x.astype(float)}, "NaN or infinity"),
    ],
)
def test_odd_releases_are_refused_and_not_scored(codes, message):
    calls = []

    def encoder(x):
        calls.append(x)
        return codes(x, len(calls) - 1)

    x = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    with pytest.raises(InputError, match=message):
        encode(encoder, x)
