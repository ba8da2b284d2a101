"""Pairs of codes for `verification`: `cosine_pairs` scores them, `null` says what a measure is where nothing leaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..checks import InputError, finite, number, one_of
from ..types import Array
from .verification import MEASURES, MIN_PEOPLE, bootstrap

BLIND = {
    "eer": 0.5,
    "auc": 0.5,
    "tpr@1%": 0.01,
    "tpr@0.1%": 0.001,
    "d_sys": 0.0,
    "d_sys_held_out": 0.0,
    "zebra": 0.0,
}
CAP = 200_000  # pairs of each class that are looked at
CHUNK = 2**21  # numbers multiplied at a time


class Pairs(NamedTuple):
    """(m,) columns: persons of both codes (as given), cosine of the pair, and whether the persons are the same."""

    people_a: Array
    people_b: Array
    scores: Array
    mated: Array


def cosine_pairs(
    z: Array, who: Array, *, seed: int, source: Array | None = None, cap: int = CAP
) -> Pairs:
    """The cosines, in [-1, 1], of all pairs of codes; of `cap` pairs drawn without replacement in a class with more.

    z: (n, ...) codes. who: (n,) persons, any labels. source: (n,) what a row was made of; two rows
    of one source are copies and no pair, because to find those alike is no recognition. A code of
    zeros has the cosine 0 with all. Codes are compared as they are: a mean that all share, or one
    loud dimension, hides what an adversary would find after standardising (by training rows).
    Memory O(pairs + n d), time O(pairs d): n^2 is never held.

    Raises:
        InputError: if lengths do not agree, a code is not finite, a source has two persons, or a
        class has no pair.
    """
    z, people = np.asarray(z), np.asarray(who)
    if z.ndim < 2 or 0 in z.shape:
        raise InputError("z", f"shapes {z.shape}", "(n, ...)")
    a, b, mated = drawn(len(z), people, seed=seed, source=source, cap=cap)
    return Pairs(people[a], people[b], _cosines(z, a, b), mated)


def measured(
    z: Array,
    who: Array,
    similar: Callable[[Array, Array], Array],
    *,
    seed: int,
    source: Array,
    cap: int = 50_000,
) -> dict[str, tuple[float, float]]:
    """{measure: (value, what it is where nothing leaks)} of the similarity of rows (n, d), over pairs of people (n,).

    `tpr@...` is left out where there are too few pairs of two people. The blind value of `d_sys` is
    the mean over 20 deals of the people to the sources, because it is not 0. `auc_low`, `auc_high`:
    95% limits by a bootstrap over people, where there are five. Errors as in `cosine_pairs`.
    """
    people, rng = np.asarray(who), np.random.default_rng(seed)
    a, b, mated = drawn(len(z), people, seed=seed, source=source, cap=cap)
    step = max(CHUNK // z.shape[1], 1)
    parts = [similar(z[a[i : i + step]], z[b[i : i + step]]) for i in range(0, len(a), step)]
    scores, found = np.concatenate(parts), {}
    for name, measure in MEASURES.items():
        if not name.startswith("tpr") or np.count_nonzero(~mated) * BLIND[name] >= 1:
            found[name] = measure(scores, mated), BLIND[name]
    origin = _one_person_each(people, source)
    owner = people[np.unique(origin, return_index=True)[1]]
    anew = [rng.permutation(owner)[origin] for _ in range(20)]
    dealt = [
        MEASURES["d_sys"](scores, same) for p in anew if 0 < (same := p[a] == p[b]).sum() < len(a)
    ]
    found["d_sys"] = found["d_sys"][0], float(np.mean(dealt)) if dealt else 0.0
    if len(np.unique(people)) >= MIN_PEOPLE:
        _, low, high = bootstrap(people[a], people[b], scores, mated, "auc", seed=seed, repeats=200)
        found |= {"auc_low": (low, 0.5), "auc_high": (high, 0.5)}
    return found


def drawn(
    n: int, who: Array, *, seed: int, source: Array | None = None, cap: int = CAP
) -> tuple[Array, Array, Array]:
    """(rows, partners, whether of one person), (m,) each, of the pairs of `cosine_pairs`; the same errors."""
    people, source = np.asarray(who), np.arange(n) if source is None else np.asarray(source)
    if not people.shape == source.shape == (n,):
        raise InputError(
            "who, source", f"shapes {people.shape}, {source.shape}", f"({n},), one a row"
        )
    number("cap", cap, 1)
    person, origin = _numbers(people), _one_person_each(people, source)
    order = np.lexsort((origin, person))
    person, key = person[order], (person * n + origin)[order]
    # In this order the later partners of a row are two ranges: the rest of its own person, then
    # everybody else.
    copies, own = (
        np.searchsorted(key, key, side="right"),
        np.searchsorted(person, person, side="right"),
    )
    rng = np.random.default_rng(seed)
    mated, others = _draw(copies, own, cap, rng), _draw(own, np.full(n, n), cap, rng)
    if not len(mated[0]) or not len(others[0]):
        found = f"{len(mated[0])} mated and {len(others[0])} non-mated pairs"
        raise InputError(
            "who", found, "at least one of both", "a person in two sources, and two persons"
        )
    a, b = order[np.concatenate([mated, others], axis=1)]
    return a, b, np.arange(len(a)) < len(mated[0])


def null(
    z: Array,
    who: Array,
    measure: str,
    *,
    seed: int,
    source: Array | None = None,
    cap: int = CAP,
    repeats: int = 200,
) -> Array:
    """(repeats,) values of a measure after the persons were dealt to the sources anew: what it is without a leak.

    measure: a name in `MEASURES`. The mean of the values is its bias where nothing leaks, and p =
    (1 + values at least as extreme) / (1 + repeats) tests whether codes depend on the person: they
    keep their own dependence, which shuffling the pairs would destroy. z, who, source, cap and
    errors as in `cosine_pairs`. Source: Phipson and Smyth 2010, doi:10.2202/1544-6115.1585.
    """
    f = MEASURES[one_of("measure", measure, MEASURES)]
    number("repeats", repeats, 1)
    z, who = np.asarray(z), np.asarray(who)
    source = np.arange(len(z)) if source is None else np.asarray(source)
    rng = np.random.default_rng(seed)
    origin = _one_person_each(who, source)
    owner = who[np.unique(origin, return_index=True)[1]]

    def value() -> float:
        pairs = cosine_pairs(
            z, rng.permutation(owner)[origin], seed=int(rng.integers(2**32)), source=source, cap=cap
        )
        return f(pairs.scores, pairs.mated)

    return np.array([value() for _ in range(repeats)])


def _numbers(labels: Array) -> Array:
    return np.unique(labels, return_inverse=True)[1].reshape(-1)


def _one_person_each(who: Array, source: Array) -> Array:
    """(n,) numbers of the sources, if no source has two persons."""
    person, origin = _numbers(who), _numbers(source)
    owner = person[np.unique(origin, return_index=True)[1]]
    if (owner[origin] != person).any():
        bad = source[owner[origin] != person][0]
        raise InputError(
            "source",
            f"two persons in source {bad!r}",
            "one person a source",
            "who and source swapped?",
        )
    return origin


def _draw(low: Array, high: Array, cap: int, rng: np.random.Generator) -> Array:
    """(2, m) row i and partner j of all pairs low_i <= j < high_i, or of `cap` of them."""
    stop = np.cumsum(high - low)
    k = (
        np.arange(stop[-1])
        if stop[-1] <= cap
        else np.sort(rng.choice(stop[-1], cap, replace=False, shuffle=False))
    )
    i = np.searchsorted(stop, k, side="right")
    return np.stack([i, high[i] - (stop[i] - k)])


def _cosines(z: Array, a: Array, b: Array) -> Array:
    unit = finite("z", z).reshape(len(z), -1).astype(float)
    for size in (
        np.abs(unit).max(axis=1),
        None,
    ):  # first the largest number to 1: squares neither overflow nor vanish
        size = np.linalg.norm(unit, axis=1) if size is None else size
        unit /= np.where(size > 0, size, 1)[:, None]
    step = max(CHUNK // unit.shape[1], 1)
    parts = [
        np.einsum("md,md->m", unit[a[i : i + step]], unit[b[i : i + step]])
        for i in range(0, len(a), step)
    ]
    return np.clip(np.concatenate(parts), -1, 1)
