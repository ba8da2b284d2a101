"""Federated training on Flower: what it computes, what the server sees, failing clients."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from privbench.bench import testing
from privbench.bench.checks import InputError
from privbench.bench.federation import updates
from privbench.bench.registry import build
from privbench.bench.types import Task
from privbench.defenses._mase import client, flower, flwr_api, local_grid

TASK = Task("valence")
LITTLE = "au-federated:size=4,rounds=2,epochs=1"


@pytest.fixture(scope="module")
def toy():
    return testing.toy_sequences()


def fitted(spec, samples, **more):
    return build("defenses", spec).fit(samples, TASK, seed=0, device="cpu", **more)


def test_the_server_averages_what_clients_send(toy):
    """The weights sent out next are the last ones and the mean of the updates, unweighted."""
    log = fitted(LITTLE, toy).log
    first = log.updates[log.rounds == 1]
    assert len(first) == 4
    assert np.allclose(log.weights[1], log.weights[0] + first.mean(0), atol=1e-6)


def test_a_weighted_mean_counts_rows(toy):
    uneven = toy.take(np.flatnonzero((toy.labels["identity"] != 0) | (np.arange(48) < 12)))
    log = fitted(f"{LITTLE},weighted=true", uneven).log
    plain = fitted(f"{LITTLE},weighted=false", uneven).log
    rows = np.bincount(uneven.labels["identity"])
    mean = np.average(log.updates[log.rounds == 1], axis=0, weights=rows)
    assert np.allclose(log.weights[1], log.weights[0] + mean, atol=1e-6)
    assert not np.allclose(log.weights[1], plain.weights[1], atol=1e-6)


def test_secure_aggregation_shows_the_sum_and_changes_no_weight(toy):
    seen = fitted(LITTLE, toy)
    secure = fitted(f"{LITTLE},secure=true", toy)
    assert secure.log.summed
    assert not seen.log.summed
    total = seen.log.updates[seen.log.rounds == 1].sum(0)
    assert np.allclose(secure.log.updates[0], total, atol=1e-6)
    for a, b in zip(seen.net.parameters(), secure.net.parameters(), strict=True):
        assert torch.equal(a, b)
    assert updates.sender(secure.log, build("attackers", "lda"), seed=0, device="cpu") == []
    assert len(seen.log.first) == 4
    assert len(secure.log.first) == 0
    moved = np.diff(secure.log.weights, axis=0)
    assert np.allclose(moved, secure.log.updates / 4, atol=1e-6)


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
    def distance(spec):
        updates = fitted(spec, toy).log.updates
        return np.linalg.norm(updates, axis=1).mean()

    far = "au-federated:size=4,rounds=1,epochs=30"
    assert distance(f"{far},strategy=FedProx") < distance(far)


@pytest.mark.parametrize(
    ("spec", "message"),
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
def test_what_cannot_be_is_refused(toy, spec, message):
    with pytest.raises(InputError, match=message):
        fitted(spec, toy)


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

    def listener(*round_):
        heard.append(round_)

    strategy = flower.strategy("FedAvg", "one")
    people = {2: 0, 3: 1}
    watching = flower.Watching(strategy, listener, people, 0, lambda number: 0)
    arrays = flwr_api.ArrayRecord({"w": torch.zeros(1)})
    assert len(watching.configure_train(1, arrays, flwr_api.ConfigRecord(), Few())) == 1
    watching.aggregate_train(1, [])
    assert heard[0][3] == {1: "no answer in time", 0: "not connected"}
    with pytest.raises(RuntimeError, match="connected any more"):
        flower.Ordered(Few(), {2: 0})


def test_flower_is_local():
    grid = local_grid.LocalGrid(flwr_api.ClientApp(), [{"participant": 0}])
    assert grid.get_node_ids() == [2]


@pytest.mark.parametrize("module", ["federated", "deployed", "privacy"])
def test_flower_is_imported_without_telemetry(module):
    """In a new process, and whichever of ours is imported first: Flower reads the setting then."""
    code = (
        f"import privbench.defenses._mase.{module}\n"
        "from flwr.supercore import telemetry\n"
        "assert telemetry.FLWR_TELEMETRY_ENABLED == '0'\n"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("FLWR_")}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
