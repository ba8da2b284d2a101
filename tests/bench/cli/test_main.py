"""What a user types: files, exit codes, and one clear line for each mistake."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from privbench.bench.cli.main import main

QUICK = [
    "run",
    "-d",
    "raw",
    "-a",
    "lda",
    "--dataset",
    "gaussian:people=4,rows=12",
    "--folds",
    "2",
    "--jobs",
    "1",
]
BROKEN = Path(__file__).parents[2] / "golden" / "broken.py"
FILES = {
    "plan.toml", "records.csv", "table.md", "table.csv", "table.tex", "leaderboard.csv",
    "pareto.png", "pareto.svg", "leakage.png", "verdicts.md", "verdicts.csv", "exposure.csv",
    "results.json", "test_rows.npz", "notes.json",
}  # fmt: skip


def call(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


def alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    done = call(*QUICK, "--out", folder)
    assert done.exit_code == 0, done.output
    return folder


def test_a_run_leaves_its_files_and_says_where(finished):
    assert {p.name for p in finished.iterdir() if p.is_file()} == FILES
    again = call(*QUICK, "--out", finished)
    assert "4 of 4 cells are finished already" in again.stderr
    assert "pareto.png" in again.stdout


def test_its_plan_repeats_it(finished, tmp_path):
    done = call("run", "--config", finished / "plan.toml", "--out", tmp_path / "again")
    assert done.exit_code == 0, done.output
    lines = [(f / "leaderboard.csv").read_text() for f in (finished, tmp_path / "again")]
    assert lines[0] == lines[1]


def test_flags_win_over_the_config(finished):
    done = call("run", "--config", finished / "plan.toml", "--folds", "3", "--dry-run")
    assert len(done.stdout.splitlines()) == 3 * 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("folds = 'ten'", "int"),
        ("seed = ['a']", "int or a list"),
        ("foldss = 3", "did you mean 'folds'"),
        ("folds = ", "TOML"),
    ],
)
def test_a_bad_config_is_refused(tmp_path, line, message):
    (tmp_path / "plan.toml").write_text(line)
    done = call("run", "--config", tmp_path / "plan.toml", "-d", "raw", "-a", "lda")
    assert done.exit_code == 2
    assert message in done.stderr


@pytest.mark.parametrize("form", ["md", "csv", "latex"])
def test_table(finished, form):
    assert "lda" in call("table", finished, "--format", form).output


@pytest.mark.parametrize("kind", ["pareto", "leakage"])
def test_plot(finished, tmp_path, kind):
    assert call("plot", finished, "--kind", kind, "--out", tmp_path / "p.pdf").exit_code == 0
    assert (tmp_path / "p.pdf").stat().st_size > 1000


def test_leaderboard_joins_runs(finished, tmp_path):
    assert call("leaderboard", finished, finished, "--out", tmp_path / "l.csv").exit_code == 0
    assert "gaussian" in (tmp_path / "l.csv").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rum"], "did you mean 'run'"),
        (["run", "-d", "hybrd", "-a", "fc3"], "did you mean 'hybrid'"),
        (["run", "-d", "hybrid", "-a", "fc9"], "fc1, fc2, fc3"),
        (["run", "-d", "hybrid", "-a", "fc3", "--dataset", "jaffe"], "--data-root"),
        (["run", "-d", "raw"], "--attacker"),
        ([*QUICK, "--utility", "age"], "expression"),
        ([*QUICK, "--folds", "40"], "at most"),
        ([*QUICK, "--protocol", "open"], "did you mean 'open-set'"),
        (["run", "--config", "nowhere.toml"], "exists"),
        (["table", "nowhere"], "records.csv"),
        (["plot", "nowhere", "--out", "x.bmp"], ".png, .svg, .pdf"),
        (["list", "defense"], "defenses"),
        (["reproduce", "narula"], "narula2020"),
    ],
)
def test_mistakes_get_one_line_and_exit_code_2(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = call(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not done.stdout
    assert not list(tmp_path.iterdir())


def test_a_failed_cell_gives_exit_code_1_and_the_rest_is_written(tmp_path):
    done = call(*QUICK, "--plugin", BROKEN, "-d", "broken", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "no luck today" in done.stderr
    assert "lda" in (tmp_path / "out" / "table.md").read_text()


def test_a_full_disk_gets_one_line(tmp_path, monkeypatch):
    from privbench.bench.runner import store

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_atomically", full)
    done = call(*QUICK, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "disk is full" in done.stderr


def test_ctrl_c_keeps_what_is_finished_and_leaves_no_process(tmp_path, finished_cells):
    command = [
        sys.executable,
        "-c",
        "from privbench.bench.cli.main import main; main()",
        "run",
        "-d",
        "raw",
        "-a",
        "lda",
        "-a",
        "mlp:epochs=1000000",
        "--dataset",
        "gaussian:people=4,rows=40",
        "--folds",
        "10",
        "--jobs",
        "2",
        "--out",
        str(tmp_path / "out"),
    ]
    heard = lambda: signal.signal(
        signal.SIGINT, signal.SIG_DFL
    )  # who starts tests in the background ignores it
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=heard
    )
    finished_cells(process, tmp_path / "out")
    assert process.poll() is None, "the run was over before it could be interrupted"
    os.killpg(process.pid, signal.SIGINT)
    try:
        _, stderr = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "finished cells are kept" in stderr
    assert "Traceback" not in stderr
    assert (tmp_path / "out" / "records.csv").exists()
    deadline = time.monotonic() + 600
    while alive(process.pid):  # nobody of its process group stays behind
        assert time.monotonic() < deadline


def test_reproduce_prints_the_papers_numbers_beside_ours(tmp_path):
    small = "synthfaces:people=3,renderings=4,size=16"
    hybrid = "hybrid:epochs=1,rounds=1,widths=8-8"
    done = call(
        "reproduce",
        "narula2020",
        "--dataset",
        small,
        "--folds",
        "2",
        "-d",
        hybrid,
        "--out",
        tmp_path / "o",
    )
    assert done.exit_code == 0, done.output
    text = (tmp_path / "o" / "narula2020.md").read_text()
    for name, paper in (("Face", "99.26"), ("Hybrid2Face", "25.79"), ("Emotion2Face", "90.41")):
        row = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
        assert paper in row
        assert "missing" not in row
    assert (
        call(
            "plot", tmp_path / "o", "--kind", "alternation", "--out", tmp_path / "curve.png"
        ).exit_code
        == 0
    )
