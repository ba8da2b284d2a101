"""Settings as text, and back."""

from dataclasses import dataclass
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from privbench.bench import specs
from privbench.bench.checks import InputError


@dataclass(frozen=True)
class Everything:
    """Every kind of setting."""

    n: int = 3
    lr: float = 0.5
    norm: bool = True
    name: str = ""
    widths: tuple[int, ...] = (3, 4)
    kind: Literal["a", "b"] = "a"
    cap: float | None = None
    model: Any = None


def test_what_differs_from_the_defaults_is_written():
    assert specs.canonical("x", Everything()) == "x"
    changed = Everything(n=4, norm=False, widths=(5,), kind="b", cap=0.25)
    assert specs.canonical("x", changed) == "x:n=4,norm=false,widths=5,kind=b,cap=0.25"
    assert specs.settings_text(Everything(model=object())) == ""


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("4", int, 4),
        ("1e-3", float, 1e-3),
        ("TRUE", bool, True),
        ("a b", str, "a b"),
        ("3-4-5", tuple[int, ...], (3, 4, 5)),
        ("none", float | None, None),
        ("0.5", float | None, 0.5),
        ("b", Literal["a", "b"], "b"),
    ],
)
def test_a_text_becomes_the_value_of_its_kind(text, kind, value):
    assert specs.value_of("x", text, kind) == value


@pytest.mark.parametrize(
    ("text", "kind"),
    [("x", int), ("1.5", int), ("x", float), ("yes", bool), ("c", Literal["a", "b"])],
)
def test_a_text_of_another_kind_is_named(text, kind):
    with pytest.raises(InputError, match="x: got"):
        specs.value_of("x", text, kind)


def test_brackets_sweep_and_hyphens_are_underscores():
    assert specs.parse(" noise:sigma=[0.1, 0.2],weight-decay=0 ") == (
        "noise",
        {"sigma": ["0.1", "0.2"], "weight_decay": ["0"]},
    )
    assert specs.parse("raw") == ("raw", {})


@given(st.integers(-99, 99), st.floats(0, 1), st.booleans())
def test_a_written_setting_reads_back(n, lr, norm):
    for value, kind in ((n, int), (lr, float), (norm, bool)):
        assert specs.value_of("x", specs.text_of(value), kind) == value


def test_what_can_be_written_is_a_setting():
    assert specs.is_setting((1, "a", None, 0.5, True))
    assert not specs.is_setting([1])
    assert not specs.is_setting((1, object()))
