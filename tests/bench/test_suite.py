"""The standard suite is what its version says, and a run knows whether it met all of it."""

import ast
import dataclasses
import hashlib
from pathlib import Path

from privbench.bench import registry, suite
from privbench.bench.runner import plan

ROOT = Path(__file__).parent.parent.parent
# What several members share.
OF_SUITE = ("vectors", "discriminants", "leading", "convergence", "heads", "fresh")

# Whoever changes a number here changes what `standard-1` measures: give the suite a new version
# instead. An edit that changes no number (a new name, say) may be written down here as it is.
SETTINGS = {
    "lda": {"shrinkage": None},
    "sparse-lda": {"columns": None, "shrinkage": None},
    "linear": {"c": None, "iterations": 500},
    "qda": {"pooled": None, "spherical": None, "dims": 128},
    "knn": {"k": None, "metric": "chosen"},
    "svm": {"c": None, "gamma": None, "rows": 4000, "landmarks": 1000, "iterations": 100_000},
    "boosting": {
        "rounds": 100,
        "trees": 2000,
        "lr": 0.1,
        "leaves": 8,
        "rows_a_leaf": 5,
        "l2": 1.0,
        "dims": 128,
    },
    "mlp": {
        "width": 256,
        "dropout": None,
        "weight_decay": None,
        "epochs": 60,
        "lr": 1e-3,
        "batch": 64,
    },
    "fc3": {"epochs": 60, "lr": 1e-3, "batch": 64},
    "cnn": {"epochs": 30, "lr": 1e-3, "batch": 64},
    "verification": {"score": "chosen"},
}
CODE = "c7affdd3a5815342"


def code():
    """A fingerprint of what the members do: their syntax trees without docstrings and comments."""
    digest = hashlib.blake2b(digest_size=8)
    for path in paths():
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            documented = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            if documented and ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        digest.update(ast.dump(tree).encode())
    return digest.hexdigest()


def paths():
    """The files of the members, and those of what they share."""
    room = ROOT / "attackers"
    members = sorted({*suite.SUITES["standard-1"], *suite.PAIRS})
    files = [room / f"{name.replace('-', '_')}.py" for name in members]
    return files + [room / "_shared" / f"{name}.py" for name in sorted(OF_SUITE)]


def test_the_members_and_their_defaults_are_those_of_the_version():
    assert suite.VERSION == "standard-1"
    assert {*suite.SUITES["standard-1"], *suite.PAIRS} == set(SETTINGS)
    found = {name: dataclasses.asdict(registry.build("attackers", name)) for name in SETTINGS}
    assert found == SETTINGS


def test_what_the_members_do_is_that_of_the_version():
    assert code() == CODE, "attackers changed: a new version of the suite, unless no number changes"


def test_standard_stands_for_its_members_and_nothing_else_does():
    assert plan.expand("attackers", ("standard", "fc1")) == (*suite.SUITES["standard-1"], "fc1")
    assert plan.expand("attackers", ("standard-1",)) == plan.expand("attackers", ("standard",))
    assert plan.expand("attackers", ("standard",), protocol="open-set")[-1] == "verification"
    assert suite.version_of("lda") == "standard-1"
    assert suite.version_of("lda:shrinkage=0.5") == suite.version_of("fc1") == ""


def test_a_suite_is_complete_with_all_its_members_only():
    members = suite.SUITES["standard-1"]
    assert suite.complete([*members, "fc1"]) == "standard-1"
    assert suite.complete(members[1:]) == ""
