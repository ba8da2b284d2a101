"""A plan: what is run, what it is about, and the one place where each seed is made."""

import dataclasses

import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.bench.runner import cells, session
from privbench.bench.runner.plan import Plan, expand
from privbench.bench.runner.request import Request

DATA = "gaussian:people=4,rows=12,nuisance=2"


def plan(**changes):
    about = (
        "gaussian",
        "expression",
        "identity",
        "closed-set",
        3,
        (0, 1),
        ("raw",),
        ("lda", "knn"),
    )
    return dataclasses.replace(Plan(*about, data="", version=""), **changes)


def test_groups_are_every_seed_fold_and_defense_with_folds_outermost():
    groups = plan(defenses=("raw", "random")).groups()
    assert [(g.seed, g.fold, g.spec) for g in groups[:3]] == [
        (0, 0, "raw"),
        (0, 0, "random"),
        (0, 1, "raw"),
    ]
    assert len(groups) == 2 * 3 * 2
    assert len({cell.fingerprint for g in groups for cell in g.cells()}) == len(groups) * 2
    assert {g.fold for g in plan(only=(2,)).groups()} == {2}


def test_a_plan_is_about_everything_that_two_directories_must_share():
    for change in ({"folds": 4}, {"protocol": "held-out"}, {"precision": "bf16"}, {"data": "x"}):
        assert plan(**change).fingerprint != plan().fingerprint
    for change in ({"seeds": (7,)}, {"attackers": ("lda",)}, {"only": (1,)}, {"device": "cuda"}):
        assert plan(**change).fingerprint == plan().fingerprint


def test_an_added_attacker_moves_no_cell():
    before = [c.fingerprint for c in plan(attackers=("lda",)).groups()[0].cells()]
    after = [c.fingerprint for c in plan(attackers=("knn", "lda")).groups()[0].cells()]
    assert before[0] in after


def test_streams_depend_on_seed_fold_and_names():
    first, *_ = plan().groups()
    others = {g.stream("raw") for g in plan().groups()}
    assert len(others) == 2 * 3
    assert first.stream("raw") != first.stream("noise")
    assert plan().fold_seed(0) != plan().fold_seed(1)


def test_the_folds_that_are_refused_are_the_folds_that_are_run(tmp_path, monkeypatch):
    """One place makes the seed of the folds: whoever changes it changes both."""
    asked = Request(("raw",), ("lda",), dataset=DATA, folds=3, jobs="0", out=str(tmp_path))
    ready = session.prepare(asked)
    planned = cells.folds_of(ready.plan, 0, ready.samples)
    group = ready.plan.groups()[1]
    assert np.array_equal(cells.fold_of(group, ready.samples).test, planned[1].test)
    seen = []
    deal = cells.folds.make

    def remembered(*arguments, seed, **more):
        seen.append(seed)
        return deal(*arguments, seed=seed, **more)

    monkeypatch.setattr(cells.folds, "make", remembered)
    monkeypatch.setattr(Plan, "fold_seed", lambda self, seed: 4321 + seed)
    ready = session.prepare(asked)
    cells.fold_of(ready.plan.groups()[0], ready.samples)
    assert set(seen) == {4321}


def test_suites_and_sweeps_are_expanded_once():
    assert expand("attackers", ("lda", "lda"), ("majority",)) == ("majority", "lda")
    assert expand("defenses", ("noise:sigma=[0.1,0.3]",)) == ("noise", "noise:sigma=0.3")
    with pytest.raises(InputError, match="--defense: got none"):
        expand("defenses", ())
