"""Pairs of codes for `verification`: which there are, how similar, what a measure makes of them.

z: (n, ...) codes. people: (n,) persons, any labels. source: (n,) what a row was made of; two rows
of one source are copies and no pair, because to find those alike is no recognition.

Index: `cosine_pairs` scores pairs, `measured` measures any similarity, `null` says what a measure
is where nothing leaks.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..checks import InputError, finite, number, one_of
from ..types import Array
from .bootstrap import MIN_PEOPLE, bootstrap
from .scored_pairs import Pairs
from .verification import BLIND, MEASURES

CAP = 200_000  # pairs of each class that are looked at
FEWER = 50_000  # of them, for a similarity that takes longer
CHUNK = 2**21  # numbers multiplied at a time
DEALS = 20  # of the people to the sources, for the blind value of D_sys
REPEATS = 200

Similarity = Callable[[Array, Array], Array]  # of the rows of two arrays (m, d) -> (m,)


def cosine_pairs(
    z: Array, people: Array, *, seed: int, source: Array | None = None, cap: int = CAP
) -> Pairs:
    """The cosines, in [-1, 1], of all pairs of codes, or of `cap` pairs of a class with more.

    Those are drawn without replacement. A code of zeros has the cosine 0 with all. Codes are
    compared as they are: a mean that all share, or one loud dimension, hides what an attacker would
    find after standardising (by training rows). Memory O(pairs + n d), time O(pairs d): n^2 is
    never held.

    Raises:
        InputError: if lengths do not agree, a code is not finite, a source has two persons, or a
            class has no pair.
    """
    z = np.asarray(z)
    people = np.asarray(people)
    if z.ndim < 2 or 0 in z.shape:
        raise InputError("z", f"shapes {z.shape}", "(n, ...)")
    a, b, mated = drawn(len(z), people, seed=seed, source=source, cap=cap)
    return Pairs(people[a], people[b], _cosines(z, a, b), mated)


def measured(
    z: Array,
    people: Array,
    similar: Similarity,
    *,
    seed: int,
    source: Array,
    cap: int = FEWER,
) -> dict[str, tuple[float, float]]:
    """{measure: (value, what it is where nothing leaks)} of the similarity of pairs of rows (n, d).

    `tpr@...` is left out where there are too few pairs of two people. The blind value of `d_sys` is
    the mean over 20 deals of the people to the sources, because it is not 0. `auc_low`, `auc_high`:
    95% limits by a bootstrap over people, where there are five. Errors as in `cosine_pairs`.
    """
    people = np.asarray(people)
    rng = np.random.default_rng(seed)
    a, b, mated = drawn(len(z), people, seed=seed, source=source, cap=cap)
    pairs = Pairs(people[a], people[b], _in_chunks(similar, z, a, b), mated)
    others = np.count_nonzero(~mated)
    values = {}
    for name, measure in MEASURES.items():
        blind = BLIND[name]
        if not name.startswith("tpr") or others * blind >= 1:
            values[name] = (measure(pairs.scores, mated), blind)
    value, _ = values["d_sys"]
    values["d_sys"] = (value, _blind_d_sys(pairs.scores, people, source, (a, b), rng))
    if len(np.unique(people)) >= MIN_PEOPLE:
        _, low, high = bootstrap(pairs, "auc", seed=seed, repeats=REPEATS)
        values["auc_low"] = (low, BLIND["auc"])
        values["auc_high"] = (high, BLIND["auc"])
    return values


def drawn(
    n: int, people: Array, *, seed: int, source: Array | None = None, cap: int = CAP
) -> tuple[Array, Array, Array]:
    """(rows, partners, whether of one person), (m,) each, of the pairs of `cosine_pairs`.

    The same errors; without sources every row is one of its own.
    """
    people = np.asarray(people)
    source = np.arange(n) if source is None else np.asarray(source)
    if not people.shape == source.shape == (n,):
        got = f"shapes {people.shape}, {source.shape}"
        raise InputError("people, source", got, f"({n},), one a row")
    number("cap", cap, 1)
    person = _numbers(people)
    origin = _one_person_each(people, source)
    order = np.lexsort((origin, person))
    key = (person * n + origin)[order]
    person = person[order]
    # In this order the later partners of a row are two ranges: the rest of its person, then
    # everybody else.
    after_copies = np.searchsorted(key, key, side="right")
    after_person = np.searchsorted(person, person, side="right")
    rng = np.random.default_rng(seed)
    mated = _draw(after_copies, after_person, cap, rng)
    others = _draw(after_person, np.full(n, n), cap, rng)
    mated_count = mated.shape[1]
    others_count = others.shape[1]
    if not mated_count or not others_count:
        got = f"{mated_count} mated and {others_count} non-mated pairs"
        hint = "a person in two sources, and two persons"
        raise InputError("people", got, "at least one of both", hint)
    both = np.concatenate([mated, others], axis=1)
    a, b = order[both]
    return a, b, np.arange(len(a)) < mated_count


def null(
    z: Array,
    people: Array,
    measure: str,
    *,
    seed: int,
    source: Array | None = None,
    repeats: int = REPEATS,
) -> Array:
    """(repeats,) values of a measure after the people were dealt to the sources anew.

    What it is without a leak. measure: a name in `MEASURES`. The mean of the values is its bias
    where nothing leaks, and p = (1 + values at least as extreme) / (1 + repeats) tests whether
    codes depend on the person: they keep their own dependence, which shuffling the pairs would
    destroy. z, people, source and errors as in `cosine_pairs`. Source: Phipson and Smyth 2010,
    doi:10.2202/1544-6115.1585.
    """
    f = MEASURES[one_of("measure", measure, MEASURES)]
    number("repeats", repeats, 1)
    z = np.asarray(z)
    people = np.asarray(people)
    source = np.arange(len(z)) if source is None else np.asarray(source)
    rng = np.random.default_rng(seed)
    owner, origin = _owners(people, source)
    values = np.empty(repeats)
    for i in range(repeats):
        dealt = rng.permutation(owner)[origin]
        pairs = cosine_pairs(z, dealt, seed=int(rng.integers(2**32)), source=source)
        values[i] = f(pairs.scores, pairs.mated)
    return values


def _blind_d_sys(
    scores: Array,
    people: Array,
    source: Array,
    rows: tuple[Array, Array],
    rng: np.random.Generator,
) -> float:
    """Mean D_sys after deals of the people to the sources; 0 if no deal has both classes."""
    a, b = rows
    owner, origin = _owners(people, source)
    values = []
    for _ in range(DEALS):
        dealt = rng.permutation(owner)[origin]
        mated = dealt[a] == dealt[b]
        if 0 < mated.sum() < len(a):
            values.append(MEASURES["d_sys"](scores, mated))
    return float(np.mean(values)) if values else 0.0


def _owners(people: Array, source: Array) -> tuple[Array, Array]:
    """((s,) the person of each of s sources, (n,) the number of each row's source)."""
    origin = _one_person_each(people, source)
    _, first = np.unique(origin, return_index=True)
    return people[first], origin


def _numbers(labels: Array) -> Array:
    """(n,) numbers from 0 in place of the labels."""
    _, numbers = np.unique(labels, return_inverse=True)
    return numbers.reshape(-1)


def _one_person_each(people: Array, source: Array) -> Array:
    """(n,) numbers of the sources, if no source has two persons."""
    person = _numbers(people)
    origin = _numbers(source)
    _, first = np.unique(origin, return_index=True)
    owner = person[first]
    other = owner[origin] != person
    if other.any():
        got = f"two persons in source {source[other][0]!r}"
        raise InputError("source", got, "one person a source", "people and source swapped?")
    return origin


def _draw(low: Array, high: Array, cap: int, rng: np.random.Generator) -> Array:
    """(2, m) row i and partner j of all pairs low_i <= j < high_i, or of `cap` of them."""
    stop = np.cumsum(high - low)
    total = stop[-1]
    if total <= cap:
        k = np.arange(total)
    else:
        k = np.sort(rng.choice(total, cap, replace=False, shuffle=False))
    i = np.searchsorted(stop, k, side="right")
    j = high[i] - (stop[i] - k)
    return np.stack([i, j])


def _cosines(z: Array, a: Array, b: Array) -> Array:
    """(m,) cosines of the codes of rows a and b."""
    unit = finite("z", z).reshape(len(z), -1).astype(float)
    # First the largest number to 1: squares neither overflow nor vanish.
    _divide(unit, np.abs(unit).max(axis=1))
    _divide(unit, np.linalg.norm(unit, axis=1))
    return np.clip(_in_chunks(_products, unit, a, b), -1, 1)


def _divide(rows: Array, size: Array) -> None:
    """Divides rows (n, d) by sizes (n,) in place; rows of size 0 stay."""
    rows /= np.where(size > 0, size, 1)[:, None]


def _products(a: Array, b: Array) -> Array:
    """(m,) scalar products of the rows of two arrays (m, d)."""
    return np.einsum("md,md->m", a, b)


def _in_chunks(similar: Similarity, z: Array, a: Array, b: Array) -> Array:
    """(m,) similarities of the rows a and b of z (n, d), some at a time."""
    step = max(CHUNK // z.shape[1], 1)
    parts = []
    for start in range(0, len(a), step):
        chunk = slice(start, start + step)
        rows = z[a[chunk]]
        partners = z[b[chunk]]
        parts.append(similar(rows, partners))
    return np.concatenate(parts)
