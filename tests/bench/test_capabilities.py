"""What a competitor can do, by its own word or by the default."""

import pytest
from privbench.bench import capabilities
from privbench.bench.checks import InputError


class Plain:
    """Says nothing of itself."""


class Sequential:
    """Says something, and refuses rows."""

    sequences = True

    def check(self, samples):
        raise InputError("defense", "pictures", "sequences")


def test_silence_means_the_default():
    assert capabilities.can(Plain(), "looks")
    assert not capabilities.can(Plain(), "sequences")
    assert not capabilities.offers(Plain(), "check")
    capabilities.refuse(Plain(), None)


def test_its_own_word_counts():
    assert capabilities.can(Sequential(), "sequences")
    with pytest.raises(InputError, match="sequences"):
        capabilities.refuse(Sequential(), None)


def test_a_misspelt_capability_is_no_silent_false():
    with pytest.raises(KeyError):
        capabilities.can(Plain(), "sequence")
    with pytest.raises(KeyError):
        capabilities.offers(Plain(), "regres")
