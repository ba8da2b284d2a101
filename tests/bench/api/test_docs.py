"""The examples in the docstrings of the Python interface run."""

import doctest
import importlib

import pytest

MODULES = ("bench.api.audits", "bench.api.runs", "bench.api.frozen", "datasets")


@pytest.mark.parametrize("name", MODULES)
def test_examples_do_what_they_say(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(f"privbench.{name}")
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    examples = 0
    for test in doctest.DocTestFinder().find(module, globs={"folder": tmp_path / "run"}):
        examples += len(test.examples)
        runner.run(test)
    assert examples
    assert not runner.failures
