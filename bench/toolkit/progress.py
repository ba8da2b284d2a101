"""What a long training reports while it runs; workers pass it on to the process of the run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

_listeners: list[Callable[[str], None]] = []


def say(text: str) -> None:
    """Passes one line to every listener, such as an epoch and its losses."""
    for listener in _listeners:
        listener(text)


@contextlib.contextmanager
def heard(by: Callable[[str], None]) -> Iterator[None]:
    """A context inside which `by` is given every line."""
    _listeners.append(by)
    try:
        yield
    finally:
        _listeners.remove(by)
