"""privbench measures what a representation still gives away and what it still does well."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Loaded on first use, so that `import privbench` costs nothing (and imports no torch).
_PUBLIC = {
    "Card": "bench.types",
    "Fold": "bench.types",
    "InputError": "bench.checks",
    "Reason": "bench.reasons",
    "Record": "bench.records",
    "RecordTable": "bench.records",
    "Report": "bench.api.report",
    "Samples": "bench.types",
    "Task": "bench.types",
    "Verdict": "bench.verdicts.verdict",
    "attack": "bench.api.audits",
    "audit": "bench.api.audits",
    "build": "bench.registry",
    "check_attacker": "bench.testing",
    "check_dataset": "bench.testing",
    "check_defense": "bench.testing",
    "frozen": "bench.api.frozen",
    "load_run": "bench.api.runs",
    "names": "bench.registry",
    "register": "bench.registry",
    "run": "bench.api.runs",
    "samples": "bench.types",
    "verdict_words": "bench.verdicts.verdict",
}
_PACKAGES = ("attackers", "bench", "datasets", "defenses")
__all__ = [
    "Card",
    "Fold",
    "InputError",
    "Reason",
    "Record",
    "RecordTable",
    "Report",
    "Samples",
    "Task",
    "Verdict",
    "__version__",
    "attack",
    "attackers",
    "audit",
    "bench",
    "build",
    "check_attacker",
    "check_dataset",
    "check_defense",
    "datasets",
    "defenses",
    "frozen",
    "load_run",
    "names",
    "register",
    "run",
    "samples",
    "verdict_words",
]

if TYPE_CHECKING:  # what a type checker and an editor see
    from . import attackers, bench, datasets, defenses
    from .bench.api.audits import attack, audit
    from .bench.api.frozen import frozen
    from .bench.api.report import Report
    from .bench.api.runs import load_run, run
    from .bench.checks import InputError
    from .bench.reasons import Reason
    from .bench.records import Record, RecordTable
    from .bench.registry import build, names, register
    from .bench.testing import check_attacker, check_dataset, check_defense
    from .bench.types import Card, Fold, Samples, Task, samples
    from .bench.verdicts.verdict import Verdict, verdict_words


def __getattr__(name: str) -> Any:
    """A public name, from the module that has it."""
    if name in _PACKAGES:
        return import_module(f"privbench.{name}")
    if name not in _PUBLIC:
        raise AttributeError(f"module 'privbench' has no attribute {name!r}")
    value = getattr(import_module(f"privbench.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Every public name, loaded or not."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
