"""The conformance suite: what every competitor must do, ours or a third party's. Raises AssertionError with the reason.

from privbench.bench.testing import check_defense
def test_mine(): check_defense(MyDefense())
"""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from .checks import InputError, numbers
from .metrics.regression import ccc
from .types import Array, Card, Samples, Task
from .types import samples as make_samples

SIZES = (16, 32, 64)  # pixels a side that an attacker is tried with: some take no small pictures


def toy_images(n: int = 48, size: int = 16, seed: int = 0) -> Samples:
    """Small pictures with a visible identity (a bright column) and expression (a bright row): 4 people x 3."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 0.3, (n, 1, size, size)).astype(np.float32)
    who, what = np.arange(n) % 4, (np.arange(n) // 4) % 3
    for row in range(n):
        x[row, 0, :, 2 + 3 * who[row]] += 0.6
        x[row, 0, 3 + 4 * what[row], :] += 0.6
    return make_samples(np.clip(x, 0, 1), {"identity": who, "expression": what})


def toy_sequences(n: int = 48, frames: int = 20, seed: int = 0) -> Samples:
    """Short sequences of four numbers that rest at the person's level and follow a label `valence`; some missing."""
    rng = np.random.default_rng(seed)
    who, course = np.arange(n) % 4, np.cumsum(rng.standard_normal((n, frames)), 1) / np.sqrt(frames)
    x = (
        np.eye(4)[who][:, None]
        + 0.5 * course[..., None]
        + 0.1 * rng.standard_normal((n, frames, 4))
    )
    x[::5, 3] = np.nan
    x[::7, frames - 4 :] = np.nan
    named = {"identity": who, "expression": (course.mean(1) > 0).astype(int)}
    return make_samples(x, named, source=np.arange(n) // 2, targets={"valence": course})


def _toy(defense: Any) -> tuple[Samples, Task]:
    """Pictures, or sequences if it refuses them."""
    pictures = toy_images()
    try:
        getattr(defense, "check", lambda samples: None)(pictures)
    except InputError:
        return toy_sequences(), Task("valence")
    return pictures, Task()


def check_defense(defense: Any, samples: Samples | None = None, task: Task | None = None) -> None:
    """Settings frozen; the encoder frozen, deterministic, indifferent to the batch, equal after save and load.

    Asked about pictures, or sequences if it takes no pictures, unless there are `samples`.
    """
    toy, usual = _toy(defense)
    samples, task = samples or toy, task or usual
    _check_settings(defense)
    encoder = defense.fit(samples, task, seed=1, device="cpu")
    x, kept = samples.x.copy(), samples.x.copy()
    first, again = encoder(x), encoder(x)
    assert first, "an encoder returns {release name: codes}, at least one"
    assert np.array_equal(x, kept, equal_nan=True), "the encoder changed its input"
    for name, z in first.items():
        assert len(z) == len(x), f"release {name!r} has {len(z)} rows for {len(x)} inputs"
        numbers(f"release {name!r}", z)
        assert np.array_equal(z, again[name], equal_nan=True), (
            f"release {name!r} differs when asked again: the encoder is not frozen"
        )
        alone = np.concatenate([encoder(x[row : row + 1])[name] for row in range(5)])
        # Looser than equality only because sums over a batch of another size may round differently.
        assert np.allclose(alone, z[:5], rtol=1e-3, atol=1e-4, equal_nan=True), (
            f"release {name!r} depends on the batch around a row"
        )
    _check_saved(defense, encoder, x, first)
    _check_same(
        first,
        defense.fit(samples, task, seed=1, device="cpu")(x),
        "the same seed gives another encoder",
    )


def _check_saved(defense: Any, encoder: Any, x: Array, expected: dict[str, Array]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        encoder.save(Path(folder) / "encoder")
        files = [p for p in Path(folder).rglob("*") if p.is_file()]
        odd = [p.name for p in files if p.suffix not in (".safetensors", ".json", ".npy", ".npz")]
        assert not odd, (
            f"save wrote {odd}: weights are safetensors (or plain arrays), the rest JSON, never a pickle"
        )
        _check_same(
            expected,
            defense.load(Path(folder) / "encoder", device="cpu")(x),
            "load gives another encoder than save",
        )


def _check_same(a: dict[str, Array], b: dict[str, Array], what: str) -> None:
    assert a.keys() == b.keys(), f"{what}: releases {sorted(a)} and {sorted(b)}"
    for name in a:
        assert np.allclose(a[name], b[name], rtol=1e-4, atol=1e-5, equal_nan=True), (
            f"{what} (release {name!r})"
        )


def check_attacker(attacker: Any, *, learns: bool = True) -> None:
    """Scores of the right shape, deterministic; finds what is plain to see, and nothing in noise.

    Asked about vectors, sequences if it takes those, and pictures of the first size of SIZES that
    it does not skip; about a continuous label, if it has `regress`. An attacker with `needs_inputs`
    is given the pictures (n, 1, size, size) beside both, and must be able to say how like its own
    are. learns: False for an attacker that does not look at the codes.
    """
    _check_settings(attacker)
    rng = np.random.default_rng(0)
    y = np.arange(120) % 4
    vectors, pictures = _plain(y, rng), _plain(y, rng, SIZES[0])
    for size in SIZES[1:]:
        pictures = _plain(y, rng, size) if attacker.skip(pictures[:80], y[:80]) else pictures
    if hasattr(attacker, "regress"):
        _check_regression(attacker)
    for z in (
        (vectors, _courses(y, rng), pictures)
        if getattr(attacker, "sequences", False)
        else (vectors, pictures)
    ):
        if attacker.skip(z[:80], y[:80]):
            assert isinstance(attacker.skip(z[:80], y[:80]), str), "skip returns a reason or None"
            continue
        kept, inputs = z.copy(), pictures.copy()
        scores = _scores(attacker, z, y, pictures)
        assert scores.shape == (40, 4), f"scores of shape {scores.shape} for 40 rows and 4 classes"
        assert np.isfinite(scores).all(), "scores are not finite"
        assert np.array_equal(z, kept, equal_nan=True), "the attacker changed its codes"
        assert np.array_equal(pictures, inputs), "the attacker changed its inputs"
        assert np.array_equal(scores, _scores(attacker, z, y, pictures)), (
            "the same seed gives other scores"
        )
        hits = (scores.argmax(1) == y[80:]).mean()
        assert not learns or hits > 0.8, f"finds {hits:.0%} of an identity that is plain to see"
        blind = (_scores(attacker, rng.permutation(z), y, pictures).argmax(1) == y[80:]).mean()
        assert blind < 0.6, (
            f"finds {blind:.0%} in shuffled rows, where nothing is to be found: it has seen the answers"
        )


def _check_regression(attacker: Any) -> None:
    """Says of unseen sequences what is plain to see, the same each time, and nothing of a label that was shuffled."""
    toy = toy_sequences(120)
    told = toy.targets["valence"].copy()
    told[::9] = np.nan

    def concordance(truth: Array) -> float:
        known = {"source": toy.source[:80], "seed": 3, "device": "cpu"}
        said = [attacker.regress(toy.x[:80], truth[:80], **known)(toy.x[80:]) for _ in range(2)]
        assert np.array_equal(*said), "the same seed says something else"
        return ccc(told[80:], said[0])

    assert concordance(told) > 0.5, "a continuous label that is plain to see is not told"
    blind = concordance(np.random.default_rng(0).permutation(told))
    assert blind < 0.4, f"concordance {blind:.2f} with a label that was shuffled"


def _courses(y: Array, rng: np.random.Generator) -> Array:
    """Sequences (n, 24, 3) that rise and fall as often as the class says, whose first frames are missing in some."""
    turns = np.sin(np.arange(24) * (0.4 + 0.5 * y[:, None]) + rng.uniform(0, 6, (len(y), 1)))
    z = (turns[..., None] + 0.1 * rng.standard_normal((len(y), 24, 3))).astype(np.float32)
    z[::6, :4] = np.nan
    return z


def _scores(attacker: Any, z: Array, y: Array, pictures: Array) -> Array:
    """Scores of rows 80 and on, by an adversary fitted on the rows before."""
    shown = {"inputs": pictures[:80]} if getattr(attacker, "needs_inputs", False) else {}
    adversary = attacker.fit(z[:80], y[:80], source=np.arange(80), seed=3, device="cpu", **shown)
    assert isinstance(adversary.note, str), (
        "an adversary has a note, empty if there is nothing to say"
    )
    for name, pair in adversary.likeness(z[80:], pictures[80:]).items() if shown else ():
        assert len(pair) == 2, f"likeness {name!r} is a number and what the mean picture gets"
        assert np.isfinite(pair).all(), f"likeness {name!r} is not finite: {pair}"
    return np.asarray(adversary(z[80:]))


def _plain(y: Array, rng: np.random.Generator, size: int = 0) -> Array:
    """Vectors, or pictures of `size` pixels a side, that show the class plainly."""
    if not size:
        return (4 * np.eye(8)[y] + 0.5 * rng.normal(size=(len(y), 8))).astype(np.float32)
    x = rng.uniform(0, 0.2, (len(y), 1, size, size)).astype(np.float32)
    for row, c in enumerate(y):
        x[row, 0, :, size // 4 * c : size // 4 * c + size // 8] += 0.7
    return x


def check_dataset(dataset: Any, root: Path | None = None) -> None:
    """A card, a task that the labels serve, finite rows, the same rows each time."""
    _check_settings(dataset)
    card = dataset.card
    assert isinstance(card, Card), "a dataset has a Card"
    assert all((card.title, card.licence, card.source, card.citation)), (
        "the card names title, licence, source and citation"
    )
    first, again = dataset.load(root), dataset.load(root)
    from .checks import dataset as check

    check(first, dataset.task)
    assert first.x.dtype == np.float32, f"x is {first.x.dtype}, not float32"
    if first.x.ndim == 4:
        assert first.x.min() >= 0, "pixels below 0"
        assert first.x.max() <= 1, "pixels above 1"
    assert np.array_equal(first.x, again.x, equal_nan=True), "loading twice gives other rows"
    assert np.array_equal(first.source, again.source), "loading twice gives other sources"
    copies = set(first.source[~first.original].tolist())
    assert copies <= set(first.source[first.original].tolist()), "an augmented copy has no original"


def _check_settings(competitor: Any) -> None:
    assert dataclasses.is_dataclass(competitor), "a competitor is a dataclass of settings"
    assert type(competitor).__dataclass_params__.frozen, (
        "settings are frozen: @dataclass(frozen=True)"
    )  # type: ignore[attr-defined]
    assert (type(competitor).__doc__ or "").strip(), (
        "a docstring, whose first line `privbench list` shows"
    )
    assert type(competitor)() is not None, "every setting has a default"
