"""Competitors by name: a file in a room is a competitor.

Third parties add theirs by entry point, by `--plugin FILE`, or from memory: `register` takes a
class or an instance that was typed into a notebook.
"""

from __future__ import annotations

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

from . import digests
from .checks import InputError, one_of
from .specs import canonical, is_setting, parse, settings_text, text_of, value_of

__all__ = [
    "ROOMS", "build", "canonical", "describe", "digest", "find", "in_memory", "is_object",
    "is_setting", "load_plugin", "names", "parse", "register", "restore", "settings_text",
    "spec_of", "summary", "sweep",
]  # fmt: skip

ROOMS = ("datasets", "defenses", "attackers")
ROOT = Path(__file__).parent.parent
_plugins: dict[str, dict[str, type]] = {room: {} for room in ROOMS}
_objects: dict[str, dict[str, Any]] = {room: {} for room in ROOMS}
_digests: dict[tuple[str, str], str] = {}  # (room, name) of what is from memory -> its digest


def names(room: str) -> list[str]:
    """Names in a room, ours first; imports nothing of ours."""
    one_of("room", room, ROOMS)
    files = (ROOT / room).glob("*.py")
    ours = sorted(f.stem.replace("_", "-") for f in files if not f.stem.startswith("_"))
    installed = {entry.name for entry in entry_points(group=f"privbench.{room}")}
    others = installed | set(_plugins[room]) | set(_objects[room])
    return ours + sorted(others - set(ours))


def find(room: str, name: str) -> type:
    """The class of settings behind a name; InputError with the closest match if there is none."""
    one_of(room.removesuffix("s"), name, names(room))
    if name in _objects[room]:
        return type(_objects[room][name])
    if name in _plugins[room]:
        return _plugins[room][name]
    stem = name.replace("-", "_")
    if (ROOT / room / f"{stem}.py").exists():
        module = importlib.import_module(f"..{room}.{stem}", __package__)
        return _competitors(module)[0]
    return next(iter(entry_points(group=f"privbench.{room}", name=name))).load()


def register(room: str, competitor: Any, name: str = "") -> str:
    """Make a class or an instance from memory a competitor of this process; returns its SPEC.

    An instance with plain settings becomes its class and a SPEC; one that holds more, a network
    say, is kept as it is, under its attribute `name` where it has one. A name that is registered
    again means the new one from then on.

    Raises:
        InputError: if it is no frozen dataclass, or a name of ours.
    """
    cls = competitor if isinstance(competitor, type) else type(competitor)
    _must_be_frozen(room, cls)
    known = name or _known_name(room, cls)
    called = known or kebab_name(cls)
    is_object = competitor is not cls and not _is_plain(competitor)
    if is_object and not name:
        called = _own_name(competitor) or called
    if called not in _plugins[room] and called not in _objects[room] and called != known:
        _must_be_free(room, called)
    if is_object:
        _objects[room][called] = competitor
        _digests[room, called] = digests.of_instance(competitor)
        return called
    if not _is_ours(room, cls):
        _plugins[room][called] = cls
        _digests[room, called] = digests.of_class(cls)
    return called if competitor is cls else canonical(called, competitor)


def digest(room: str, spec: str) -> str:
    """The digest of what was registered from memory under the name of a SPEC; else nothing."""
    return _digests.get((room, spec.partition(":")[0]), "")


def is_object(room: str, spec: str) -> bool:
    """Whether a SPEC is the name of an instance that is kept as it is."""
    return spec in _objects[room]


def _is_plain(competitor: Any) -> bool:
    """Whether every field of an instance can be written as text."""
    values = (getattr(competitor, f.name) for f in dataclasses.fields(competitor))
    return all(is_setting(value) for value in values)


def _own_name(competitor: Any) -> str:
    """The attribute `name` of an instance, if that is a text; else nothing."""
    name = getattr(competitor, "name", "")
    return name if isinstance(name, str) else ""


def spec_of(room: str, competitor: Any) -> str:
    """The SPEC of an instance: the name that its class has in a room, and its settings."""
    cls = type(competitor)
    return canonical(_known_name(room, cls) or kebab_name(cls), competitor)


def kebab_name(cls: type) -> str:
    """The name of a competitor's class: its attribute `name`, or MyDefense -> my-defense."""
    given = getattr(cls, "name", None)
    if isinstance(given, str) and given:
        return given
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()


def _known_name(room: str, cls: type) -> str:
    """The name of one of our own classes: that of its file."""
    return cls.__module__.rpartition(".")[2].replace("_", "-") if _is_ours(room, cls) else ""


def _is_ours(room: str, cls: type) -> bool:
    return cls.__module__.startswith(f"privbench.{room}.")


def _must_be_frozen(room: str, cls: type) -> None:
    params = getattr(cls, "__dataclass_params__", None)
    if params is None or not params.frozen:
        allowed = "a frozen dataclass of settings: @dataclass(frozen=True) above the class"
        raise InputError(room, f"{cls.__name__}, which is none", allowed)


def _must_be_free(room: str, name: str) -> None:
    if name in names(room):
        raise InputError(room, name, f"a name that no other of the {room} has")


def in_memory(wanted: Iterable[tuple[str, str]]) -> dict[str, dict[tuple[str, str], Any]]:
    """Of these (room, SPEC)s, what was registered from memory in this process; see `restore`."""
    named = {(room, spec.partition(":")[0]) for room, spec in wanted}
    known = [(room, name) for room, name in sorted(named) if (room, name) in _digests]
    classes = {(room, name): _plugins[room].get(name) for room, name in known}
    objects = {(room, name): _objects[room].get(name) for room, name in known}
    return {
        "classes": {key: cls for key, cls in classes.items() if cls is not None},
        "objects": {key: held for key, held in objects.items() if held is not None},
        "digests": {key: _digests[key] for key in known},
    }


def restore(registered: dict[str, dict[tuple[str, str], Any]]) -> None:
    """Register in this process what `in_memory` found in another."""
    for (room, name), cls in registered["classes"].items():
        _plugins[room][name] = cls
    for (room, name), held in registered["objects"].items():
        _objects[room][name] = held
    _digests.update(registered["digests"])


def load_plugin(path: str | Path) -> None:
    """Register every competitor in a Python file under its `name`, or its class name in kebab-case.

    Raises:
        InputError: if the file cannot be imported, has no competitor, or one with a name of ours.
    """
    module = _import_file(Path(path))
    classes = _competitors(module)
    if not classes:
        allowed = "at least one frozen dataclass with fit or load"
        raise InputError("--plugin", str(path), allowed, "see CONTRIBUTING.md")
    for cls in classes:
        name, room = kebab_name(cls), _room(cls)
        taken = _plugins[room].get(name)
        if name in names(room) and (taken is None or taken.__module__ != cls.__module__):
            raise InputError("--plugin", name, f"a name that no other of the {room} has")
        _plugins[room][name] = cls


def _import_file(path: Path) -> pytypes.ModuleType:
    if not path.is_file():
        raise InputError("--plugin", str(path), "a Python file that exists")
    # Two files may share a name.
    place = hashlib.blake2b(str(path.resolve()).encode(), digest_size=4).hexdigest()
    spec = importlib.util.spec_from_file_location(f"privbench_plugin_{path.stem}_{place}", path)
    if spec is None or spec.loader is None:
        raise InputError("--plugin", str(path), "a file that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        hint = f"{type(error).__name__}: {error}"
        raise InputError("--plugin", str(path), "a file that can be imported", hint) from error
    return module


def _competitors(module: pytypes.ModuleType) -> list[type]:
    """The dataclasses that a module defines itself and that can be fitted or loaded."""
    return [
        value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and _is_competitor(value)
        and value.__module__ == module.__name__
    ]


def _is_competitor(value: Any) -> bool:
    is_settings = isinstance(value, type) and dataclasses.is_dataclass(value)
    return is_settings and (hasattr(value, "fit") or hasattr(value, "card"))


def _room(cls: type) -> str:
    if hasattr(cls, "card"):
        return "datasets"
    return "attackers" if hasattr(cls, "skip") else "defenses"


def build(room: str, spec: str) -> Any:
    """The competitor of one SPEC without sweeps."""
    built = sweep(room, spec)
    if len(built) != 1:
        raise InputError(room.removesuffix("s"), spec, "a single setting here, not a sweep")
    _, competitor = built[0]
    return competitor


def sweep(room: str, spec: str) -> list[tuple[str, Any]]:
    """[(canonical spec, competitor)] for a SPEC, one for each combination of the swept values."""
    name, settings = parse(spec)
    if name in _objects[room] and not settings:  # with settings, its class is meant
        return [(name, _objects[room][name])]
    cls = find(room, name)
    known = {f.name: f for f in _settings_of(cls)}
    hints = typing.get_type_hints(cls)
    choices = []
    for key, texts in settings.items():
        one_of(f"{name} setting", key, known or {"none: it has no settings": None})
        choices.append([(key, value_of(f"{name}:{key}", text, hints[key])) for text in texts])
    built = [cls(**dict(combination)) for combination in itertools.product(*choices)]
    return [(canonical(name, competitor), competitor) for competitor in built]


def describe(room: str, name: str) -> str:
    """`key=default` of every setting, for `privbench list`."""
    settings = [f for f in _settings_of(find(room, name)) if is_setting(f.default)]
    return ", ".join(f"{f.name}={text_of(f.default)}" for f in settings)


def _settings_of(cls: type) -> list[dataclasses.Field[Any]]:
    """The fields of a class that a SPEC may set: all but those of type Any, which hold objects."""
    return [f for f in dataclasses.fields(cls) if f.type not in ("Any", Any)]


def summary(room: str, name: str) -> str:
    """The first line of the competitor's docstring."""
    return (find(room, name).__doc__ or "").strip().splitlines()[0]
