"""The conformance suite: what every competitor must do, ours or a third party's.

from privbench import check_defense
def test_mine(): check_defense(MyDefense())

Each check raises AssertionError with the reason.
"""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from . import capabilities, reasons
from .capabilities import can, offers
from .checks import InputError, numbers
from .checks import dataset as check_rows
from .metrics.regression import ccc
from .types import Array, Card, Codes, Samples, Task
from .types import samples as make_samples

SIZES = (16, 32, 64)  # pixels a side that an attacker is tried with: some take no small pictures
KNOWN, ROWS, CLASSES = 80, 120, 4  # rows to learn from, rows in all, classes of an attacker's toy
SAVED = (".safetensors", ".json", ".npy", ".npz")  # files that hold no code


def toy_images(n: int = 48, size: int = 16, seed: int = 0) -> Samples:
    """Small pictures with a visible identity (a bright column) and expression (a bright row).

    4 people x 3 expressions.
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 0.3, (n, 1, size, size)).astype(np.float32)
    person = np.arange(n) % 4
    expression = (np.arange(n) // 4) % 3
    for row in range(n):
        x[row, 0, :, 2 + 3 * person[row]] += 0.6
        x[row, 0, 3 + 4 * expression[row], :] += 0.6
    return make_samples(np.clip(x, 0, 1), {"identity": person, "expression": expression})


def toy_sequences(n: int = 48, frames: int = 20, seed: int = 0) -> Samples:
    """Short sequences of four numbers that rest at the person's level and follow `valence`.

    Some frames are missing.
    """
    rng = np.random.default_rng(seed)
    person = np.arange(n) % 4
    course = np.cumsum(rng.standard_normal((n, frames)), 1) / np.sqrt(frames)
    level = np.eye(4)[person][:, None]
    noise = rng.standard_normal((n, frames, 4))
    x = level + 0.5 * course[..., None] + 0.1 * noise
    x[::5, 3] = np.nan
    x[::7, frames - 4 :] = np.nan
    named = {"identity": person, "expression": (course.mean(1) > 0).astype(int)}
    return make_samples(x, named, source=np.arange(n) // 2, targets={"valence": course})


def _toy(defense: Any) -> tuple[Samples, Task]:
    """Pictures, or sequences if the defense refuses them."""
    pictures = toy_images()
    try:
        capabilities.refuse(defense, pictures)
    except InputError:
        return toy_sequences(), Task("valence")
    return pictures, Task()


def check_defense(defense: Any, samples: Samples | None = None, task: Task | None = None) -> None:
    """Settings frozen; the encoder frozen, deterministic, the same in any batch and after loading.

    It is asked about pictures, or sequences if it takes no pictures, unless there are `samples`.
    """
    toy, usual = _toy(defense)
    samples, task = samples or toy, task or usual
    _check_settings(defense)
    encoder = defense.fit(samples, task, seed=1, device="cpu")
    x = samples.x.copy()
    first = encoder(x)
    assert first, "an encoder returns {release name: codes}, at least one"
    assert np.array_equal(x, samples.x, equal_nan=True), "the encoder changed its input"
    _check_frozen(encoder, x, first)
    _check_saved(defense, encoder, x, first)
    again = defense.fit(samples, task, seed=1, device="cpu")
    _check_same(first, again(x), "the same seed gives another encoder")


def _check_frozen(encoder: Any, x: Array, first: Codes) -> None:
    """The same row gives the same code, whenever and beside whatever rows it is asked for."""
    again = encoder(x)
    alone = [encoder(x[row : row + 1]) for row in range(5)]
    for name, z in first.items():
        release = f"release {name!r}"
        assert len(z) == len(x), f"{release} has {len(z)} rows for {len(x)} inputs"
        numbers(release, z)
        same = np.array_equal(z, again[name], equal_nan=True)
        assert same, f"{release} differs when asked again: the encoder is not frozen"
        rows = np.concatenate([codes[name] for codes in alone])
        # Looser than equality only because sums over a batch of another size may round differently.
        same = np.allclose(rows, z[:5], rtol=1e-3, atol=1e-4, equal_nan=True)
        assert same, f"{release} depends on the batch around a row"


def _check_saved(defense: Any, encoder: Any, x: Array, expected: Codes) -> None:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "encoder"
        encoder.save(folder)
        files = [path for path in Path(home).rglob("*") if path.is_file()]
        other = [path.name for path in files if path.suffix not in SAVED]
        allowed = "weights are safetensors (or plain arrays), the rest JSON, never a pickle"
        assert not other, f"save wrote {other}: {allowed}"
        loaded = defense.load(folder, device="cpu")
        _check_same(expected, loaded(x), "load gives another encoder than save")


def _check_same(a: Codes, b: Codes, what: str) -> None:
    assert a.keys() == b.keys(), f"{what}: releases {sorted(a)} and {sorted(b)}"
    for name in a:
        same = np.allclose(a[name], b[name], rtol=1e-4, atol=1e-5, equal_nan=True)
        assert same, f"{what} (release {name!r})"


def check_attacker(attacker: Any, *, learns: bool = True) -> None:
    """Scores of the right shape, deterministic; finds what is plain to see, and nothing in noise.

    It is asked about vectors, sequences if it takes those, and pictures of the first size of SIZES
    that it does not skip; about a continuous label, if it has `regress`. One with `needs_inputs` is
    given the pictures (n, 1, size, size) beside both, and must say how like its own are.
    learns: False for an attacker that does not look at the codes.
    """
    _check_settings(attacker)
    rng = np.random.default_rng(0)
    y = np.arange(ROWS) % CLASSES
    vectors = _plain_vectors(y, rng)
    pictures = _plain_pictures(y, rng, SIZES[0])
    for size in SIZES[1:]:
        if attacker.skip(pictures[:KNOWN], y[:KNOWN]):
            pictures = _plain_pictures(y, rng, size)
    if offers(attacker, "regress"):
        _check_regression(attacker)
    kinds = [vectors, pictures]
    if can(attacker, "sequences"):
        kinds.insert(1, _courses(y, rng))
    for z in kinds:
        _check_on(attacker, z, y, pictures, rng, learns=learns)


def _check_on(
    attacker: Any, z: Array, y: Array, pictures: Array, rng: np.random.Generator, *, learns: bool
) -> None:
    """What an attacker must do with codes z (ROWS, ...) of one kind, unless it skips them."""
    refusal = attacker.skip(z[:KNOWN], y[:KNOWN])
    if refusal:
        assert isinstance(refusal, str), "skip returns a reason or None"
        return
    kept, inputs = z.copy(), pictures.copy()
    scores = _scores(attacker, z, y, pictures)
    shape = (ROWS - KNOWN, CLASSES)
    text = f"scores of shape {scores.shape} for {shape[0]} rows and {shape[1]} classes"
    assert scores.shape == shape, text
    assert np.isfinite(scores).all(), "scores are not finite"
    assert np.array_equal(z, kept, equal_nan=True), "the attacker changed its codes"
    assert np.array_equal(pictures, inputs), "the attacker changed its inputs"
    again = _scores(attacker, z, y, pictures)
    assert np.array_equal(scores, again), "the same seed gives other scores"
    accuracy = _accuracy(scores, y)
    text = f"finds {accuracy:.0%} of an identity that is plain to see"
    assert not learns or accuracy > 0.8, text
    baseline = _accuracy(_scores(attacker, rng.permutation(z), y, pictures), y)
    text = f"finds {baseline:.0%} in shuffled rows, where nothing is to be found"
    assert baseline < 0.6, f"{text}: it has seen the answers"


def _accuracy(scores: Array, y: Array) -> float:
    return float((scores.argmax(1) == y[KNOWN:]).mean())


def _check_regression(attacker: Any) -> None:
    """A continuous label that is plain to see is predicted, a shuffled one is not."""
    toy = toy_sequences(ROWS)
    target = toy.targets["valence"].copy()
    target[::9] = np.nan
    known = {"source": toy.source[:KNOWN], "seed": 3, "device": "cpu"}

    def concordance(learnt: Array) -> float:
        first = attacker.regress(toy.x[:KNOWN], learnt[:KNOWN], **known)(toy.x[KNOWN:])
        again = attacker.regress(toy.x[:KNOWN], learnt[:KNOWN], **known)(toy.x[KNOWN:])
        assert np.array_equal(first, again), "the same seed predicts something else"
        return ccc(target[KNOWN:], first)

    assert concordance(target) > 0.5, "a continuous label that is plain to see is not predicted"
    baseline = concordance(np.random.default_rng(0).permutation(target))
    assert baseline < 0.4, f"concordance {baseline:.2f} with a label that was shuffled"


def _courses(y: Array, rng: np.random.Generator) -> Array:
    """Sequences (n, 24, 3) that rise and fall as often as the class says; some begin missing."""
    phase = rng.uniform(0, 6, (len(y), 1))
    speed = 0.4 + 0.5 * y[:, None]
    turns = np.sin(np.arange(24) * speed + phase)
    noise = rng.standard_normal((len(y), 24, 3))
    z = (turns[..., None] + 0.1 * noise).astype(np.float32)
    z[::6, :4] = np.nan
    return z


def _scores(attacker: Any, z: Array, y: Array, pictures: Array) -> Array:
    """Scores of the rows behind KNOWN, by an adversary fitted on those before."""
    needs_inputs = can(attacker, "needs_inputs")
    inputs = {"inputs": pictures[:KNOWN]} if needs_inputs else {}
    known = {"source": np.arange(KNOWN), "seed": 3, "device": "cpu"}
    adversary = attacker.fit(z[:KNOWN], y[:KNOWN], **known, **inputs)
    note = adversary.note
    is_note = note is None or isinstance(note, (str, reasons.Reason))
    assert is_note, "an adversary has a note: a Reason, a string, or None"
    if needs_inputs:
        _check_likeness(adversary.likeness(z[KNOWN:], pictures[KNOWN:]))
    return np.asarray(adversary(z[KNOWN:]))


def _check_likeness(likeness: dict[str, Any]) -> None:
    for name, pair in likeness.items():
        assert len(pair) == 2, f"likeness {name!r} is a number and what the mean picture gets"
        assert np.isfinite(pair).all(), f"likeness {name!r} is not finite: {pair}"


def _plain_vectors(y: Array, rng: np.random.Generator) -> Array:
    """(n, 8) vectors that show the class plainly."""
    noise = rng.normal(size=(len(y), 8))
    return (4 * np.eye(8)[y] + 0.5 * noise).astype(np.float32)


def _plain_pictures(y: Array, rng: np.random.Generator, size: int) -> Array:
    """(n, 1, size, size) pictures that show the class plainly, by a bright band."""
    x = rng.uniform(0, 0.2, (len(y), 1, size, size)).astype(np.float32)
    for row, label in enumerate(y):
        start = size // 4 * label
        x[row, 0, :, start : start + size // 8] += 0.7
    return x


def check_dataset(dataset: Any, root: Path | None = None) -> None:
    """A card, a task that the labels serve, finite rows, the same rows each time."""
    _check_settings(dataset)
    card = dataset.card
    assert isinstance(card, Card), "a dataset has a Card"
    named = (card.title, card.licence, card.source, card.citation)
    assert all(named), "the card names title, licence, source and citation"
    first = dataset.load(root)
    check_rows(first, dataset.task)
    assert first.x.dtype == np.float32, f"x is {first.x.dtype}, not float32"
    if first.x.ndim == 4:
        assert first.x.min() >= 0, "pixels below 0"
        assert first.x.max() <= 1, "pixels above 1"
    again = dataset.load(root)
    assert np.array_equal(first.x, again.x, equal_nan=True), "loading twice gives other rows"
    assert np.array_equal(first.source, again.source), "loading twice gives other sources"
    copies = set(first.source[~first.original].tolist())
    originals = set(first.source[first.original].tolist())
    assert copies <= originals, "an augmented copy has no original"


def _check_settings(competitor: Any) -> None:
    cls = type(competitor)
    assert dataclasses.is_dataclass(competitor), "a competitor is a dataclass of settings"
    params: Any = cls.__dataclass_params__  # pyright: ignore[reportAttributeAccessIssue]
    assert params.frozen, "settings are frozen: @dataclass(frozen=True)"
    described = (cls.__doc__ or "").strip()
    assert described, "a docstring, whose first line `privbench list` shows"
    assert cls() is not None, "every setting has a default"
