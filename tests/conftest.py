import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data():
    """The folder of real photographs: PRIVBENCH_DATA, with cmu-faces and london in it."""
    folder = os.environ.get("PRIVBENCH_DATA")
    if not folder or not (Path(folder) / "cmu-faces").is_dir():
        pytest.skip("needs real photographs: set PRIVBENCH_DATA to a folder with cmu-faces and london")
    return Path(folder)
