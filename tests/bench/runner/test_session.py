"""The main job from request to files: resumable, deterministic, and honest about failures."""

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from privbench.bench import registry
from privbench.bench.checks import InputError
from privbench.bench.runner import hardware, session
from privbench.bench.runner.plan import Plan
from privbench.bench.runner.records_csv import read as read_csv
from privbench.bench.runner.store import in_order

SMALL = "gaussian:people=4,rows=12,nuisance=2"
PLUGIN = """
import os
from dataclasses import dataclass
import numpy as np

@dataclass(frozen=True)
class Breaks:
    "Raises, answers NaN or dies."
    how: str = "raise"
    def skip(self, z, y): return None
    def fit(self, z, y, *, source, seed, device):
        if self.how == "raise": raise ValueError("no luck today")
        if self.how == "die": os._exit(9)
        class Adversary:
            note = ""
            def __call__(self, z): return np.full((len(z), 4), np.nan)
        return Adversary()

@dataclass(frozen=True)
class NanCodes:
    "Releases NaN."
    def fit(self, samples, task, *, seed, device):
        class Encoder:
            def __call__(self, x): return {"codes": np.full((len(x), 2), np.nan, np.float32)}
            def save(self, folder): folder.mkdir(parents=True)
        return Encoder()
    def load(self, folder, *, device): return self.fit(None, None, seed=0, device=device)
"""


def do(folder, **changes):
    asked = {
        "defense": ("raw",),
        "attacker": ("lda", "knn:k=1"),
        "dataset": SMALL,
        "folds": 3,
        "jobs": "1",
    }
    s = session.prepare(session.Request(**asked | {"out": str(folder)} | changes))
    store, groups = session.work(s)
    cells = [cell.fingerprint for _, cell, _ in session.execute(s, store, groups)]
    store.write_records()
    return store, cells


def plan_of(defense):
    """A plan of one defense, with its files pinned and nothing loaded."""
    labels = ("synthfaces", "expression", "identity", "closed-set", 2)
    return Plan(*labels, (0,), (defense,), ("lda",), data="", version="").pinned()


def timeless(path):
    with open(path, newline="") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_plugins", {room: {} for room in registry.ROOMS})
    path = tmp_path / "mine.py"
    path.write_text(PLUGIN)
    return str(path)


def test_records_are_the_same_whatever_the_number_of_processes(tmp_path):
    do(tmp_path / "one", jobs="1")
    do(tmp_path / "two", jobs="2")
    do(tmp_path / "inline", jobs="0")
    one = timeless(tmp_path / "one" / "records.csv")
    assert one == timeless(tmp_path / "two" / "records.csv")
    assert one == timeless(tmp_path / "inline" / "records.csv")
    do(tmp_path / "other", seed=(1,))
    assert one != timeless(tmp_path / "other" / "records.csv")


def test_finished_cells_are_not_run_again_and_a_new_attacker_costs_itself_alone(tmp_path):
    _, first = do(tmp_path)
    assert len(first) == 3 * 3  # majority comes unasked
    assert do(tmp_path)[1] == []
    before = timeless(tmp_path / "records.csv")
    _, added = do(tmp_path, attacker=("linear",))
    assert len(added) == 3
    after = timeless(tmp_path / "records.csv")
    assert [row for row in after if row["attacker"] != "linear"] == before


@pytest.mark.skipif(hardware._may_have_gpu(), reason="where a GPU may be, PyTorch is asked for it")
def test_a_finished_run_started_again_loads_no_torch(tmp_path):
    """Two seconds of three would go into an import that nothing needs."""
    data = "synthfaces:people=2,renderings=2,size=16"
    asked = [
        "run",
        "-d",
        "emotion:epochs=1",
        "-a",
        "lda",
        "--dataset",
        data,
        "--folds",
        "2",
        "--out",
        str(tmp_path),
    ]
    code = "import sys; from privbench.bench.cli.main import main; "
    code += "main(sys.argv[1:], standalone_mode=False)"
    subprocess.run([sys.executable, "-c", code, *asked], capture_output=True, check=True)
    code += "; assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code, *asked], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "emotion" in done.stdout


def test_killed_at_any_moment_and_started_again_gives_the_same_records(tmp_path, finished_cells):
    text = f"run -d raw -a lda -a mlp:epochs=9 -a fc2:epochs=9 --dataset {SMALL} --folds 3"
    text += " --seed 0 --seed 1 --jobs 2"
    arguments, n_cells = text.split(), 3 * 2 * 4
    command = [
        sys.executable,
        "-c",
        "from privbench.bench.cli.main import main; main()",
        *arguments,
    ]
    subprocess.run([*command, "--out", str(tmp_path / "whole")], check=True, capture_output=True)
    process = subprocess.Popen(
        [*command, "--out", str(tmp_path / "cut")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    finished_cells(process, tmp_path / "cut")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert len(list((tmp_path / "cut" / "cells").glob("*.json"))) < n_cells, (
        "the run was over before it could be killed"
    )
    subprocess.run([*command, "--out", str(tmp_path / "cut")], check=True, capture_output=True)
    assert timeless(tmp_path / "cut" / "records.csv") == timeless(
        tmp_path / "whole" / "records.csv"
    )


def test_a_failure_is_a_row_with_a_reason_and_is_tried_again(tmp_path, plugin):
    store, _ = do(tmp_path / "out", attacker=("breaks", "breaks:how=nan", "lda"), plugin=(plugin,))
    broken = [r for r in store.records() if r.attacker == "breaks"]
    assert {r.status for r in broken} == {"failed"}
    assert {r.value for r in broken} == {None}
    assert any("no luck today" in r.reason for r in broken)
    assert all(r.status == "ok" for r in store.records() if r.attacker == "lda")
    _, again = do(tmp_path / "out", attacker=("breaks", "breaks:how=nan", "lda"), plugin=(plugin,))
    assert len(again) == 6


def test_a_worker_that_dies_fails_its_own_cells_only(tmp_path, plugin):
    store, _ = do(tmp_path / "out", attacker=("lda", "breaks:how=die"), plugin=(plugin,))
    reasons = {r.attacker: (r.status, r.reason) for r in store.records()}
    assert reasons["lda"] == ("ok", "")
    assert reasons["breaks"][0] == "failed"
    assert "worker process died" in reasons["breaks"][1]


def test_new_code_under_an_old_name_replaces_its_numbers_and_no_others(tmp_path, plugin):
    """A defense changes and one of two attackers is run again: no table mixes old and new codes."""
    code = Path(plugin).read_text()
    fine = code.replace("np.nan, np.float32", "0.5, np.float32").replace("NanCodes", "Mine")
    Path(plugin).write_text(fine)
    asked = {"defense": ("mine",), "plugin": (plugin,), "attacker": ("lda", "knn:k=1")}
    do(tmp_path / "out", **asked)
    registry._plugins.update({room: {} for room in registry.ROOMS})
    Path(plugin).write_text(fine.replace("0.5, np.float32", "0.7, np.float32"))
    store, added = do(tmp_path / "out", **asked | {"attacker": ("lda",), "fold": (0,)})
    assert len(added) == 2
    assert {r.fold for r in store.records() if r.defense == "mine"} == {0}
    store, added = do(tmp_path / "out", **asked | {"attacker": ("lda",)})
    assert len(added) == 2 * 2
    assert {r.attacker for r in store.records() if r.defense == "mine"} == {"lda", "majority"}
    assert {r.attacker for r in store.records() if r.defense == "raw"} == {"lda", "knn", "majority"}
    registry._plugins.update({room: {} for room in registry.ROOMS})
    Path(plugin).write_text(fine)
    store, added = do(tmp_path / "out", **asked)
    assert added == []
    assert {r.attacker for r in store.records() if r.defense == "mine"} == {
        "lda",
        "knn",
        "majority",
    }


def test_a_weights_file_counts_by_its_content(tmp_path):
    file = tmp_path / "w.safetensors"
    seen = []
    for content in (b"one", b"two"):
        file.write_bytes(content)
        seen.append(plan_of(f"emotion:weights={file}"))
    assert seen[0].fingerprint == seen[1].fingerprint  # the same request
    assert len({next(p.groups()[0].cells()).fingerprint for p in seen}) == 2
    with pytest.raises(InputError, match="changed during the run"):
        seen[0].unchanged()


def test_an_encoder_that_releases_nothing_is_a_failure(tmp_path, plugin):
    code = (
        Path(plugin)
        .read_text()
        .replace('{"codes": np.full((len(x), 2), np.nan, np.float32)}', "{}")
    )
    Path(plugin).write_text(code)
    store, _ = do(tmp_path / "out", defense=("nan-codes",), plugin=(plugin,))
    assert {r.status for r in store.records() if r.defense == "nan-codes"} == {"failed"}


def test_two_plugins_of_one_name_are_told_apart(tmp_path, plugin):
    other = tmp_path / "elsewhere" / "mine.py"
    other.parent.mkdir()
    other.write_text(Path(plugin).read_text())
    with pytest.raises(InputError, match="no other"):
        do(tmp_path / "out", plugin=(plugin, str(other)))


def test_codes_that_are_not_finite_are_a_failure(tmp_path, plugin):
    store, _ = do(tmp_path / "out", defense=("nan-codes",), plugin=(plugin,))
    rows = [r for r in store.records() if r.defense == "nan-codes"]
    assert rows
    assert all(r.status == "failed" and "NaN" in r.reason for r in rows)


def test_a_folder_of_another_plan_is_refused_before_anything_is_touched(tmp_path):
    do(tmp_path / "run")
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "run").rglob("*")}
    with pytest.raises(InputError, match="another plan"):
        do(tmp_path / "run", folds=4)
    assert before == {p: p.stat().st_mtime_ns for p in (tmp_path / "run").rglob("*")}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    with pytest.raises(InputError, match="other files"):
        do(tmp_path / "mine")


def test_encoders_and_codes_are_cached_and_read_back(tmp_path, monkeypatch):
    fast = {
        "dataset": "synthfaces:people=2,renderings=2,size=16",
        "defense": ("random",),
        "folds": 2,
        "cache": "codes",
    }
    do(tmp_path, **fast)
    assert len(list((tmp_path / "cache" / "encoders").glob("*/base.safetensors"))) == 2
    assert len(list((tmp_path / "cache" / "codes").glob("*/features.npy"))) == 2
    _, added = do(tmp_path, **fast | {"attacker": ("linear",)})
    assert len(added) == 2 * 2


def test_records_survive_the_way_through_csv(tmp_path):
    store, _ = do(tmp_path)
    assert read_csv(Path(tmp_path)) == in_order(store.records().everything)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"utility": "smile"}, "--utility"),
        ({"private": "expression"}, "another label"),
        ({"folds": 50}, "--folds"),
        ({"attacker": ()}, "--attacker"),
        ({"jobs": "many"}, "--jobs"),
        ({"device": "tpu"}, "--device"),
        ({"cache": "all"}, "--cache"),
        ({"dataset": "cmu-faces"}, "--data-root"),
        ({"dataset": "gaussian:people=[2,3]"}, "not a sweep"),
        ({"plugin": ("/nowhere.py",)}, "--plugin"),
        ({"jobs": "²"}, "--jobs"),
        ({"dataset": "synthfaces:seed=-1"}, "synthfaces:seed"),
        ({"defense": ("blur",)}, "images"),
        ({"defense": ("noise:sigma=[0.1",)}, "bracket"),
        ({"attacker": ("fc3:lr=0",)}, "fc3:lr"),
        ({"attacker": ("mlp:dropout=1",)}, "mlp:dropout"),
        ({"attacker": ("cnn:epochs=0",)}, "cnn:epochs"),
        ({"dataset": "synthfaces:people=2", "defense": ("emotion:backbone=resnet1",)}, "backbone"),
        ({"dataset": "synthfaces:people=2", "defense": ("emotion:weights=x.pth",)}, "safetensors"),
    ],
)
def test_bad_requests_are_refused_before_any_work(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        do(tmp_path / "out", **changes)
    assert not (tmp_path / "out").exists()


def test_a_cell_that_was_half_written_counts_once(tmp_path):
    """A process that is killed between writing and renaming leaves a whole file of another name."""
    store, _ = do(tmp_path)
    cell = next((tmp_path / "cells").glob("[!.]*.json"))
    (cell.parent / f".writing-1-{cell.name}").write_text(cell.read_text())
    again, added = do(tmp_path)
    assert added == []
    assert again.records() == store.records()
