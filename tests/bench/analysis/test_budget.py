"""Curves of leakage against what is spent: they rise where there is more to find, or say so."""

import csv

import numpy as np
import pytest
from click.testing import CliRunner
from factories import record, table
from privbench.bench.analysis import budget
from privbench.bench.cli.main import main
from privbench.bench.runner.request import Request


def curve(means, folds=8):
    """Points of a curve through these mean leakages, on 10, 20, 40, ... pictures."""
    rng = np.random.default_rng(0)
    shares = [2.0 ** -(len(means) - 1 - i) for i in range(len(means))]
    records = [
        record(
            attacker="lda",
            value=float(mean + 0.01 * rng.normal()),
            fold=k,
            n_train_sources=round(80 * share),
            control="" if share == 1 else f"rows-{share}",
        )
        for share, mean in zip(shares, means, strict=True)
        for k in range(folds)
    ]
    return [p for p in budget.curves(table(records), people=4) if p.kind == "rows"]


def test_a_curve_says_whether_it_has_levelled_off():
    assert [p.end for p in curve([0.2, 0.4, 0.6])] == ["", "", "rising"]
    assert curve([0.4, 0.6, 0.6])[-1].end == "level"
    assert curve([0.4, 0.6, 0.6], folds=1)[-1].end == "cannot be told"
    # Pictures of each of four people.
    assert [p.amount for p in curve([0.2, 0.4, 0.6])] == [5, 10, 20]


def test_more_and_less_training_is_asked_for_and_put_on_one_curve():
    asked = budget.request(Request(("raw",), ("fc3:lr=0.01", "lda")))
    assert set(asked.attacker) == {
        "fc3:lr=0.01",
        "fc3:epochs=15,lr=0.01",
        "fc3:epochs=30,lr=0.01",
        "fc3:epochs=120,lr=0.01",
        "lda",
    }
    records = [
        record(attacker="fc3", value=0.1 * i, fold=k, attacker_settings=text)
        for i, text in enumerate(("epochs=15", "epochs=30", "", "epochs=120"), 1)
        for k in range(3)
    ]
    points = [p for p in budget.curves(table(records), people=4) if p.kind == "training"]
    assert [p.amount for p in points] == [15, 30, 60, 120]
    assert {p.attacker for p in points} == {"fc3"}
    assert [p.leakage for p in points] == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_the_command_leaves_a_table_and_a_picture(tmp_path):
    out = tmp_path / "out"
    small = (
        "--dataset",
        "gaussian:people=4,rows=32,delta=2",
        "--folds",
        "3",
        "--jobs",
        "1",
        "--out",
        str(out),
    )
    done = CliRunner().invoke(
        main, ["budget", "-d", "raw", "-a", "lda", "-a", "fc1:epochs=8", *small]
    )
    assert done.exit_code == 0, done.output
    with (out / "budget.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    lda = [r for r in rows if r["attacker"] == "lda"]
    assert [float(r["amount"]) for r in lda] == pytest.approx([2.7, 5.3, 10.7, 21.3], abs=0.5)
    assert float(lda[0]["leakage"]) < float(lda[-1]["leakage"])
    assert [float(r["amount"]) for r in rows if r["kind"] == "training"] == [2, 4, 8, 16]
    assert (out / "budget.png").stat().st_size > 5000
    assert "at the end" in done.output


def test_other_controls_and_ignorant_attackers_lie_on_no_curve():
    own = [record(attacker="lda", fold=k) for k in range(3)]
    others = [record(attacker="lda", value=1.0, control="planted-means")]
    others += [record(attacker="lda", value=1.0, threat="ignorant", fold=k) for k in range(3)]
    (point,) = budget.curves(table(own, others), people=4)
    assert (point.leakage, point.end) == (0.5, "")
