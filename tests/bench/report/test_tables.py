"""Tables of rows: what stands in them, and that published ones are still what the code says."""

import csv
import dataclasses
import io
from pathlib import Path

import pytest
from factories import record, release, table
from privbench.bench.analysis import leaderboard, summary
from privbench.bench.records import RecordTable
from privbench.bench.report import tables
from privbench.bench.runner import records_csv

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden"


def markdown(*records, notes=()):
    return tables.to_markdown(summary.rows(table(*records)), notes)


def every_row(path):
    """The rows of a records.csv, those of ignorant attackers last."""
    records = RecordTable.of(records_csv.read(path))
    return summary.rows(records) + summary.rows(records.ignorant)


def test_golden_records_give_the_golden_table():
    """tests/golden/records.csv -> table.md and leaderboard.csv, to the letter.

    The records are those of `privbench run -d broken -d raw -a knn -a lda -a cnn -a fc2:lr=1e-8
    --plugin tests/golden/broken.py --folds 4 --dataset gaussian:people=5,rows=20 --precision fp32
    --out DIR`. After an intended change write what this test computes: `privbench leaderboard
    tests/golden --out tests/golden/leaderboard.csv`, and `privbench table tests/golden` without
    its last, empty line.
    """
    rows = every_row(GOLDEN)
    assert tables.to_markdown(rows) == (GOLDEN / "table.md").read_text(encoding="utf-8")
    board = leaderboard.to_csv(leaderboard.leaderboard(rows))
    assert board == (GOLDEN / "leaderboard.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / "results").glob("*/records.csv")), ids=str)
def test_published_records_give_the_published_table(path):
    """Results age: columns, rules and texts change, and what is published must be what we say."""
    rows = every_row(path)
    published = (path.parent / "table.md").read_text(encoding="utf-8").splitlines()
    lines = tables.to_markdown(rows).splitlines()
    assert [line for line in lines if line not in published] == []
    board = leaderboard.to_csv(leaderboard.leaderboard(rows))
    assert board == (path.parent / "leaderboard.csv").read_text(encoding="utf-8")


def test_a_release_without_all_numbers_says_so():
    good = release("good", 0.8, 0.7)
    bad = [
        dataclasses.replace(r, defense="bad", value=None, status="failed", reason="boom")
        if r.attacker == "strong"
        else dataclasses.replace(r, defense="bad")
        for r in good
    ]
    text = markdown(good, bad)
    assert "| bad / codes (incomplete) |" in text
    assert "| no number |" in text
    assert "- Failed: 10 attacks: boom." in text


def test_marks_of_numbers_that_prove_little():
    inverted = [record(value=0.2 + 0.001 * f, fold=f, chance=0.5) for f in range(5)]
    weak = [record(attacker="b", value=0.5, fold=f, status="weak", chance=0.5) for f in range(5)]
    served = [record(role="utility", value=0.9, fold=f) for f in range(5)]
    row = next(line for line in markdown(inverted, weak, served).splitlines() if "codes" in line)
    assert "20.2↓" in row
    assert "50.0~" in row


def test_plans_have_tables_of_their_own():
    other = [dataclasses.replace(r, plan="other", precision="bf16") for r in release("e", 0.2, 0.9)]
    text = markdown(release("d", 0.8, 0.7), other)
    assert text.count("## toy, closed-set (plan") == 2
    assert "bf16" in text


def test_reasons_are_counted_and_the_first_four_are_told():
    records = release("d", 0.8, 0.7)
    odd = [
        dataclasses.replace(r, reason_code="note", reason=f"odd {i}") for i, r in enumerate(records)
    ]
    assert (
        "- Said of themselves: 20 attacks: odd 0; odd 1; odd 10; odd 11; and 16 more."
        in markdown(odd)
    )


def test_a_colon_or_bracket_in_a_reason_is_text():
    """Notes are data: what an attack says of itself is never parsed."""
    why = "failed: [3x]: note: x"
    records = [
        dataclasses.replace(r, reason_code="note", reason=why) for r in release("d", 0.8, 0.7)
    ]
    text = markdown(records)
    assert f"- Said of themselves: 20 attacks: {why}." in text
    assert "Failed" not in text


def test_a_bar_in_a_name_does_not_end_its_cell():
    assert "| a\\|b / codes |" in markdown(release("a|b", 0.8, 0.7))


def test_notes_stand_below_every_table():
    assert markdown(release("d", 0.8, 0.7), notes=["Toy data."]).count("- Toy data.\n") == 1


def test_ignorant_attackers_have_rows_of_their_own():
    own = release("d", 0.8, 0.7)
    records = table(own, [dataclasses.replace(r, threat="ignorant") for r in own])
    rows = summary.rows(records) + summary.rows(records.ignorant)
    text = tables.to_markdown(rows)
    assert "| d / codes (ignorant) | I, ignorant |" in text
    assert "threat" not in tables.to_markdown(rows[:1])


def test_csv_has_full_floats_and_a_line_for_each_role_and_attacker():
    rows = summary.rows(table(release("d", 0.8, 0.7)))
    lines = list(csv.DictReader(io.StringIO(tables.to_csv(rows))))
    about = [(line["role"], line["attacker"]) for line in lines]
    assert about == [(role, a) for role in ("utility", "privacy") for a in ("strong", "weak")]
    assert float(lines[2]["mean"]) == rows[0].leakage.mean
    assert tuple(lines[0]) == tables.COLUMNS


def test_latex_is_escaped():
    text = tables.to_latex(summary.rows(table(release("d_e", 0.8, 0.7))))
    assert r"d\_e" in text
    assert r"[\%]" in text


def test_nothing_is_said_to_be_nothing():
    assert "nothing has been measured" in tables.to_markdown([])
    assert tables.to_latex([]) == "% No records.\n"
