"""privbench measures what a representation still gives away and what it still does well."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Loaded on first use, so that `import privbench` costs nothing (and imports no torch).
_PUBLIC = {
    "Card": "bench.types",
    "Fold": "bench.types",
    "InputError": "bench.checks",
    "Record": "bench.types",
    "Samples": "bench.types",
    "Task": "bench.types",
    "build": "bench.registry",
    "check_attacker": "bench.testing",
    "check_dataset": "bench.testing",
    "check_defense": "bench.testing",
    "names": "bench.registry",
    "run": "bench.runner.cells",
}
__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'privbench' has no attribute {name!r}")
    return getattr(import_module(f"privbench.{_PUBLIC[name]}"), name)
