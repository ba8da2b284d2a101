"""Classes and instances in memory, scripts without a guard, Ctrl-C, and one plan in two ways."""

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import dataclass

import numpy as np
import privbench as pb
import pytest
from privbench.bench.checks import InputError
from privbench.bench.cli.main import main

DATA = "gaussian:people=4,rows=12,nuisance=2"
SCRIPT = """
    from dataclasses import dataclass
    import numpy as np
    import privbench as pb

    @dataclass(frozen=True)
    class Halved:
        "Numbers cut in half."
        by: float = 2.0
        def fit(self, samples, task, *, seed, device):
            return HalvedEncoder(self.by)
        def load(self, folder, *, device):
            return HalvedEncoder(self.by)

    class HalvedEncoder:
        def __init__(self, by):
            self.by = by
        def __call__(self, x):
            return {"codes": x / self.by}
        def save(self, folder):
            folder.mkdir(parents=True)

    report = pb.run([Halved(4.0), "raw"], "lda", dataset="gaussian:people=4,rows=12",
                    folds=2, jobs=JOBS, out=OUT, progress=False)
    print(sorted(v.name for v in report.verdicts), [v.code for v in report.verdicts])
"""


@dataclass(frozen=True)
class Doubled:
    """Numbers doubled."""

    by: float = 2.0

    def fit(self, samples, task, *, seed, device):
        return DoubledEncoder(self.by)

    def load(self, folder, *, device):
        return DoubledEncoder(self.by)


@dataclass
class DoubledEncoder:
    by: float

    def __call__(self, x):
        return {"codes": x * self.by}

    def save(self, folder):
        folder.mkdir(parents=True)


@dataclass(frozen=True)
class Nearest:
    """The nearest mean."""

    def skip(self, z, y):
        return None

    def fit(self, z, y, *, source, seed, device):
        means = np.array([z[y == c].mean(0) for c in np.unique(y)])
        return NearestAdversary(means)


@dataclass
class NearestAdversary:
    means: np.ndarray
    note: str = ""

    def __call__(self, z):
        return -((z[:, None] - self.means) ** 2).sum(2)


def quick(folder, defenses, attackers="lda", **changes):
    asked = {"dataset": DATA, "folds": 2, "progress": False, "out": folder}
    return pb.run(defenses, attackers, **asked | changes)


@pytest.mark.parametrize("jobs", [0, 2])
def test_classes_and_instances_of_this_process_are_competitors(tmp_path, jobs):
    report = quick(tmp_path, [Doubled, Doubled(3.0)], [Nearest(), "lda"], jobs=jobs)
    assert report.failures == ()
    names = {v.name for v in report.verdicts}
    assert names == {"raw / codes", "doubled / codes", "doubled:by=3.0 / codes"}
    assert set(report.records["attacker"]) == {"nearest", "lda", "majority"}
    accuracy = report.records.query("metric == 'accuracy' and attacker == 'nearest'")
    assert (accuracy["status"] == "ok").all()


def test_an_instance_that_changes_is_run_again(tmp_path):
    quick(tmp_path, Doubled(3.0))
    cells = set((tmp_path / "cells").iterdir())
    quick(tmp_path, Doubled(3.0))
    assert set((tmp_path / "cells").iterdir()) == cells
    quick(tmp_path, Doubled(4.0))
    assert len(set((tmp_path / "cells").iterdir()) - cells) == 2 * 2


def test_rows_in_memory_are_a_dataset(tmp_path):
    rng = np.random.default_rng(0)
    person = np.arange(40) % 4
    x = np.eye(4)[person] + 0.1 * rng.normal(size=(40, 4))
    samples = pb.samples(x, {"identity": person, "expression": np.arange(40) // 4 % 2})
    report = quick(tmp_path, Doubled, dataset=samples)
    assert {v.code for v in report.verdicts} == {"leaks"}
    again = pb.load_run(tmp_path)
    assert again.table().equals(report.table())


def test_the_command_line_and_python_write_the_same_records(tmp_path):
    quick(tmp_path / "python", "raw", ["lda", "knn:k=1"], jobs=0)
    words = f"run -d raw -a lda -a knn:k=1 --dataset {DATA} --folds 2 --jobs 2".split()
    main([*words, "--out", str(tmp_path / "shell")], standalone_mode=False)
    python = pb.load_run(tmp_path / "python").records.drop(columns="seconds")
    shell = pb.load_run(tmp_path / "shell").records.drop(columns="seconds")
    assert python.equals(shell)
    assert (tmp_path / "python" / "verdicts.md").read_text() == (
        tmp_path / "shell" / "verdicts.md"
    ).read_text()


@pytest.mark.parametrize("jobs", [0, 2])
@pytest.mark.parametrize("how", ["file", "stdin"])
def test_a_script_needs_no_guard(tmp_path, jobs, how):
    code = textwrap.dedent(SCRIPT).replace("JOBS", str(jobs))
    code = code.replace("OUT", repr(str(tmp_path / "out")))
    script = tmp_path / "script.py"
    script.write_text(code)
    command = [sys.executable, str(script)] if how == "file" else [sys.executable, "-"]
    text = None if how == "file" else code
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "['halved:by=4.0 / codes', 'raw / codes'] ['leaks', 'leaks']" in done.stdout


def test_ctrl_c_loses_the_cell_in_flight_only(tmp_path):
    code = (
        "import privbench as pb\n"
        f"pb.run('raw', ['lda', 'mlp:epochs=4000'], dataset={DATA!r}, folds=2, "
        f"out={str(tmp_path / 'out')!r}, progress=False)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    cells = tmp_path / "out" / "cells"
    while process.poll() is None and len(list(cells.glob("[!.]*.json"))) < 2:
        try:
            process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            continue
    os.kill(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in stderr
    assert "privbench.load_run" in stderr
    report = pb.load_run(tmp_path / "out")
    assert {"majority", "lda"} <= set(report.records["attacker"])
    assert report.verdicts


def test_what_is_no_competitor_is_refused_by_name(tmp_path):
    class Loose:
        """No dataclass."""

    with pytest.raises(InputError, match="frozen dataclass"):
        quick(tmp_path, Loose())
    with pytest.raises(InputError, match="did you mean 'protocol'"):
        quick(tmp_path, "raw", protocl="open-set")
    with pytest.raises(InputError, match="run directory"):
        pb.load_run(tmp_path / "nowhere")


def test_an_own_name_may_not_hide_one_of_ours():
    @dataclass(frozen=True)
    class Hybrid:
        """Another hybrid."""

        def fit(self, samples, task, *, seed, device): ...

    with pytest.raises(InputError, match="no other"):
        pb.register("defenses", Hybrid)


def test_datasets_load_by_name():
    samples = pb.datasets.load("gaussian:people=3,rows=7")
    assert samples.n_classes("identity") == 3
    with pytest.raises(InputError, match="did you mean 'gaussian'"):
        pb.datasets.load("gausian")


def test_the_public_names_are_there_and_documented():
    for name in set(dir(pb)) - {"__all__"}:
        if not name.startswith("__"):
            assert getattr(pb, name).__doc__ or name == "verdict_words", name
    assert {"audit", "run", "attack", "frozen", "load_run", "Report", "datasets"} <= set(dir(pb))


def test_the_list_of_public_names_is_what_can_be_loaded():
    assert set(pb.__all__) == {"__version__", *pb._PACKAGES, *pb._PUBLIC}
