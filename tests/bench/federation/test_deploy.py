"""Federated training as a real deployment on loopback: processes, TLS, and the same result as in one process."""

import signal
import threading

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from privbench.bench import seeds
from privbench.bench.checks import InputError
from privbench.bench.cli.main import main
from privbench.bench.federation import deploy, examine
from privbench.bench.registry import build
from privbench.bench.runner import cells, session
from privbench.defenses._mase import deployed as _deployed

SPEC, DATA = "au-federated:rounds=2,size=4,epochs=1", "synthau:people=2,recordings=2,seconds=20"


def test_a_deployed_run_ends_with_the_weights_of_one_process_and_leaves_nothing_running(tmp_path):
    asked = [
        "federate",
        "-d",
        SPEC,
        "--dataset",
        DATA,
        "--folds",
        "2",
        "--fold",
        "0",
        "--out",
        str(tmp_path),
    ]
    done = CliRunner().invoke(main, [*asked, "--precision", "fp32"])
    assert done.exit_code == 0, done.output
    folder = tmp_path / "deployment"
    deployed = build("defenses", SPEC).load(folder / "encoder", device="cpu")
    assert deployed.log.updates.shape[0] == 4
    assert deployed.log.lost == ()

    ready = session.prepare(
        session.Request((SPEC,), ("majority",), dataset=DATA, folds=2, fold=(0,))
    )
    group = next(g for g in ready.plan.groups() if g.spec != "raw")
    train = ready.samples.take(cells.fold_of(group, ready.samples).train)
    seed = seeds.stream(0, "deployment")
    here = group.defense.fit(train, ready.plan.task, seed=seed, device="cpu")
    for name, value in here.net.state_dict().items():
        assert torch.allclose(value, deployed.net.state_dict()[name], atol=1e-6), name
    who, rows = _deployed.read(
        folder / "participant-1.npz"
    )  # a node has its own participant's rows, and no others
    own = train.take(train.labels["identity"] == 1)
    assert who == 1
    assert np.array_equal(rows.x, own.x, equal_nan=True)
    assert b"person000" not in (folder / "participant-1.npz").read_bytes()
    port = int(
        (folder / "flower" / "config.toml").read_text().partition("127.0.0.1:")[2].partition('"')[0]
    )
    assert not deploy._listens(port)


def test_a_node_that_is_killed_costs_its_own_updates(tmp_path, monkeypatch):
    """It dies while it trains in the first round; the other one goes on to the end."""
    started, begin = {}, deploy.node

    def node(site, name, data):
        started[name] = begin(site, name, data)
        return started[name]

    def kill():
        log = tmp_path / "deployment" / "participant-1.log"
        while not over.is_set():
            if log.exists() and "train message" in log.read_text(errors="replace"):
                return deploy.stop(started["participant-1"], signal.SIGKILL)
            over.wait(0.05)

    monkeypatch.setattr(deploy, "node", node)
    over = threading.Event()
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        asked = session.Request(
            (SPEC,), (), dataset=DATA, folds=2, fold=(0,), out=str(tmp_path), precision="fp32"
        )
        folder = examine.federate(asked, wait=30, told=lambda text: None)
    finally:
        over.set()
        killer.join()
    log = build("defenses", SPEC).load(folder, device="cpu").log
    assert log.who.tolist() == [0, 0]
    assert log.lost[0].startswith("round 1, participant 1: ")
    assert np.array_equal(log.weights[1], log.weights[0] + log.updates[0])


def test_a_superlink_that_cannot_start_says_why_and_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(deploy, "certificates", lambda folder: None)
    with pytest.raises(RuntimeError, match="superlink ended"), deploy.site(tmp_path):
        pass


def test_certificates_are_of_this_host_and_the_key_is_for_its_owner(tmp_path):
    from cryptography import x509

    deploy.certificates(tmp_path)
    server = x509.load_pem_x509_certificate((tmp_path / "server.pem").read_bytes())
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    server.verify_directly_issued_by(
        x509.load_pem_x509_certificate((tmp_path / "ca.crt").read_bytes())
    )
    assert (tmp_path / "server.key").stat().st_mode & 0o077 == 0


def test_a_defense_that_is_not_federated_is_refused(tmp_path):
    done = CliRunner().invoke(
        main, ["federate", "-d", "au", "--dataset", DATA, "--folds", "2", "--out", str(tmp_path)]
    )
    assert done.exit_code == 2
    assert "one that is federated: au-federated" in done.stderr


def test_a_participants_rows_survive_the_file(tmp_path):
    rows = build("datasets", DATA).load(None).take(np.arange(4))
    _deployed.write(rows, 0, "expressivity", tmp_path / "p.npz")
    who, again = _deployed.read(tmp_path / "p.npz")
    assert who == 0
    assert np.array_equal(again.x, rows.x, equal_nan=True)
    assert np.array_equal(again.targets["valence"], rows.targets["valence"], equal_nan=True)
    assert again.classes == {"expressivity": rows.classes["expressivity"]}
    assert np.array_equal(again.labels["expressivity"], rows.labels["expressivity"])


def test_secure_aggregation_is_not_pretended_in_a_deployment(tmp_path):
    asked = [
        "federate",
        "-d",
        f"{SPEC},secure=true",
        "--dataset",
        DATA,
        "--folds",
        "2",
        "--out",
        str(tmp_path),
    ]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 2
    assert "no cryptography" in done.stderr


def test_bad_input_names_the_missing_tool(monkeypatch, tmp_path):
    monkeypatch.setattr(deploy.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(InputError, match="federated"):
        deploy._tool("flower-superlink")
