"""Tables as text: what is written is read again, whatever stands in a cell."""

import csv
import io
import re

from privbench.bench import text

COLUMNS = ("name", "value")


def read_row(line):
    """The cells of a row of a Markdown table, as a renderer divides them."""
    inside = line.removeprefix("| ").removesuffix(" |")
    return [cell.replace("\\|", "|") for cell in re.split(r" (?<!\\)\| ", inside)]


def test_full_floats_survive_csv_and_what_has_no_column_is_left_out():
    lines = [{"name": 'a,"b"\nc', "value": 1 / 3, "more": 1}, {"name": "none", "value": None}]
    written = text.to_csv(COLUMNS, lines)
    first, second = csv.DictReader(io.StringIO(written))
    assert first["name"] == 'a,"b"\nc'
    assert float(first["value"]) == 1 / 3
    assert second["value"] == ""
    assert written.startswith("name,value\n")
    assert "\r" not in written


def test_a_row_keeps_its_cells_whatever_stands_in_them():
    assert text.markdown_row(["a", 1, 2.5]) == "| a | 1 | 2.5 |"
    cells = ["p0|x", "a | b", "||", ""]
    assert read_row(text.markdown_row(cells)) == cells
    assert text.markdown_row(["p0|x"]) == "| p0\\|x |"


def test_a_row_is_one_line():
    for end in ("\n", "\r\n", "\r"):
        row = text.markdown_row([f"two{end}lines", "one"])
        assert row == "| two lines | one |"


def test_a_table_has_a_head_a_rule_and_a_line_for_each_row():
    table = text.markdown_table(["a|b", "c"], [[1, 2], ["x", "y"]])
    assert table == ["| a\\|b | c |", "| --- | --- |", "| 1 | 2 |", "| x | y |"]
    assert text.markdown_table(["a", "b"], []) == ["| a | b |", "| --- | --- |"]
    assert text.markdown_table(["a", "b"], [], rule="---")[1] == "|---|---|"
