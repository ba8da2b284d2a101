"""Findings on updates in a table: what a guarantee holds for is a code, and words for a reader."""

import csv
import io
from dataclasses import replace

import pytest
from privbench.bench.federation import tables
from privbench.bench.federation.examine import FoldFinding
from privbench.bench.federation.findings import ONE, Finding
from privbench.bench.toolkit.federated_log import UNITS

FOUND = Finding("sender", ONE, "lda", "accuracy", 0.5, 0.25, 0.75, 0.125)
PLAIN = FoldFinding("au-federated", 0.0, "", 0, 0, FOUND)


@pytest.mark.parametrize("unit", UNITS)
def test_the_code_is_in_the_file_and_the_words_in_the_table(unit):
    guarded = replace(PLAIN, epsilon=8.0, unit=unit)
    (row,) = csv.DictReader(io.StringIO(tables.to_csv([guarded])))
    assert row["unit"] == unit
    text = tables.to_markdown([guarded], [])
    assert f"| 8 a {UNITS[unit]} |" in text
    assert (tables.TRUSTED in text) == (unit == "model")


def test_without_a_guarantee_there_is_none():
    text = tables.to_markdown([PLAIN], ["a note"])
    assert "| none |" in text
    assert tables.TRUSTED not in text
    assert "- a note" in text


def test_the_strongest_attacker_stands_for_a_target():
    weaker = replace(PLAIN, finding=replace(FOUND, attacker="knn", value=0.4))
    text = tables.to_markdown([weaker, PLAIN], [])
    assert "| lda |" in text
    assert "| knn |" not in text
    assert "50.0 [25.0, 75.0]" in text
