import os
import subprocess
import sys
from pathlib import Path

import pytest

# Files and tests that take more than a few seconds each (`pytest --durations=70`), of which `make
# quick` runs none: statistics over many draws, trainings, processes that are started and killed.
SLOW = (
    "attackers/", "bench/analysis/test_budget.py", "bench/toolkit/test_recurrent.py",
    "bench/toolkit/test_sequences.py", "bench/toolkit/test_train.py",
    "bench/analysis/test_compare.py::test_alike", "bench/api/test_audits.py",
    "bench/api/test_docs.py", "bench/api/test_frozen.py", "bench/api/test_runs.py", "bench/cli",
    "bench/federation", "bench/metrics/test_coverage.py", "bench/pictures",
    "bench/runner/test_ray_cluster.py", "bench/runner/test_session.py",
    "bench/runner/test_threats.py", "bench/studies", "bench/verdicts/test_verdict.py::test_false",
    "defenses/", "test_conformance.py", "test_examples.py", "test_install.py",
)  # fmt: skip


def pytest_collection_modifyitems(items):
    """Mark what is slow, in one place."""
    for item in items:
        if any(f"tests/{name}" in item.nodeid for name in SLOW):
            item.add_marker("slow")


@pytest.fixture(autouse=True)
def own_precision():
    """Commands that work in the process of a test set its precision: the next test has its own."""
    yield
    if (train := sys.modules.get("privbench.bench.toolkit.train")) is not None:
        train.precision("fp32")


@pytest.fixture(scope="session")
def real_data():
    """The folder of real photographs: PRIVBENCH_DATA, with cmu-faces and london in it."""
    folder = os.environ.get("PRIVBENCH_DATA")
    if not folder or not (Path(folder) / "cmu-faces").is_dir():
        pytest.skip(
            "needs real photographs: set PRIVBENCH_DATA to a folder with cmu-faces and london"
        )
    return Path(folder)


@pytest.fixture
def finished_cells():
    """Wait until a run directory holds so many cells, or its process has ended; returns how many.

    It waits on the process, which costs no CPU: a loop that looked all the time would starve what
    it waits for.
    """

    def wait(process, folder, at_least=1):
        while len(list((folder / "cells").glob("[!.]*.json"))) < at_least:
            try:
                process.wait(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                continue
        return len(list((folder / "cells").glob("[!.]*.json")))

    return wait
