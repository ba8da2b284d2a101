"""What defenses of sequences ask of their rows."""

from __future__ import annotations

from ...bench.checks import InputError
from ...bench.types import Samples


def check_sequences(name: str, samples: Samples) -> None:
    """InputError unless the rows are sequences (n, t, d). name: of the defense that asks."""
    if samples.x.ndim != 3:
        got = f"rows of shape {samples.x.shape[1:]}"
        hint = "use a dataset such as synthau or openface"
        raise InputError(name, got, "sequences (t, d)", hint)
