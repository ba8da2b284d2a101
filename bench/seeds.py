"""One random stream per name: adding a competitor moves no existing number."""

from __future__ import annotations

import hashlib


def stream(seed: int, *names: object) -> int:
    """A seed in [0, 2**32) that depends on the user's seed and every name, and on nothing else."""
    text = "\x1f".join(str(part) for part in (seed, *names))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")
