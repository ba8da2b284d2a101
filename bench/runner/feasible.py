"""Whether rows can be divided as a protocol asks; every refusal says what would work."""

from __future__ import annotations

import numpy as np

from ..checks import InputError
from ..types import Array, Samples, Task

SPLIT = ("test", "train")  # classes of the label `split`
LEAST = {"held-out": (4, "four (two for training, halved)")}  # independent images of each person
LEAST_ELSE = (2, "two")


def check(samples: Samples, task: Task, protocol: str, k: int) -> None:
    """InputError if k folds of a protocol are impossible for these rows."""
    if protocol == "given":
        _check_given(samples, task, k)
        return
    if k < 2:
        raise InputError("--folds", k, "at least 2")
    if task.utility in samples.labels:
        _check_utility(samples, task.utility, k)
    _check_private(samples, task.private, protocol)
    if protocol == "open-set":
        _check_people(samples, task.private, k)


def _check_utility(samples: Samples, label: str, k: int) -> None:
    """Every class is in every fold."""
    sources = _sources_per_class(samples, label)
    rarest = int(np.argmin(sources))
    fewest = sources[rarest]
    if fewest < k:
        name = samples.classes[label][rarest]
        hint = f"{label} {name!r} has {fewest} independent images"
        raise InputError("--folds", k, f"at most {fewest}", hint)


def _check_private(samples: Samples, label: str, protocol: str) -> None:
    """Every person can be trained on and tested."""
    least, words = LEAST.get(protocol, LEAST_ELSE)
    lonely = np.flatnonzero(_sources_per_class(samples, label) < least)
    if len(lonely):
        name = samples.classes[label][lonely[0]]
        got = f"{len(lonely)} classes with too few, such as {name!r}"
        allowed = f"at least {words} independent images each for {protocol}"
        hint = "one image cannot be trained on and tested"
        raise InputError(f"--private {label}", got, allowed, hint)


def _check_people(samples: Samples, label: str, k: int) -> None:
    """People can be divided, and there are enough of them."""
    person, source = samples.labels[label], samples.source
    shared = sum(len(np.unique(person[source == s])) > 1 for s in _repeated(source))
    if shared:
        hint = f"{shared} sources show two {label} classes"
        raise InputError("--protocol", "open-set", "closed-set or held-out", hint)
    people = samples.n_classes(label)
    if people < 2 * k:
        hint = f"{people} people; each fold tests at least 2"
        raise InputError("--folds", k, f"at most {people // 2} for open-set", hint)


def _check_given(samples: Samples, task: Task, k: int) -> None:
    """One fold, whose sides share no picture, and whose train side has people to tell apart."""
    if k != 1:
        raise InputError("--folds", k, "1 for given", "the data hold one division")
    classes = samples.classes.get("split", ())
    if classes != SPLIT:
        got = "classes " + ", ".join(classes[:5]) if classes else "no such label"
        hint = "the protocol given needs rows of both"
        raise InputError("label split", got, "train and test", hint)
    test = samples.labels["split"] == SPLIT.index("test")
    both = len(np.intersect1d(samples.source[test], samples.source[~test]))
    if both:
        hint = "copies or frames of one picture?"
        raise InputError("label split", f"{both} sources on both sides", "each on one", hint)
    if len(np.unique(samples.labels[task.private][~test])) < 2:
        got = f"one {task.private} among the rows train"
        raise InputError("label split", got, "at least two", "nothing to tell apart")


def _repeated(source: Array) -> Array:
    """Sources of more than one row."""
    sources, counts = np.unique(source, return_counts=True)
    return sources[counts > 1]


def _sources_per_class(samples: Samples, label: str) -> Array:
    """(K,) independent images of each class."""
    y, source = samples.labels[label], samples.source
    return np.array([len(np.unique(source[y == c])) for c in range(samples.n_classes(label))])
