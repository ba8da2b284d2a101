"""Embeddings in memory: the same audit as of a file, and a report for a notebook."""

import numpy as np
import pandas as pd
import privbench as pb
import pytest
from matplotlib.figure import Figure
from privbench.bench.checks import InputError
from privbench.bench.cli.main import main

N, PEOPLE = 80, 4


def embeddings(seed=0):
    rng = np.random.default_rng(seed)
    person = np.arange(N) % PEOPLE
    expression = (np.arange(N) // PEOPLE) % 2
    z = rng.normal(size=(N, 6))
    z[:, :PEOPLE] += 3 * np.eye(PEOPLE)[person]
    z[:, 5] += 3 * expression
    return z.astype(np.float32), person, expression


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    z, person, expression = embeddings()
    names = np.array(["ann", "bob", "<b>eve</b>", "joe|x"])[person]
    folder = tmp_path_factory.mktemp("audit")
    identity = {"identity": names, "parity": person % 2}
    utility = {"expression": expression}
    return pb.audit(
        z, identity, utility=utility, attackers=["lda", "knn"], folds=2, out=folder, progress=False
    )


def test_one_verdict_a_private_label(report):
    assert [(v.target, v.code) for v in report.verdicts] == [
        ("identity", "leaks"),
        ("parity", "leaks"),
    ]
    with pytest.raises(InputError, match=r"report\.verdicts"):
        _ = report.verdict


def test_its_table_is_of_its_verdicts(report):
    table = report.table()
    assert isinstance(table, pd.DataFrame)
    for row, verdict in zip(table.itertuples(), report.verdicts, strict=True):
        assert row.verdict == verdict.code
        assert row.leakage == verdict.leakage
        assert (row.certified, row.at_most) == (verdict.ci_low, verdict.ci_high)
        assert row.strongest_attacker == verdict.strongest_attacker
        assert row.utility > 0.8


def test_a_line_for_a_terminal_and_a_card_for_a_notebook(report):
    text = repr(report)
    assert "LEAKS identity" in text
    assert str(report.folder) in text
    card = report._repr_html_()
    assert "leaks" in card
    assert "<table>" in card


def test_a_page_is_one_file_and_names_stay_text(report, tmp_path):
    page = report.to_html(tmp_path / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "<b>eve</b>" not in page
    assert "<svg" in page
    assert "src=" not in page


def test_plots_are_figures(report):
    for kind in ("pareto", "leakage"):
        figure = report.plot(kind)
        assert isinstance(figure, Figure)
        assert figure.axes
    with pytest.raises(InputError, match="pareto"):
        report.plot("bars")


def test_what_was_saved_is_what_was_found(report, tmp_path):
    paths = report.save(tmp_path / "copy")
    assert all(path.exists() for path in paths)
    again = pb.load_run(report.folder)
    assert again.table().equals(report.table())
    assert len(again.records) == len(report.records)


def test_memory_and_file_give_the_same_records(tmp_path):
    z, person, _ = embeddings()
    np.savez(tmp_path / "z.npz", x=z, identity=person)
    asked = {"attackers": ["lda"], "folds": 2, "progress": False}
    in_memory = pb.audit(z, person, out=tmp_path / "memory", **asked).records
    words = ["audit", str(tmp_path / "z.npz"), "--private", "identity", "-a", "lda", "--folds", "2"]
    main([*words, "--jobs", "1", "--out", str(tmp_path / "file")], standalone_mode=False)
    of_file = pb.load_run(tmp_path / "file").records
    shown = ["attacker", "role", "metric", "control", "fold", "chance", "n_test", "code_dim"]
    assert in_memory[shown].equals(of_file[shown])


def test_rows_of_one_source_stay_together_and_a_given_split_is_kept(tmp_path):
    z, person, _ = embeddings()
    source = np.arange(N) // 8
    once = pb.audit(
        z, person, source=source, attackers="lda", folds=2, progress=False, out=tmp_path / "s"
    )
    assert set(once.records["n_test_sources"]) == {5}
    split = np.where(np.arange(N) < 40, "train", "test")
    given = pb.audit(z, person, split=split, attackers="lda", progress=False, out=tmp_path / "g")
    assert set(given.records["protocol"]) == {"given"}
    assert set(given.records["n_test"]) == {40}


def test_the_same_call_goes_on_where_it_was(tmp_path):
    z, person, _ = embeddings()
    first = pb.audit(z, person, attackers="lda", folds=2, progress=False, out=tmp_path)
    files = {p: p.stat().st_mtime_ns for p in (tmp_path / "identity" / "cells").iterdir()}
    again = pb.audit(z, person, attackers="lda", folds=2, progress=False, out=tmp_path)
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "identity" / "cells").iterdir()} == files
    assert again.table().equals(first.table())


def test_shuffled_people_are_not_found():
    """The control of the control: what leaks above does not where there is nothing."""
    z, person, _ = embeddings()
    found = pb.attack(z, person, "lda", folds=4)
    nothing = pb.attack(z, np.random.default_rng(1).permutation(person), "lda", folds=4)
    assert found.low > found.chance
    assert nothing.low <= nothing.chance


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"identity": [0] * N}, "one class only"),
        ({"identity": np.arange(N - 1)}, "one a row"),
        ({"utility": {"identity": np.arange(N) % 2}}, "another name"),
        ({"utility": {"a": np.arange(N) % 2, "b": np.arange(N) % 2}}, "one label"),
        ({"attackers": "ldaa"}, "did you mean 'lda'"),
        ({"folds": 100}, "--folds"),
        ({"split": ["train"] * N}, "label split"),
        ({"jobs": "many"}, "--jobs"),
        ({"folds": 2.5}, "folds: got 2.5"),
        ({"seed": []}, "seed"),
        ({"out": __file__}, "is a file"),
    ],
)
def test_bad_input_is_one_clear_line(changes, message, tmp_path):
    z, person, _ = embeddings()
    asked = {"identity": person, "attackers": "lda", "progress": False, "out": tmp_path / "out"}
    with pytest.raises(InputError, match=message):
        pb.audit(z, **asked | changes)


def test_an_attack_that_fails_is_no_number():
    z, person, _ = embeddings()
    with pytest.raises(InputError, match="has a number"):
        pb.attack(z, person, "cnn")
