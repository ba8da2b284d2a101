"""Federated training on Flower: what it computes, what the server sees, whom it survives, what a guarantee costs."""

import dataclasses

import numpy as np
import pytest
import torch
from privbench.bench import testing
from privbench.bench.checks import InputError
from privbench.bench.federation import updates
from privbench.bench.registry import build
from privbench.bench.types import Task
from privbench.defenses._mase import client, flower, flwr_api, privacy
from privbench.defenses._mase.aim import Aim

TASK = Task("valence")
LITTLE = "au-federated:size=4,rounds=2,epochs=1"


@pytest.fixture(scope="module")
def toy():
    return testing.toy_sequences()


def fitted(spec, samples, **more):
    return build("defenses", spec).fit(samples, TASK, seed=0, device="cpu", **more)


def test_the_server_averages_what_clients_send(toy):
    """The weights sent out next are those sent before and the mean of the updates, as published unweighted."""
    log = fitted(LITTLE, toy).log
    first = log.updates[log.rounds == 1]
    assert len(first) == 4
    assert np.allclose(log.weights[1], log.weights[0] + first.mean(0), atol=1e-6)


def test_a_weighted_mean_counts_rows(toy):
    uneven = toy.take(np.flatnonzero((toy.labels["identity"] != 0) | (np.arange(48) < 12)))
    log, plain = (fitted(f"{LITTLE},weighted={w}", uneven).log for w in ("true", "false"))
    rows = np.bincount(uneven.labels["identity"])
    own = log.updates[log.rounds == 1]
    assert np.allclose(
        log.weights[1], log.weights[0] + np.average(own, axis=0, weights=rows), atol=1e-6
    )
    assert not np.allclose(log.weights[1], plain.weights[1], atol=1e-6)


def test_secure_aggregation_shows_the_sum_and_changes_no_weight(toy):
    seen, secure = fitted(LITTLE, toy), fitted(f"{LITTLE},secure=true", toy)
    assert secure.log.summed
    assert not seen.log.summed
    total = seen.log.updates[seen.log.rounds == 1].sum(0)
    assert np.allclose(secure.log.updates[0], total, atol=1e-6)
    for a, b in zip(seen.net.parameters(), secure.net.parameters(), strict=True):
        assert torch.equal(a, b)
    assert updates.sender(secure.log, build("attackers", "lda"), seed=0, device="cpu") == []
    assert len(seen.log.first) == 4
    assert len(secure.log.first) == 0
    assert np.allclose(
        secure.log.weights[1:] - secure.log.weights[:-1], secure.log.updates / 4, atol=1e-6
    )


def test_a_client_that_dies_costs_its_own_updates_alone(toy, monkeypatch):
    trained = client.Home.trained

    def dies(self, message, rows, who):
        if who == 2:
            raise RuntimeError("disk full")
        return trained(self, message, rows, who)

    monkeypatch.setattr(client.Home, "trained", dies)
    log = fitted(LITTLE, toy).log
    assert sorted(set(log.who.tolist())) == [0, 1, 3]
    assert len(log.lost) == 2
    assert "participant 2: RuntimeError: disk full" in log.lost[0]


def test_nobody_answering_is_a_failure_and_no_model(toy, monkeypatch):
    def dies(self, message, rows, who):
        raise RuntimeError("disk full")

    monkeypatch.setattr(client.Home, "trained", dies)
    with pytest.raises(RuntimeError, match="no client answered"):
        fitted(LITTLE, toy)


@pytest.mark.parametrize(
    "name", ["FedProx", "FedAdam", "FedMedian", "FedTrimmedAvg", "Krum", "QFedAvg", "FedAvgM"]
)
def test_any_strategy_of_flower_by_its_name(toy, name):
    encoder = fitted(f"{LITTLE},strategy={name}", toy)
    assert np.isfinite(encoder.log.updates).all()
    assert len(encoder.log.updates) == 8


def test_fedprox_keeps_clients_near(toy):
    apart = lambda spec: np.linalg.norm(fitted(spec, toy).log.updates, axis=1).mean()
    far = "au-federated:size=4,rounds=1,epochs=30"
    assert apart(f"{far},strategy=FedProx") < apart(far)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("au-federated:strategy=FedSum", "FedAvg"),
        ("au-federated:secure=true,strategy=FedMedian", "average only"),
        ("au-federated:epsilon=-1", "epsilon"),
        ("au-federated:rounds=0", "rounds"),
        ("au-federated:epsilon=1,weighted=true", "under a guarantee"),
        ("au-federated:epsilon=1,strategy=QFedAvg", "under a guarantee"),
        ("au-federated:dpsgd=1,strategy=FedProx", "FedProx"),
        ("au-federated:trusted=true", "epsilon > 0"),
        ("au-federated:trusted=true,epsilon=1,secure=true", "one by one"),
        ("au-federated:trusted=true,epsilon=1,strategy=FedMedian", "FedAvg"),
    ],
)
def test_what_cannot_be_is_refused(toy, spec, said):
    with pytest.raises(InputError, match=said):
        fitted(spec, toy)


def test_noise_is_what_the_guarantee_asks_for(toy):
    """Its deviation is the accountant's multiplier times the sensitivity; the accountant says what was spent."""
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
    """It sees updates as they are; the model moves by the mean of the clipped ones, and noise for so many as came."""
    trained = client.Home.trained

    def dies(self, message, rows, who):
        if who in lost:
            raise RuntimeError("disk full")
        return trained(self, message, rows, who)

    monkeypatch.setattr(client.Home, "trained", dies)
    defense = build("defenses", f"{LITTLE},epsilon=50,clip=0.01,trusted=true")
    log = defense.fit(toy, TASK, seed=0, device="cpu").log
    own = log.updates[log.rounds == 1]
    assert len(own) == 4 - len(lost)
    norms = np.linalg.norm(own, axis=1)
    assert norms.min() > 0.01  # as they are
    mean = (own * (0.01 / norms)[:, None]).mean(0)
    noise = log.weights[1] - log.weights[0] - mean
    assert noise.std() == pytest.approx(privacy.noise(defense) * 2 * 0.01 / len(own), rel=0.1)
    assert "model" in log.unit
    again = defense.fit(toy, TASK, seed=0, device="cpu").log
    assert np.array_equal(again.weights, log.weights)


def test_the_server_cannot_draw_the_noise_again():
    """What is in the configuration of a deployment does not say it; a run in one process repeats with its secret."""
    home = client.Home(build("defenses", f"{LITTLE},epsilon=1"), None, 4, 0, "cpu")
    assert not np.array_equal(home.entropy(1, 0), home.entropy(1, 0))
    here = dataclasses.replace(home, secret=5)
    assert np.array_equal(here.entropy(1, 0), here.entropy(1, 0))
    assert len({here.entropy(a, b).tobytes() for a in (1, 2) for b in (0, 1)}) == 4


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
    silent, calls = privacy.silent, []

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
    """Without ratings, or with ratings that give no gradient: as many answer, and noise is that of all of them."""
    told = toy.targets["valence"].copy()
    told[toy.labels["identity"] == 1] = ratings
    rows = dataclasses.replace(toy, targets={"valence": told})
    defense = build("defenses", f"{LITTLE},epsilon=50,clip=0.01{more}")
    log = defense.fit(rows, TASK, seed=0, device="cpu").log
    assert log.lost == ()
    assert len(log.updates) == 8
    own = log.updates[log.rounds == 1]
    if more:
        norms = np.linalg.norm(own, axis=1)
        assert 0 < norms[1] < 1e-6
        noise = (
            log.weights[1] - log.weights[0] - (own * np.minimum(1, 0.01 / norms)[:, None]).mean(0)
        )
        assert noise.std() == pytest.approx(privacy.noise(defense) * 2 * 0.01 / 4, rel=0.1)
    else:
        assert own[1].std() == pytest.approx(own[0].std(), rel=0.1)


def test_no_row_has_a_part_in_the_gradient_of_another():
    """A row with many ratings does not weigh down the others: with one mean over all ratings it would."""
    from privbench.defenses._mase import dpsgd

    aim = Aim(("valence",), 1, False, False)
    said, told = torch.zeros(3, 10, 1), torch.ones(3, 10, 1)
    told[1:, 1:] = torch.nan
    whole = dpsgd.of_rows(said, told, aim)
    assert torch.equal(whole[1:], dpsgd.of_rows(said[1:], told[1:], aim))
    assert whole.tolist() == [1, 1, 1]


def test_under_a_guarantee_nobody_tells_the_mean_of_his_frames(toy):
    plain, guarded = (fitted(spec, toy).ready for spec in (LITTLE, f"{LITTLE},epsilon=1"))
    assert np.allclose(plain.mean, np.nanmean(toy.x, (0, 1)), atol=1e-5)
    assert np.allclose(plain.scale, 1 / np.nanstd(toy.x, (0, 1)), rtol=1e-4)
    assert not guarded.mean.any()


def test_dp_sgd_trains_with_little_noise_and_says_what_each_row_is_guaranteed(toy):
    loose, tight = (build("defenses", f"{LITTLE},dpsgd={e}") for e in (1000.0, 1.0))
    assert privacy.noise(tight) > privacy.noise(loose) > 0
    log = loose.fit(toy, TASK, seed=0, device="cpu").log
    assert log.unit == "row"
    assert log.epsilon == pytest.approx(1000, rel=0.1)
    assert log.lost == ()
    again = loose.fit(toy, TASK, seed=0, device="cpu").log
    assert np.array_equal(again.updates, log.updates)
    with pytest.raises(InputError, match="one guarantee"):
        build("defenses", f"{LITTLE},dpsgd=1,epsilon=1")


def test_the_log_survives_the_disk(toy, tmp_path):
    encoder = fitted(LITTLE, toy)
    encoder.save(tmp_path)
    again = build("defenses", LITTLE).load(tmp_path, device="cpu")
    assert np.array_equal(again.log.updates, encoder.log.updates)
    assert again.log.lost == ()
    weights = encoder.log.weights[0] + encoder.log.updates[0]
    assert np.allclose(encoder.losses(weights, toy), again.losses(weights, toy), equal_nan=True)
    with pytest.raises(InputError, match="of another network"):
        encoder.losses(weights[:-1], toy)


def test_who_is_gone_is_named_and_nobody_left_is_an_error():
    class Few:
        def get_node_ids(self):
            return [3]

    heard = []
    watching = flower.Watching(
        flower.strategy("FedAvg", "one"),
        lambda *told: heard.append(told),
        {2: 0, 3: 1},
        0,
        lambda number: 0,
    )
    arrays = flwr_api.ArrayRecord({"w": torch.zeros(1)})
    assert len(watching.configure_train(1, arrays, flwr_api.ConfigRecord(), Few())) == 1
    watching.aggregate_train(1, [])
    assert heard[0][3] == {1: "no answer in time", 0: "not connected"}
    with pytest.raises(RuntimeError, match="connected any more"):
        flower.Ordered(Few(), {2: 0})


def test_flower_is_local_and_quiet():
    import os

    assert os.environ["FLWR_TELEMETRY_ENABLED"] == "0"
    assert flower.LocalGrid(flwr_api.ClientApp(), [{"participant": 0}]).get_node_ids() == [2]
