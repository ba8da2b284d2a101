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
    """Codes (n, ...) of all rows, labels (n,), and the rows that an attacker is fitted on. control: "" or its name.

    threat: what the attacker knows (see `Record`). learnt: (n, ...) what it is fitted on, where
    that is not the codes. knowable: the accuracy of the best attacker there is, where that is
    known.
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
    """The controls that belong to fold `number` of so many: each to one, spread over them, and `shares` to all."""
    own = [name for place, name in enumerate(names) if place % folds == number]
    return tuple(dict.fromkeys([*own, *(f"{FEWER}{share}" for share in shares)]))


def look(name: str, z: Array, samples: Samples, private: str, fold: Fold, *, seed: int) -> Look:
    """A control of one release (n, ...) on one fold."""
    y, source = samples.labels[private], samples.source
    if name == NEGATIVE:
        return Look(z, permuted(y, source, seed=seeds.stream(seed, name)), fold.probe, name)
    if name.startswith(FEWER):
        share = float(name.removeprefix(FEWER))
        return Look(
            z, y, fewer(samples, private, fold.probe, share, seed=seeds.stream(seed, FEWER)), name
        )
    still = (
        z.ndim == 3
    )  # what is planted in a sequence is in all of its frames, so that its Bayes accuracy is known
    d, own = z.shape[2] if still else z[0].size, seeds.stream(seed, name)
    source = (
        np.arange(len(z)) if still else source
    )  # windows of one recording are no copies of each other
    made = memoise.once(
        partial(_planted, POSITIVE[name], y, source, d, own), name, y, source, d, own
    )
    codes = np.where(np.isnan(z), z, made.z[:, None]) if still else made.z.reshape(z.shape)
    return Look(codes, y, fold.probe, name, made.bayes)


def permuted(y: Array, source: Array, *, seed: int) -> Array:
    """y (n,) with the classes dealt anew among the sources; rows of one source and class keep one class."""
    _, first, inverse = np.unique(
        np.stack([source, y]), axis=1, return_index=True, return_inverse=True
    )
    return np.random.default_rng(seed).permutation(y[first])[inverse.reshape(-1)]


def fewer(samples: Samples, private: str, rows: Array, share: float, *, seed: int) -> Array:
    """The rows of about `share` of each person's sources, at least one; a smaller share is part of a larger one."""
    y, source = samples.labels[private][rows], samples.source[rows]
    order = np.random.default_rng(seed).permutation(np.unique(source))
    kept = []
    for person in np.unique(y):
        own = order[np.isin(order, source[y == person])]
        kept.append(np.isin(source, own[: max(1, round(share * len(own)))]) & (y == person))
    return rows[np.any(kept, axis=0)]


def _planted(
    maker: Callable[..., planted.Planted], y: Array, source: Array, d: int, seed: int
) -> planted.Planted:
    """One draw for each picture: augmented copies add rows, not information."""
    _, first, inverse = np.unique(
        np.stack([source, y]), axis=1, return_index=True, return_inverse=True
    )
    made, own = maker(y[first], d, seed=seed), inverse.reshape(-1)
    if np.array_equal(own, np.arange(len(y))):  # no copy of wide codes where none is needed
        return made
    return planted.Planted(made.z[own], made.bayes, made.open)
