"""The table of Mase et al. 2021 on a few drawn people."""

import csv
import io

import numpy as np
import pytest
from click.testing import CliRunner
from privbench.bench.checks import InputError
from privbench.bench.cli.main import main
from privbench.bench.registry import build
from privbench.bench.studies import mase2021
from privbench.bench.types import Task

DATA = "synthau:people=3,recordings=2,seconds=20"


def test_variants_take_the_settings_and_both_recipes():
    specs = mase2021.variants("au-rnn:size=8,recipe=clean,epochs=2")
    assert len(set(specs)) == 4
    defenses = [spec.partition(":")[0] for spec in specs]
    assert defenses == ["au-rnn", "au-rnn", "au-federated", "au-federated"]
    assert sum("as-published" in spec for spec in specs) == 2
    assert all("size=8" in spec and "epochs=2" in spec for spec in specs)
    with pytest.raises(InputError, match="au-rnn:SETTINGS"):
        mase2021.variants("au")


def test_the_paper_stands_beside_all_variants_and_leakage_below(tmp_path, monkeypatch):
    monkeypatch.setattr(mase2021, "ATTACKERS", ("lda",))
    asked = ["reproduce", "mase2021", "-d", "au-rnn:size=4,epochs=2", "--dataset", DATA]
    done = CliRunner().invoke(main, [*asked, "--folds", "2", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "mase2021.md").read_text()
    assert "| 0.426 | 0.401 |" in text
    lines = text.splitlines()
    for name in ("centralised, clean", "federated, as published, last epoch"):
        row = next(line for line in lines if line.startswith(f"| {name} |"))
        assert "missing" not in row
    assert "/ code | " in text.partition("What each release gives away")[2]


def test_rows_without_a_number_say_so_and_survive_csv():
    spec = "au-rnn:size=4"
    rows = mase2021.rows({"valence": [], "arousal": []}, spec, {"valence": 0.5})
    assert [row.ccc for row in rows[:4]] == [0.426, 0.401, 0.5, None]
    assert len(rows) == 2 * (2 + 4)
    text = mase2021.to_markdown(rows, [], "recola")
    assert f"| {mase2021.PEEKED} | 0.500 | – |" in text
    assert text.count("| missing | missing |") == 4
    lines = list(csv.DictReader(io.StringIO(mase2021.to_csv(rows))))
    assert [line["ccc"] for line in lines[:4]] == ["0.426", "0.401", "0.5", ""]


def peeked(settings, rows, tested):
    """The best epoch's concordance on tested rows, after learning from the others."""
    defense = build("defenses", f"au-rnn:size=4,{settings}")
    known = rows.take(~tested)
    test = rows.take(tested)
    return defense.peeked(known, test, Task("valence"), seed=0, device="cpu")


def test_the_best_epoch_on_the_test_fold_is_no_worse_than_the_first():
    rows = build("datasets", DATA).load(None)
    tested = rows.source % 2 == 1
    best = peeked("epochs=6", rows, tested)
    first = peeked("epochs=1", rows, tested)
    assert best.keys() == {"valence", "arousal"}
    assert np.mean(list(best.values())) >= np.mean(list(first.values()))
    published = peeked("epochs=1,recipe=as-published", rows, tested)
    assert published.keys() == best.keys()
