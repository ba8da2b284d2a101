"""Federated training as a deployment on loopback: processes, TLS, the result of one process."""

import signal
import threading

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from privbench.bench import seeds
from privbench.bench.checks import InputError
from privbench.bench.cli.main import main
from privbench.bench.federation import certificates, deploy
from privbench.bench.federation.federate import federate
from privbench.bench.registry import build
from privbench.bench.runner import cells, session
from privbench.defenses._mase import deployed as _deployed

SPEC = "au-federated:rounds=2,size=4,epochs=1"
DATA = "synthau:people=2,recordings=2,seconds=20"
CELL = ["--dataset", DATA, "--folds", "2"]


def invoke(tmp_path, spec, *more):
    """`privbench federate` in a folder."""
    asked = ["federate", "-d", spec, *CELL, "--out", str(tmp_path), *more]
    return CliRunner().invoke(main, asked)


def training_rows():
    """(defense, rows that the first fold is trained on, task)."""
    request = session.Request((SPEC,), ("majority",), dataset=DATA, folds=2, fold=(0,))
    ready = session.prepare(request)
    group = next(g for g in ready.plan.groups() if g.spec != "raw")
    fold = cells.fold_of(group, ready.samples)
    return group.defense, ready.samples.take(fold.train), ready.plan.task


def test_a_deployed_run_ends_with_the_weights_of_one_process_and_leaves_nothing_running(tmp_path):
    done = invoke(tmp_path, SPEC, "--fold", "0", "--precision", "fp32")
    assert done.exit_code == 0, done.output
    folder = tmp_path / "deployment"
    deployed = build("defenses", SPEC).load(folder / "encoder", device="cpu")
    assert deployed.log.updates.shape[0] == 4
    assert deployed.log.lost == ()

    defense, train, task = training_rows()
    seed = seeds.stream(0, "deployment")
    here = defense.fit(train, task, seed=seed, device="cpu")
    weights = deployed.net.state_dict()
    for name, value in here.net.state_dict().items():
        assert torch.allclose(value, weights[name], atol=1e-6), name

    # A node has its own participant's rows, and no others.
    file = folder / "participant-1.npz"
    who, rows = _deployed.read(file)
    sent = train.take(train.labels["identity"] == 1)
    assert who == 1
    assert np.array_equal(rows.x, sent.x, equal_nan=True)
    assert b"person000" not in file.read_bytes()

    config = (folder / "flower" / "config.toml").read_text()
    _, _, address = config.partition("127.0.0.1:")
    port, _, _ = address.partition('"')
    assert not deploy._listens(int(port))


def test_a_node_that_is_killed_costs_its_own_updates(tmp_path, monkeypatch):
    """It dies while it trains in the first round; the other one goes on to the end."""
    started = {}
    begin = deploy.supernode

    def supernode(site, name, data):
        started[name] = begin(site, name, data)
        return started[name]

    def kill():
        log = tmp_path / "deployment" / "participant-1.log"
        while not over.is_set():
            if log.exists() and "train message" in log.read_text(errors="replace"):
                return deploy.stop(started["participant-1"], signal.SIGKILL)
            over.wait(0.05)

    monkeypatch.setattr(deploy, "supernode", supernode)
    over = threading.Event()
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        asked = session.Request(
            (SPEC,), (), dataset=DATA, folds=2, fold=(0,), out=str(tmp_path), precision="fp32"
        )
        folder = federate(asked, wait=30, tell=print)
    finally:
        over.set()
        killer.join()
    log = build("defenses", SPEC).load(folder, device="cpu").log
    assert log.who.tolist() == [0, 0]
    assert log.lost[0].startswith("round 1, participant 1: ")
    assert np.array_equal(log.weights[1], log.weights[0] + log.updates[0])


def test_a_superlink_that_cannot_start_says_why_and_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(certificates, "write", lambda folder: None)
    with pytest.raises(RuntimeError, match="superlink ended"), deploy.superlink(tmp_path):
        pass


def test_certificates_are_of_this_host_and_the_key_is_for_its_owner(tmp_path):
    from cryptography import x509

    certificates.write(tmp_path)
    authority = x509.load_pem_x509_certificate((tmp_path / "ca.crt").read_bytes())
    server = x509.load_pem_x509_certificate((tmp_path / "server.pem").read_bytes())
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    server.verify_directly_issued_by(authority)
    mode = (tmp_path / "server.key").stat().st_mode
    assert mode & 0o077 == 0


def test_a_defense_that_is_not_federated_is_refused(tmp_path):
    done = invoke(tmp_path, "au")
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
    done = invoke(tmp_path, f"{SPEC},secure=true")
    assert done.exit_code == 2
    assert "no cryptography" in done.stderr


def test_bad_input_names_the_missing_tool(monkeypatch, tmp_path):
    monkeypatch.setattr(deploy.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(InputError, match="federated"):
        deploy._tool("flower-superlink")
