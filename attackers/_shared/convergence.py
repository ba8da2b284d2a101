"""Whether a solver of scikit-learn came to its end, as a note instead of a warning."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ...bench.reasons import Reason

Model = TypeVar("Model")


@contextmanager
def unheard() -> Iterator[None]:
    """Solvers that run out of steps do not warn inside: what is only tried needs no note."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def watched(fit: Callable[[], Model], iterations: int) -> tuple[Model, Reason | None]:
    """(what `fit` returns, a note if its solver ran out of its steps)."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", ConvergenceWarning)
        model = fit()
    if any(issubclass(warning.category, ConvergenceWarning) for warning in heard):
        return model, Reason("not-converged", f"did not converge in {iterations} iterations")
    return model, None
