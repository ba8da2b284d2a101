"""SPECs: settings as text. `name` or `name:key=value,key=value`; brackets sweep.

`noise:sigma=[0.05,0.1]`.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import types as pytypes
import typing
from typing import Any

from .checks import InputError, one_of

PLAIN = (bool, int, float, str, type(None))
PART = re.compile(r"(?:[^,\[\]]|\[[^\]]*\])+")  # what stands between commas outside of brackets


def parse(spec: str) -> tuple[str, dict[str, list[str]]]:
    """(name, {key: [value texts]}) of a SPEC; one text for a value that is not swept.

    Raises:
        InputError: for a bracket or a value that is missing.
    """
    name, _, rest = spec.strip().partition(":")
    if rest.count("[") != rest.count("]"):
        raise InputError("SPEC", repr(spec), "name:key=[a,b] for a sweep", "a bracket is missing")
    settings: dict[str, list[str]] = {}
    for part in PART.findall(rest):
        key, _, text = part.partition("=")
        key, text = key.strip().replace("-", "_"), text.strip()
        if not key or not text:
            hint = f"{part!r} is no key=value"
            raise InputError("SPEC", repr(spec), "name or name:key=value,key=value", hint)
        settings[key] = _values(text)
        if not settings[key]:
            raise InputError("SPEC", repr(spec), "at least one value in [...]")
    return name, settings


def _values(text: str) -> list[str]:
    swept = text.startswith("[") and text.endswith("]")
    if not swept:
        return [text]
    return [value.strip() for value in text[1:-1].split(",") if value.strip()]


def canonical(name: str, competitor: Any) -> str:
    """The shortest SPEC that builds this competitor: settings that differ from the defaults."""
    text = settings_text(competitor)
    return f"{name}:{text}" if text else name


def settings_text(competitor: Any) -> str:
    """`key=value,key=value` of the settings that differ from the defaults.

    What is no plain value (a network that somebody handed in) has no text.
    """
    changed = []
    for f in dataclasses.fields(competitor):
        value = getattr(competitor, f.name)
        if is_setting(value) and value != f.default:
            changed.append(f"{f.name}={text_of(value)}")
    return ",".join(changed)


def is_setting(value: Any) -> bool:
    """Whether a value can be written as text: a number, a string, None, or a tuple of these."""
    if isinstance(value, tuple):
        return all(is_setting(item) for item in value)
    return isinstance(value, PLAIN)


def text_of(value: Any) -> str:
    """A value as it stands in a SPEC."""
    if isinstance(value, tuple):
        return "-".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def value_of(argument: str, text: str, kind: Any) -> Any:
    """`text` as the annotated type of a setting.

    Bool, int, float, str, Literal, tuple (3-4-5), X | None.

    Raises:
        InputError: naming `argument`, if the text is no such value.
    """
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, pytypes.UnionType):
        inner = next(arg for arg in args if arg is not type(None))
        return None if text.lower() == "none" else value_of(argument, text, inner)
    if origin is typing.Literal:
        return one_of(argument, text, args)
    if origin is tuple:
        return tuple(value_of(argument, part, args[0]) for part in text.split("-"))
    if kind is bool:
        return one_of(argument, text.lower(), ("true", "false")) == "true"
    return text if kind is str else _number(argument, text, kind)


def _number(argument: str, text: str, kind: Any) -> Any:
    try:
        return float(ast.literal_eval(text)) if kind is float else int(text)
    except (ValueError, SyntaxError, TypeError):
        expected = "a number" if kind is float else "a whole number"
        raise InputError(argument, repr(text), expected) from None
