"""Competitors by name: a file in a room is a competitor; third parties add theirs by entry point or --plugin FILE.

A SPEC is `name` or `name:key=value,key=value`; a value in brackets is a sweep:
`noise:sigma=[0.05,0.1]`.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import importlib
import importlib.util
import itertools
import re
import sys
import types as pytypes
import typing
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from .checks import InputError, one_of

ROOMS = ("datasets", "defenses", "attackers")
_plugins: dict[str, dict[str, type]] = {room: {} for room in ROOMS}


def names(room: str) -> list[str]:
    """Names in a room, ours first; imports nothing of ours."""
    one_of("room", room, ROOMS)
    folder = Path(__file__).parent.parent / room
    own = sorted(
        p.stem.replace("_", "-") for p in folder.glob("*.py") if not p.stem.startswith("_")
    )
    others = sorted({e.name for e in entry_points(group=f"privbench.{room}")} | set(_plugins[room]))
    return own + [name for name in others if name not in own]


def find(room: str, name: str) -> type:
    """The class of settings behind a name; InputError with the closest match if there is none."""
    one_of(room.removesuffix("s"), name, names(room))
    if name in _plugins[room]:
        return _plugins[room][name]
    if (Path(__file__).parent.parent / room / f"{name.replace('-', '_')}.py").exists():
        module = importlib.import_module(f"..{room}.{name.replace('-', '_')}", __package__)
        return _competitors(module)[0]
    return next(iter(entry_points(group=f"privbench.{room}", name=name))).load()


def load_plugin(path: str | Path) -> None:
    """Register every competitor in a Python file under its `name`, or its class name in kebab-case."""
    path = Path(path)
    if not path.is_file():
        raise InputError("--plugin", str(path), "a Python file that exists")
    place = hashlib.blake2b(
        str(path.resolve()).encode(), digest_size=4
    ).hexdigest()  # two files may share a name
    spec = importlib.util.spec_from_file_location(f"privbench_plugin_{path.stem}_{place}", path)
    if spec is None or spec.loader is None:
        raise InputError("--plugin", str(path), "a file that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise InputError(
            "--plugin", str(path), "a file that can be imported", f"{type(error).__name__}: {error}"
        ) from error
    found = _competitors(module)
    if not found:
        raise InputError(
            "--plugin",
            str(path),
            "at least one frozen dataclass with fit or load",
            "see CONTRIBUTING.md",
        )
    for cls in found:
        name = (
            getattr(cls, "name", None)
            or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()
        )
        taken = _plugins[room := _room(cls)].get(name)
        if name in names(room) and (taken is None or taken.__module__ != cls.__module__):
            raise InputError("--plugin", name, f"a name that no other of the {room} has")
        _plugins[room][name] = cls


def _competitors(module: pytypes.ModuleType) -> list[type]:
    return [
        value
        for key, value in vars(module).items()
        if isinstance(value, type)
        and dataclasses.is_dataclass(value)
        and not key.startswith("_")
        and value.__module__ == module.__name__
        and (hasattr(value, "fit") or hasattr(value, "card"))
    ]


def _room(cls: type) -> str:
    if hasattr(cls, "card"):
        return "datasets"
    return "attackers" if hasattr(cls, "skip") else "defenses"


def build(room: str, spec: str) -> Any:
    """The competitor of one SPEC without sweeps."""
    built = sweep(room, spec)
    if len(built) != 1:
        raise InputError(room.removesuffix("s"), spec, "a single setting here, not a sweep")
    return built[0][1]


def sweep(room: str, spec: str) -> list[tuple[str, Any]]:
    """[(canonical spec, competitor)] for a SPEC, one for each combination of the swept values."""
    name, settings = parse(spec)
    cls = find(room, name)
    known = {f.name: f for f in dataclasses.fields(cls)}
    hints = typing.get_type_hints(cls)
    choices = []
    for key, texts in settings.items():
        one_of(f"{name} setting", key, known or {"none: it has no settings": None})
        choices.append([(key, _value(f"{name}:{key}", text, hints[key])) for text in texts])
    built = [cls(**dict(combination)) for combination in itertools.product(*choices)]
    return [(canonical(name, competitor), competitor) for competitor in built]


def parse(spec: str) -> tuple[str, dict[str, list[str]]]:
    """`name:key=value,key=[a,b]` -> (name, {key: [value texts]}), a list of one for a value that is not swept."""
    name, _, rest = spec.strip().partition(":")
    settings: dict[str, list[str]] = {}
    if rest.count("[") != rest.count("]"):
        raise InputError("SPEC", repr(spec), "name:key=[a,b] for a sweep", "a bracket is missing")
    for part in re.findall(r"(?:[^,\[\]]|\[[^\]]*\])+", rest):
        key, equals, text = part.partition("=")
        key, text = key.strip().replace("-", "_"), text.strip()
        if not equals or not key or not text:
            raise InputError(
                "SPEC", repr(spec), "name or name:key=value,key=value", f"{part!r} is no key=value"
            )
        swept = text.startswith("[") and text.endswith("]")
        settings[key] = [t.strip() for t in text[1:-1].split(",") if t.strip()] if swept else [text]
        if not settings[key]:
            raise InputError("SPEC", repr(spec), "at least one value in [...]")
    return name, settings


def canonical(name: str, competitor: Any) -> str:
    """The shortest SPEC that builds this competitor: its name and the settings that differ from the defaults."""
    text = settings_text(competitor)
    return f"{name}:{text}" if text else name


def settings_text(competitor: Any) -> str:
    """`key=value,key=value` of the settings that differ from the defaults."""
    changed = [
        (f.name, getattr(competitor, f.name))
        for f in dataclasses.fields(competitor)
        if getattr(competitor, f.name) != f.default
    ]
    return ",".join(f"{key}={_text(value)}" for key, value in changed)


def _text(value: Any) -> str:
    return (
        "-".join(map(str, value))
        if isinstance(value, tuple)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )


def _value(argument: str, text: str, kind: Any) -> Any:
    """`text` as the annotated type of the setting: bool, int, float, str, Literal, tuple (3-4-5) or X | None."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, pytypes.UnionType):
        return (
            None
            if text.lower() == "none"
            else _value(argument, text, next(a for a in args if a is not type(None)))
        )
    if origin is typing.Literal:
        return one_of(argument, text, args)
    if origin is tuple:
        return tuple(_value(argument, part, args[0]) for part in text.split("-"))
    if kind is bool:
        return one_of(argument, text.lower(), ("true", "false")) == "true"
    if kind is str:
        return text
    try:
        return kind(ast.literal_eval(text)) if kind is float else int(text)
    except (ValueError, SyntaxError, TypeError):
        raise InputError(
            argument, repr(text), "a number" if kind is float else "a whole number"
        ) from None


def describe(room: str, name: str) -> str:
    """`key=default` of every setting, for `privbench list`."""
    fields: Iterable[Any] = dataclasses.fields(find(room, name))
    return ", ".join(f"{f.name}={_text(f.default)}" for f in fields)


def summary(room: str, name: str) -> str:
    """The first line of the competitor's docstring."""
    return (find(room, name).__doc__ or "").strip().splitlines()[0]
