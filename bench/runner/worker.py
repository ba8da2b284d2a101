"""What a process must be to run cells: one thread, the plan's precision, its plug-ins, and an end.

One thread a process, always: two processes of one thread do more than one of two, and no sum
depends on how many there are, so records are the same whatever `--jobs` says.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing as mp
import os
import sys
import threading
import warnings
from collections.abc import Iterator

from .. import registry
from .plan import Plan

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@functools.cache
def settle(plan: Plan) -> None:
    """Make this process a worker for a plan, once and for good."""
    import scipy.linalg  # noqa: F401  (a limit holds for libraries that are loaded)
    import sklearn  # noqa: F401
    from threadpoolctl import threadpool_limits

    from ..toolkit import train

    _silence_advice()
    threadpool_limits(1)
    train.threads(1)
    train.precision(plan.precision)
    train.keep_memory()
    for path in plan.plugins:
        registry.load_plugin(path)


@contextlib.contextmanager
def settled(plan: Plan) -> Iterator[None]:
    """Inside, this process is a worker for a plan; afterwards it is what it was before."""
    import scipy.linalg  # noqa: F401
    import sklearn  # noqa: F401
    import torch
    from threadpoolctl import threadpool_limits

    from ..toolkit import train

    threads, precision = torch.get_num_threads(), train.precision_name()
    with warnings.catch_warnings(), threadpool_limits(1):
        _silence_advice()
        train.threads(1)
        train.precision(plan.precision)
        try:
            yield
        finally:
            train.threads(threads)
            train.precision(precision)


def _silence_advice() -> None:
    """Advice on small classes is for callers of scikit-learn.

    Fits that do not converge say so in their records.
    """
    warnings.filterwarnings("ignore", category=UserWarning, module="sklearn")


@contextlib.contextmanager
def single_threaded() -> Iterator[None]:
    """Processes started inside have one thread in every library, those too that they load later."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def without_main() -> Iterator[None]:
    """Processes spawned inside do not run the user's script again.

    Python would import it to find what it unpickles; ours gets classes of `__main__` by value. So a
    script without a `__main__` guard works, and a notebook, which has no file to import.
    """
    main = sys.modules["__main__"]
    hidden = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
    for name in hidden:
        setattr(main, name, None)
    if "__file__" in hidden:
        del main.__file__
    try:
        yield
    finally:
        for name, value in hidden.items():
            setattr(main, name, value)


def end_with_parent() -> None:
    """In a child: end at once when the parent is gone, however it went, and not after the cell."""
    parent = mp.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
