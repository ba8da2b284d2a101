"""Settings that every set of pictures has."""

import pytest
from privbench.bench.checks import InputError
from privbench.datasets._pictures.settings import ImageSettings


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0}, "size: got 0"),
        ({"fit": "croop"}, "did you mean 'crop'"),
        ({"augment": -1}, "augment: got -1"),
        ({"augment_seed": -1}, "augment_seed: got -1"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(InputError, match=message):
        ImageSettings(**settings)
