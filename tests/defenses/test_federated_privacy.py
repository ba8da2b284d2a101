"""Guarantees of federated training: the noise they take, what they cover, what stays at home."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch
from privbench.bench import testing
from privbench.bench.checks import InputError
from privbench.bench.registry import build
from privbench.bench.types import Task
from privbench.defenses._mase import client, dpsgd, flower, privacy
from privbench.defenses._mase.aim import Aim

TASK = Task("valence")
LITTLE = "au-federated:size=4,rounds=2,epochs=1"


@pytest.fixture(scope="module")
def toy():
    return testing.toy_sequences()


def fitted(spec, samples):
    return build("defenses", spec).fit(samples, TASK, seed=0, device="cpu")


def test_noise_is_what_the_guarantee_asks_for(toy):
    """Its deviation is the accountant's multiplier times the sensitivity."""
    defense = build("defenses", f"{LITTLE},epsilon=5,clip=0.5")
    wide = privacy.noise(defense)
    assert 4.5 < privacy.spent(defense) <= 5
    log = defense.fit(toy, TASK, seed=0, device="cpu").log
    assert log.epsilon == pytest.approx(privacy.spent(defense))
    assert log.updates[log.rounds == 1].std() == pytest.approx(wide * 2 * 0.5, rel=0.1)
    tight = privacy.noise(dataclasses.replace(defense, epsilon=1.0))
    assert tight > wide
    assert privacy.spent(build("defenses", LITTLE)) == 0


@pytest.mark.parametrize("lost", [(), (2,)])
def test_a_trusted_server_clips_and_adds_what_a_mean_needs(toy, monkeypatch, lost):
    """It sees updates as they are; the model moves by the mean of the clipped ones, and noise.

    The noise is for so many as came.
    """
    trained = client.Home.trained

    def dies(self, message, rows, who):
        if who in lost:
            raise RuntimeError("disk full")
        return trained(self, message, rows, who)

    monkeypatch.setattr(client.Home, "trained", dies)
    defense = build("defenses", f"{LITTLE},epsilon=50,clip=0.01,trusted=true")
    log = defense.fit(toy, TASK, seed=0, device="cpu").log
    sent = log.updates[log.rounds == 1]
    assert len(sent) == 4 - len(lost)
    norms = np.linalg.norm(sent, axis=1)
    assert norms.min() > 0.01  # as they are
    mean = (sent * (0.01 / norms)[:, None]).mean(0)
    noise = log.weights[1] - log.weights[0] - mean
    wide = privacy.noise(defense) * 2 * 0.01 / len(sent)
    assert noise.std() == pytest.approx(wide, rel=0.1)
    assert log.unit == "model"
    again = defense.fit(toy, TASK, seed=0, device="cpu").log
    assert np.array_equal(again.weights, log.weights)


def test_the_server_cannot_draw_the_noise_again():
    """A deployment's configuration does not fix the noise; a run in one process has a secret."""
    home = client.Home(build("defenses", f"{LITTLE},epsilon=1"), None, 4, 0, "cpu")
    assert not np.array_equal(home.entropy(1, 0), home.entropy(1, 0))
    here = dataclasses.replace(home, secret=5)
    assert np.array_equal(here.entropy(1, 0), here.entropy(1, 0))
    turns = itertools.product((1, 2), (0, 1))
    words = {here.entropy(number, who).tobytes() for number, who in turns}
    assert len(words) == 4


def test_under_a_guarantee_losses_rows_and_reasons_stay_at_home(toy, monkeypatch):
    seen = []
    aggregate = flower.Watching.aggregate_train

    def looks(self, number, replies):
        replies = list(replies)
        seen.extend(dict(m.content["metrics"]) for m in replies if not m.has_error())
        return aggregate(self, number, replies)

    monkeypatch.setattr(flower.Watching, "aggregate_train", looks)
    fitted(f"{LITTLE},epsilon=5", toy)
    assert [set(metrics) for metrics in seen] == [{"one"}] * 8
    learn = client.Home._learn

    def dies(self, net, rows, turn):
        if (rows.labels["identity"] == 1).any():
            raise RuntimeError("my secret reason")
        return learn(self, net, rows, turn)

    monkeypatch.setattr(client.Home, "_learn", dies)
    assert fitted(f"{LITTLE},epsilon=5", toy).log.lost == ()  # an update of nothing, and noise
    assert "secret" in fitted(LITTLE, toy).log.lost[0]
    silent = privacy.silent
    calls = []

    def once(learn, net):
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("my secret reason")
        return silent(learn, net)

    monkeypatch.setattr(privacy, "silent", once)
    lost = fitted(f"{LITTLE},epsilon=5", toy).log.lost
    assert lost == ("round 1, participant 0: RuntimeError: failed",)


@pytest.mark.parametrize("ratings", [np.nan, 0.5])
@pytest.mark.parametrize("more", ["", ",trusted=true"])
def test_under_a_guarantee_who_cannot_learn_is_nobody_special(toy, ratings, more):
    """Without ratings, or with some that give no gradient: as many answer, with the same noise."""
    target = toy.targets["valence"].copy()
    target[toy.labels["identity"] == 1] = ratings
    rows = dataclasses.replace(toy, targets={"valence": target})
    defense = build("defenses", f"{LITTLE},epsilon=50,clip=0.01{more}")
    log = defense.fit(rows, TASK, seed=0, device="cpu").log
    assert log.lost == ()
    assert len(log.updates) == 8
    sent = log.updates[log.rounds == 1]
    if more:
        norms = np.linalg.norm(sent, axis=1)
        assert 0 < norms[1] < 1e-6
        clipped = sent * np.minimum(1, 0.01 / norms)[:, None]
        noise = log.weights[1] - log.weights[0] - clipped.mean(0)
        wide = privacy.noise(defense) * 2 * 0.01 / 4
        assert noise.std() == pytest.approx(wide, rel=0.1)
    else:
        assert sent[1].std() == pytest.approx(sent[0].std(), rel=0.1)


def test_no_row_has_a_part_in_the_gradient_of_another():
    """A row with many ratings does not weigh down the others, as in one mean over all ratings."""
    aim = Aim(("valence",), 1, False, False)
    prediction = torch.zeros(3, 10, 1)
    target = torch.ones(3, 10, 1)
    target[1:, 1:] = torch.nan
    whole = dpsgd.of_rows(prediction, target, aim)
    assert torch.equal(whole[1:], dpsgd.of_rows(prediction[1:], target[1:], aim))
    assert whole.tolist() == [1, 1, 1]


def test_under_a_guarantee_nobody_tells_the_mean_of_his_frames(toy):
    plain = fitted(LITTLE, toy).ready
    guarded = fitted(f"{LITTLE},epsilon=1", toy).ready
    assert np.allclose(plain.mean, np.nanmean(toy.x, (0, 1)), atol=1e-5)
    assert np.allclose(plain.scale, 1 / np.nanstd(toy.x, (0, 1)), rtol=1e-4)
    assert not guarded.mean.any()


def test_dp_sgd_trains_with_little_noise_and_says_what_each_row_is_guaranteed(toy):
    loose = build("defenses", f"{LITTLE},dpsgd=1000")
    tight = build("defenses", f"{LITTLE},dpsgd=1")
    assert privacy.noise(tight) > privacy.noise(loose) > 0
    log = loose.fit(toy, TASK, seed=0, device="cpu").log
    assert log.unit == "row"
    assert log.epsilon == pytest.approx(1000, rel=0.1)
    assert log.lost == ()
    again = loose.fit(toy, TASK, seed=0, device="cpu").log
    assert np.array_equal(again.updates, log.updates)
    with pytest.raises(InputError, match="one guarantee"):
        build("defenses", f"{LITTLE},dpsgd=1,epsilon=1")
