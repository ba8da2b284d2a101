"""What an attacker looks at: the release itself, and the controls that make its number believable.

A control has the rows, dimensions, people and budget of the cell beside it. Positive: codes with a
planted leak whose size is known; a suite that misses it may not call anything clean. Negative: the
release with the people dealt anew among its sources; a suite that finds something there has a
broken bench. And the release with half of each person's pictures to learn from: whether more of
them would tell more. Each is run in one fold of each seed, a fold of its own where there are as
many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from .. import seeds
from ..toolkit import memoise, planted
from ..types import Array, Fold, Samples

# Louder than the noise beside them, as what real codes tell is: in thousands of columns of even
# noise nobody finds it.
POSITIVE: dict[str, Callable[..., planted.Planted]] = {  # leaks that no honest suite may miss
    "planted-means": partial(planted.means, delta=4.0, loud=5.0),
    "planted-covariances": partial(planted.covariances, spread=1.5, loud=5.0),
}
NEGATIVE, HALF = "permuted", "rows-0.5"
NAMES = (*POSITIVE, NEGATIVE, HALF)
FEWER = "rows-"  # and the share of each person's sources that may be learnt from


@dataclass(frozen=True)
class Look:
    """What an attacker looks at: codes (n, ...) and labels (n,) of all rows.

    probe: the rows that it is fitted on. control: nothing, or the name of a control. knowable: the
    upper bound (Bayes) of the accuracy, where that is known. threat: what the attacker knows
    (see `Record`). learnt: (n, ...) what it is fitted on, where that is not the codes.
    """

    z: Array
    labels: Array
    probe: Array
    control: str = ""
    knowable: float | None = None
    threat: str = ""
    learnt: Array | None = None


def of_fold(
    number: int, folds: int, shares: tuple[float, ...] = (), names: tuple[str, ...] = NAMES
) -> tuple[str, ...]:
    """The controls of fold `number` of so many: each belongs to one, spread over them.

    `shares` to all.
    """
    of_this = [name for place, name in enumerate(names) if place % folds == number]
    fewer_rows = [f"{FEWER}{share}" for share in shares]
    return tuple(dict.fromkeys([*of_this, *fewer_rows]))


def look(name: str, z: Array, samples: Samples, private: str, fold: Fold, *, seed: int) -> Look:
    """A control of one release z (n, ...) on one fold."""
    y, source = samples.labels[private], samples.source
    if name == NEGATIVE:
        labels = permuted(y, source, seed=seeds.stream(seed, name))
        return Look(z, labels, fold.probe, name)
    if name.startswith(FEWER):
        share = float(name.removeprefix(FEWER))
        rows = fewer(samples, private, fold.probe, share, seed=seeds.stream(seed, FEWER))
        return Look(z, y, rows, name)
    codes, knowable = _planted_like(name, z, y, source, seeds.stream(seed, name))
    return Look(codes, y, fold.probe, name, knowable)


def permuted(y: Array, source: Array, *, seed: int) -> Array:
    """y (n,) with the classes dealt anew among the sources.

    Rows of one source and class keep one class.
    """
    first, group = _pictures(y, source)
    return np.random.default_rng(seed).permutation(y[first])[group]


def fewer(samples: Samples, private: str, rows: Array, share: float, *, seed: int) -> Array:
    """The rows of about `share` of each person's sources, at least one.

    A smaller share is part of a larger one.
    """
    y, source = samples.labels[private][rows], samples.source[rows]
    order = np.random.default_rng(seed).permutation(np.unique(source))
    kept = np.zeros(len(rows), bool)
    for person in np.unique(y):
        of_person = order[np.isin(order, source[y == person])]
        count = max(1, round(share * len(of_person)))
        kept |= np.isin(source, of_person[:count]) & (y == person)
    return rows[kept]


def _planted_like(name: str, z: Array, y: Array, source: Array, seed: int) -> tuple[Array, float]:
    """(codes of the shape of z with a planted leak, their Bayes accuracy).

    What is planted in a sequence is in all of its frames, so that its Bayes accuracy is known;
    windows of one recording are no copies of each other.
    """
    is_sequence = z.ndim == 3
    d = z.shape[2] if is_sequence else z[0].size
    source = np.arange(len(z)) if is_sequence else source
    make = partial(_planted, POSITIVE[name], y, source, d, seed)
    made = memoise.once(make, name, y, source, d, seed)
    if is_sequence:
        return np.where(np.isnan(z), z, made.z[:, None]), made.bayes
    return made.z.reshape(z.shape), made.bayes


def _planted(
    maker: Callable[..., planted.Planted], y: Array, source: Array, d: int, seed: int
) -> planted.Planted:
    """One draw for each picture: augmented copies add rows, not information."""
    first, group = _pictures(y, source)
    made = maker(y[first], d, seed=seed)
    if np.array_equal(group, np.arange(len(y))):  # no copy of wide codes where none is needed
        return made
    return planted.Planted(made.z[group], made.bayes, made.open)


def _pictures(y: Array, source: Array) -> tuple[Array, Array]:
    """(first row of each pair of source and class, the number of the pair of each row)."""
    both = np.stack([source, y])
    _, first, group = np.unique(both, axis=1, return_index=True, return_inverse=True)
    return first, group.reshape(-1)
