import os
import subprocess
import sys
from pathlib import Path

import pytest


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
