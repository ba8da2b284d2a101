"""`privbench run` with a clock on every fit and pass: the rest of the wall time is the harness.

    PRIVBENCH_TIMES=FILE python bench/speed/_overhead.py run -d emotion ... --jobs 1 --out DIR

This file is also imported by the worker process, because a process that is started by spawning
imports its parent's script. Both processes append a JSON line for each timed call to FILE; the
worker is killed at the end, and could not report then.
"""

# pyright: reportMissingImports=false
# (the package is the repository itself, which a type checker cannot find under its name)

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import os
import sys
import time
from typing import Any

# Everything that a run imports on the way, so that no import hides in a fit. The last is what an
# optimiser pulls in.
MODULES = (
    "matplotlib.pyplot", "pandas", "safetensors.torch", "scipy.linalg", "scipy.stats", "seaborn",
    "sklearn", "threadpoolctl", "tomli_w", "torch", "privbench.attackers._shared.heads",
    "privbench.bench.cli.main", "privbench.bench.report.publish", "privbench.bench.runner.session",
    "privbench.defenses._narula.algorithm1", "torch._dynamo",
)  # fmt: skip
ROOMS = {"datasets": "load", "defenses": "fit", "attackers": "fit"}
PASSES = {"defenses": "encode", "attackers": "predict"}  # what calls of what they make are
_seen: set[tuple[type, str]] = set()


def log(what: str, name: str, seconds: float) -> None:
    """Append a line to the file of times."""
    line = json.dumps({"pid": os.getpid(), "what": what, "name": name, "seconds": seconds})
    with open(os.environ["PRIVBENCH_TIMES"], "a", encoding="utf-8") as file:
        file.write(line + "\n")


def clocked(function: Any, what: str, name: str, after: Any = None) -> Any:
    """`function` that logs its seconds; `after` gets the answer, to put a clock on that as well."""

    @functools.wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        answer = function(*args, **kwargs)
        log(what, name, time.perf_counter() - started)
        if after is not None:
            after(answer)
        return answer

    return timed


def clock_method(cls: type, method: str, what: str, name: str, after: Any = None) -> None:
    """Put a clock on a method, once a class: an encoder's is met again with every defense."""
    if (cls, method) not in _seen:
        _seen.add((cls, method))
        setattr(cls, method, clocked(getattr(cls, method), what, name, after))


def clock_competitor(room: str, name: str) -> None:
    """Put a clock on what a competitor does in a run, and on what it makes."""
    from privbench.bench import registry

    method = ROOMS[room]
    passing = PASSES.get(room)

    def clock_made(made: Any) -> None:
        clock_method(type(made), "__call__", str(passing), "")

    after = clock_made if passing else None
    clock_method(registry.find(room, name), method, f"{room} {method}", name, after)


def _let_workers_import_this() -> None:
    """Have workers import their parent's script, which others need not, and with it the clocks."""
    from privbench.bench.runner import worker

    worker.without_main = contextlib.nullcontext


def instrument() -> None:
    """Import everything, and put a clock on the competitors that the command line names."""
    started = time.perf_counter()
    for module in MODULES:
        importlib.import_module(module)
    log("import", "", time.perf_counter() - started)
    _let_workers_import_this()
    from privbench.bench import registry
    from privbench.bench.api import execution

    execution.publish = clocked(execution.publish, "report", "")
    named = {argument.partition(":")[0] for argument in sys.argv}
    used = named | {"raw", "majority"}
    for room in ROOMS:
        for name in used & set(registry.names(room)):
            clock_competitor(room, name)


instrument()


if __name__ == "__main__":
    from privbench.bench.cli.main import main

    begun = time.perf_counter()
    main(sys.argv[1:], standalone_mode=False)
    log("wall", "", time.perf_counter() - begun)
