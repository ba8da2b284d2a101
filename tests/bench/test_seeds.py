"""One stream per name: a competitor that is added moves no existing number."""

from hypothesis import given
from hypothesis import strategies as st
from privbench.bench import seeds


def test_known_streams_stay_what_they_are():
    """Every committed number depends on these."""
    assert seeds.stream(0) == 872845860
    assert seeds.stream(0, "gaussian", "closed-set", "folds") == 398521365
    assert seeds.stream(1, "gaussian", 0, "raw", "image", "privacy", "lda") == 2584150526


@given(st.integers(0, 99), st.lists(st.text(), max_size=3))
def test_a_stream_is_32_bits_and_depends_on_every_name(seed, names):
    stream = seeds.stream(seed, *names)
    assert 0 <= stream < 2**32
    assert stream == seeds.stream(seed, *names)
    assert stream != seeds.stream(seed, *names, "more")
    assert stream != seeds.stream(seed + 1, *names)
