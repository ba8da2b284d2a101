"""The table of Narula et al. 2020, from records that are made by hand."""

import csv
import io

import pytest
from factories import record, table
from privbench.bench.runner.session import Request
from privbench.bench.studies import narula2020


def cell(defense, attacker, value, role="privacy", **changes):
    """Three folds of one attacker on features."""
    about = {"defense": defense, "attacker": attacker, "role": role, "release": "features"}
    return [record(**about, value=value, fold=fold, **changes) for fold in range(3)]


def of(rows, defense, attacker):
    """The first row of identity by an attacker."""
    own = [row for row in rows if row.defense == defense and row.attacker == attacker]
    return next(row for row in own if row.role == "privacy")


def test_a_request_augments_as_the_paper_did_unless_told_otherwise():
    asked = narula2020.request(Request((), (), dataset="jaffe"), "hybrid:rounds=2")
    assert asked.dataset == "jaffe:augment=3038"
    assert asked.defense == ("face", "emotion", "hybrid:rounds=2")
    assert asked.attacker == ("fc3", "knn", "linear", "mlp")
    as_told = narula2020.request(Request((), (), dataset="jaffe:augment=1"), "hybrid")
    assert as_told.dataset == "jaffe:augment=1"


def test_the_five_numbers_stand_beside_ours_and_missing_ones_say_why():
    records = table(
        cell("face", "fc3", 0.9),
        cell("emotion", "fc3", 0.8),
        cell("emotion", "knn", None, status="failed", reason="out of memory"),
    )
    rows = narula2020.rows(records, "hybrid")
    assert [row.name for row in rows[:5]] == [number.name for number in narula2020.NUMBERS]
    assert len(rows) == 5 + 2 * 4
    assert of(rows, "face", "fc3").accuracy == pytest.approx(0.9)
    assert of(rows, "emotion", "knn").remark == "is missing: out of memory"
    assert of(rows, "hybrid", "fc3").remark == "is missing: not run"
    text = narula2020.to_markdown(rows, "jaffe")
    assert "| Face | 99.26 | 87.96 | 90.00 [" in text
    assert "| Hybrid2Face | 25.79 | 1.00 | missing |  |" in text
    assert "**emotion under knn is missing: out of memory**" in text


def test_controls_are_no_numbers_of_the_table():
    measured = cell("emotion", "fc3", 0.8)
    planted = cell("emotion", "fc3", 1.0, control="planted-means")
    alone = narula2020.rows(table(measured), "hybrid")
    beside = narula2020.rows(table(measured, planted), "hybrid")
    assert beside == alone


def test_a_number_below_chance_and_one_of_a_weak_attack_are_remarked_on():
    rows = narula2020.rows(table(cell("emotion", "fc3", 0.02, n_test_sources=100)), "hybrid")
    assert "significantly below chance" in of(rows, "emotion", "fc3").remark
    weak = cell("emotion", "fc3", 0.3, status="weak", reason="the loss stood still")
    rows = narula2020.rows(table(weak), "hybrid")
    assert of(rows, "emotion", "fc3").remark == (
        "is from an attack that did not get going (the loss stood still)"
    )


def test_full_floats_survive_csv():
    rows = narula2020.rows(table(cell("face", "fc3", 1 / 3)), "hybrid")
    lines = list(csv.DictReader(io.StringIO(narula2020.to_csv(rows))))
    assert float(lines[0]["accuracy"]) == rows[0].accuracy
    assert lines[0]["jaffe"] == "99.26"
    assert lines[-1]["accuracy"] == ""
