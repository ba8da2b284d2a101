"""The table of Mase et al. 2021 on a few drawn people."""

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
    found = mase2021.variants("au-rnn:size=8,recipe=clean,epochs=2")
    assert len(set(found)) == 4
    assert [spec.partition(":")[0] for spec in found] == [
        "au-rnn",
        "au-rnn",
        "au-federated",
        "au-federated",
    ]
    assert sum("as-published" in spec for spec in found) == 2
    assert all("size=8" in spec and "epochs=2" in spec for spec in found)
    with pytest.raises(InputError, match="au-rnn:SETTINGS"):
        mase2021.variants("au")


def test_the_paper_stands_beside_all_variants_and_leakage_below(tmp_path, monkeypatch):
    monkeypatch.setattr(mase2021, "ATTACKERS", ("lda",))
    asked = [
        "reproduce",
        "mase2021",
        "-d",
        "au-rnn:size=4,epochs=2",
        "--dataset",
        DATA,
        "--folds",
        "2",
    ]
    done = CliRunner().invoke(main, [*asked, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "mase2021.md").read_text()
    assert "| 0.426 | 0.401 |" in text
    for name in ("centralised, clean", "federated, as published, last epoch"):
        row = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
        assert "missing" not in row
    assert "/ code | " in text.partition("What each release gives away")[2]


def test_who_peeks_reports_the_best_epoch():
    rows = build("datasets", DATA).load(None)
    half = rows.source % 2 == 0
    found = build("defenses", "au-rnn:size=4,epochs=6").peeked(
        rows.take(half), rows.take(~half), Task("valence"), seed=0, device="cpu"
    )
    first = build("defenses", "au-rnn:size=4,epochs=1").peeked(
        rows.take(half), rows.take(~half), Task("valence"), seed=0, device="cpu"
    )
    assert found.keys() == {"valence", "arousal"}
    means = build("defenses", "au-rnn:size=4,epochs=1,recipe=as-published")
    assert (
        means.peeked(
            rows.take(half), rows.take(~half), Task("valence"), seed=0, device="cpu"
        ).keys()
        == found.keys()
    )
    assert np.mean(list(found.values())) >= np.mean(list(first.values()))
