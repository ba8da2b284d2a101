"""The public conformance suite: a competitor that breaks a rule is caught by that rule."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import pytest
from privbench.bench import testing
from privbench.bench.types import Card, Task


class Encoder:
    """Releases the mean of each row, as it should."""

    def __call__(self, x):
        return {"codes": x.reshape(len(x), -1).mean(1, keepdims=True)}

    def save(self, folder):
        folder.mkdir(parents=True)
        (folder / "about.json").write_text("{}")


@dataclass(frozen=True)
class Defense:
    """A defense that keeps every rule."""

    def fit(self, samples, task, *, seed, device):
        return Encoder()

    def load(self, folder, *, device):
        return Encoder()


def defense(**methods):
    """The good defense with an encoder that has other methods."""
    other = type("Other", (Encoder,), methods)

    @dataclass(frozen=True)
    class Bad(Defense):
        """A defense that breaks one rule."""

        def fit(self, samples, task, *, seed, device):
            return other()

        def load(self, folder, *, device):
            return other()

    return Bad()


def test_a_good_defense_passes():
    testing.check_defense(Defense())


draws = np.random.default_rng(0)
BROKEN_ENCODERS = {
    "not frozen": {"__call__": lambda self, x: {"codes": draws.normal(size=(len(x), 2))}},
    "depends on the batch": {
        "__call__": lambda self, x: {"codes": x.reshape(len(x), -1)[:, :3] - x.mean()}
    },
    "changed its input": {"__call__": lambda self, x: {"codes": np.add(x, 1, out=x)[:, 0]}},
    "at least one": {"__call__": lambda self, x: {}},
    "has 1 rows": {"__call__": lambda self, x: {"codes": x[:1].reshape(1, -1)}},
    "never a pickle": {
        "save": lambda self, folder: (
            folder.mkdir(parents=True),
            (folder / "weights.pkl").write_bytes(b""),
        )
    },
}


@pytest.mark.parametrize("rule", BROKEN_ENCODERS)
def test_an_encoder_that_breaks_a_rule_is_caught(rule):
    with pytest.raises(AssertionError, match=rule):
        testing.check_defense(defense(**BROKEN_ENCODERS[rule]))


def test_a_loaded_encoder_must_be_the_saved_one():
    class Other(Encoder):
        def __call__(self, x):
            return {"codes": x.reshape(len(x), -1).max(1, keepdims=True)}

    @dataclass(frozen=True)
    class Forgetful(Defense):
        """Loads something else."""

        def load(self, folder, *, device):
            return Other()

    with pytest.raises(AssertionError, match="load gives another encoder"):
        testing.check_defense(Forgetful())


def test_the_same_seed_must_give_the_same_encoder():
    class Shifted(Encoder):
        def __init__(self, by):
            self.by = by

        def __call__(self, x):
            return {"codes": x.reshape(len(x), -1)[:, :2] + self.by}

    @dataclass(frozen=True)
    class Moody(Defense):
        """Another encoder each time."""

        def fit(self, samples, task, *, seed, device):
            kept.append(Shifted(float(len(kept))))
            return kept[-1]

        def load(self, folder, *, device):
            return kept[-1]

    kept = []
    with pytest.raises(AssertionError, match="the same seed gives another encoder"):
        testing.check_defense(Moody())


class Adversary:
    """Nearest class mean."""

    note = ""

    def __init__(self, z, y):
        self.means = np.array([z[y == c].reshape((y == c).sum(), -1).mean(0) for c in range(4)])

    def __call__(self, z):
        flat = z.reshape(len(z), -1)
        return -np.square(flat[:, None] - self.means).sum(2)


@dataclass(frozen=True)
class Attacker:
    """An attacker that keeps every rule."""

    def skip(self, z, y):
        return None

    def fit(self, z, y, *, source, seed, device):
        return Adversary(z, y)


def attacker(answer, note=""):
    """The good attacker with another answer to (its adversary, codes)."""

    class Other(Adversary):
        def __call__(self, z):
            return answer(super().__call__, z)

    Other.note = note

    @dataclass(frozen=True)
    class Bad(Attacker):
        """An attacker that breaks one rule."""

        def fit(self, z, y, *, source, seed, device):
            return Other(z, y)

    return Bad()


def test_a_good_attacker_passes():
    testing.check_attacker(Attacker())


BROKEN_ATTACKERS = {
    "plain to see": lambda usual, z: np.random.default_rng(0).random((len(z), 4)),
    "not finite": lambda usual, z: np.full((len(z), 4), np.nan),
    "scores of shape": lambda usual, z: usual(z)[:, :3],
    "changed its codes": lambda usual, z: usual(np.multiply(z, 2, out=z)),
    "other scores": lambda usual, z: usual(z) + draws.random((len(z), 1)),
}


@pytest.mark.parametrize("rule", BROKEN_ATTACKERS)
def test_an_attacker_that_breaks_a_rule_is_caught(rule):
    with pytest.raises(AssertionError, match=rule):
        testing.check_attacker(attacker(BROKEN_ATTACKERS[rule]))


def test_an_attacker_that_has_seen_the_answers_is_caught():
    """It takes the fortieth of the rows it was asked about for what it knows them to be."""
    cheating = attacker(lambda usual, z: np.eye(4)[np.arange(80, 80 + len(z)) % 4])
    with pytest.raises(AssertionError, match="has seen the answers"):
        testing.check_attacker(cheating)


def test_a_note_is_words_or_a_reason():
    with pytest.raises(AssertionError, match="a Reason, a string, or None"):
        testing.check_attacker(attacker(lambda usual, z: usual(z), note=3))


def test_an_attacker_that_rebuilds_says_how_like_its_pictures_are():
    @dataclass(frozen=True)
    class Painter(Attacker):
        """Is given pictures, and says nothing of its own."""

        needs_inputs = True

        def fit(self, z, y, *, source, seed, device, inputs):
            assert len(inputs) == len(z)
            adversary = Adversary(z, y)
            adversary.likeness = lambda z, inputs: {"ssim": (np.nan, 0.2)}
            return adversary

    with pytest.raises(AssertionError, match="likeness 'ssim' is not finite"):
        testing.check_attacker(Painter())


@dataclass(frozen=True)
class Dataset:
    """Toy pictures."""

    @property
    def card(self):
        return Card("toy", "none", "drawn", "nobody")

    @property
    def task(self):
        return Task()

    def load(self, root):
        return self.changed(testing.toy_images())

    def changed(self, samples):
        return samples


def dataset(change):
    """The good dataset with changed rows."""

    @dataclass(frozen=True)
    class Bad(Dataset):
        """A dataset that breaks one rule."""

        def changed(self, samples):
            return dataclasses.replace(samples, **change(samples))

    return Bad()


def test_a_good_dataset_passes():
    testing.check_dataset(Dataset())


def noisy(samples):
    return {"x": np.clip(samples.x * draws.uniform(0.5, 1), 0, 1).astype(np.float32)}


BROKEN_DATASETS = {
    "below 0": lambda s: {"x": s.x - 1},
    "above 1": lambda s: {"x": s.x + 1},
    "not float32": lambda s: {"x": s.x.astype(float)},
    "gives other rows": noisy,
    "gives other sources": lambda s: {"source": draws.permutation(s.source)},
    "has no original": lambda s: {"original": np.zeros(len(s), bool)},
}


@pytest.mark.parametrize("rule", BROKEN_DATASETS)
def test_a_dataset_that_breaks_a_rule_is_caught(rule):
    with pytest.raises(AssertionError, match=rule):
        testing.check_dataset(dataset(BROKEN_DATASETS[rule]))


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("NaN or infinity", lambda s: {"x": s.x * np.nan}),
        ("one class only", lambda s: {"labels": s.labels | {"identity": 0 * s.source}}),
        ("one a row", lambda s: {"source": s.source[1:]}),
    ],
)
def test_rows_that_serve_no_task_are_refused(rule, change):
    with pytest.raises(ValueError, match=rule):
        testing.check_dataset(dataset(change))


def test_settings_are_frozen_described_and_have_defaults():
    @dataclass
    class Thawed:
        """Not frozen."""

    class Plain:
        """No dataclass."""

    @dataclass(frozen=True)
    class Needy:
        """Has no default."""

        size: int

    with pytest.raises(AssertionError, match="a dataclass of settings"):
        testing.check_defense(Plain())
    with pytest.raises(AssertionError, match="settings are frozen"):
        testing._check_settings(Thawed())
    with pytest.raises(TypeError, match="size"):
        testing._check_settings(Needy(3))
