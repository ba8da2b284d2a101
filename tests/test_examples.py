"""The notebooks run, from a folder of their own, and show what is committed."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = sorted(path.name for path in EXAMPLES.glob("*.ipynb"))


def printed(notebook):
    """The plain text of every output, without pictures."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_and_says_what_is_committed(name, tmp_path):
    shutil.copy(EXAMPLES / name, tmp_path)
    committed = nbformat.read(EXAMPLES / name, as_version=4)
    assert printed(committed), "outputs are committed"
    fresh = nbformat.read(tmp_path / name, as_version=4)
    NotebookClient(fresh, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert printed(fresh) == printed(committed)
    assert any("LEAKS" in text for text in printed(fresh))


def test_there_are_notebooks():
    assert len(NAMES) == 2
