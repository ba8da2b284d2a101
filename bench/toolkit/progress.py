"""What a long training says while it runs, to whoever listens; workers pass it on to the process of the run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

_listeners: list[Callable[[str], None]] = []


def say(text: str) -> None:
    """One line, such as an epoch and its losses."""
    for listener in _listeners:
        listener(text)


@contextlib.contextmanager
def heard(by: Callable[[str], None]) -> Iterator[None]:
    """Inside, `by` is given every line."""
    _listeners.append(by)
    try:
        yield
    finally:
        _listeners.remove(by)
