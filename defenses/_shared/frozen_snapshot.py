"""Objects of a frozen model as they are now: a copy that reaches other processes unchanged."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, field
from typing import Any

from ...bench.checks import InputError


@dataclass(frozen=True)
class Snapshot:
    """An object as bytes, in memory alone.

    Pickles of one object differ from process to process; these bytes are made once, so that a
    worker has the fingerprint that its parent has.
    """

    data: bytes = field(repr=False)

    def value(self) -> Any:
        """The object: a new one each time."""
        import cloudpickle

        return cloudpickle.loads(self.data)

    @property
    def sha256(self) -> str:
        """Of the bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


def held(argument: str, value: Any) -> Any:
    """What a frozen model keeps of an object: None and networks as they are, a snapshot of others.

    Raises:
        InputError: for what cannot be pickled.
    """
    if value is None or isinstance(value, Snapshot) or is_network(value):
        return value
    import cloudpickle

    try:
        return Snapshot(cloudpickle.dumps(value))
    except Exception as error:  # whatever a third party's object raises
        hint = f"{type(error).__name__}: {error}"
        allowed = "an object that other processes can be given"
        raise InputError(argument, type(value).__name__, allowed, hint) from error


def opened(value: Any) -> Any:
    """The object that was held."""
    return value.value() if isinstance(value, Snapshot) else value


def is_network(value: Any) -> bool:
    """Whether this is a torch module; does not import torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.nn.Module)
