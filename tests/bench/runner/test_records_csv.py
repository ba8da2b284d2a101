"""records.csv, written by us and read from anybody."""

import pytest
from factories import record
from privbench.bench.checks import InputError
from privbench.bench.reasons import FLAGS, Reason
from privbench.bench.runner import records_csv


def test_records_come_back_with_the_catalogued_words_of_their_flags(tmp_path):
    one = record(flags=(Reason("constant", "all 3 rows"),), reason_code="note", reason="a, b")
    (tmp_path / "records.csv").write_text(records_csv.to_csv([one]))
    (back,) = records_csv.read(tmp_path)
    assert back.flags == (Reason("constant", FLAGS["constant"]),)
    assert (back.value, back.reason_code, back.reason) == (one.value, "note", "a, b")


def test_older_files_lack_the_code_of_a_reason(tmp_path):
    lines = records_csv.to_csv([record(reason="slow")]).splitlines()
    place = lines[0].split(",").index("reason_code")
    older = [
        ",".join(cell for i, cell in enumerate(line.split(",")) if i != place) for line in lines
    ]
    (tmp_path / "records.csv").write_text("\n".join(older) + "\n")
    (back,) = records_csv.read(tmp_path)
    assert (back.reason_code, back.reason) == ("", "slow")


def test_a_field_that_is_no_number_is_named(tmp_path):
    text = records_csv.to_csv([record()]).replace(",0,0,", ",zero,0,", 1)
    (tmp_path / "records.csv").write_text(text)
    with pytest.raises(InputError, match="line 2: fold"):
        records_csv.read(tmp_path)
