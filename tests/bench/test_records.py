"""One table of records, whose controls and ignorant attackers are seen only by those who ask."""

import dataclasses
import json

import pytest
from factories import record
from privbench.bench import records as module
from privbench.bench.checks import InputError
from privbench.bench.reasons import Reason
from privbench.bench.records import Record, RecordTable

PLAIN = record(attacker="lda")
CONTROL = record(attacker="lda", control="permuted", value=1.0)
IGNORANT = record(attacker="lda", threat="ignorant", value=0.0)
TABLE = RecordTable.of([CONTROL, PLAIN, IGNORANT])


def test_iteration_and_every_view_are_of_measurements_alone():
    assert list(TABLE) == [PLAIN]
    assert len(TABLE) == 1
    views = [
        TABLE.privacy,
        TABLE.real_attackers,
        TABLE.of_metric("accuracy"),
        TABLE.of_attacker("lda"),
        TABLE.of_release(PLAIN.release),
        TABLE.of_defense(PLAIN.defense, PLAIN.settings),
        TABLE.of_runs([(0, 0)]),
    ]
    for view in views:
        assert list(view) == [PLAIN]
        assert view.control_records == (CONTROL,)  # still there for who asks
        assert view.ignorant_records == (IGNORANT,)


def test_controls_and_ignorant_attackers_come_by_name():
    assert list(TABLE.controls) == list(TABLE.control("permuted")) == [CONTROL]
    assert list(TABLE.control("planted-means")) == []
    assert list(TABLE.ignorant) == [IGNORANT]
    assert list(TABLE.of_any_threat) == [PLAIN, IGNORANT]
    assert set(TABLE.everything) == {PLAIN, CONTROL, IGNORANT}


def test_every_property_of_the_table_hides_them_too():
    """A view that is added and shows a control fails here, without anybody naming it."""
    shown_by_name = {"controls", "ignorant", "of_any_threat"}
    for name, member in vars(RecordTable).items():
        if not isinstance(member, property) or name in shown_by_name | {"everything"}:
            continue
        view = getattr(TABLE, name)
        if isinstance(view, RecordTable):
            assert CONTROL not in list(view), name
            assert IGNORANT not in list(view), name


def test_attackers_that_are_in_every_run():
    rows = [record(attacker="lda", fold=0), record(attacker="lda", fold=1), record(attacker="knn")]
    table = RecordTable.of(rows)
    assert set(table.by_attacker()) == {"lda", "knn"}
    assert table.in_every([(0, 0), (0, 1)]) == {"lda": {(0, 0): rows[0], (0, 1): rows[1]}}
    assert table.runs == {(0, 0), (0, 1)}


def test_a_record_comes_back_from_its_flat_form():
    flags = (Reason("constant", "all rows are the same"), Reason("label-only", "a; b: c"))
    full = record(flags=flags, error=0.25, hits="011", value=None).because(Reason("note", "x|y"))
    assert Record.of_flat(json.loads(json.dumps(full.flat()))) == full
    assert (full.reason_code, full.reason) == ("note", "x|y")
    with pytest.raises(TypeError):
        Record.of_flat({"nothing": 1})


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({}, True),
        ({"status": "weak"}, True),
        ({"status": "failed"}, False),
        ({"status": "skipped", "value": None}, False),
        ({"value": None}, False),
        ({"value": float("nan")}, False),
    ],
)
def test_nan_is_no_number_whatever_the_status_says(changes, number):
    assert record(**changes).is_number is number


def test_the_majority_class_is_no_adversary():
    table = RecordTable.of([record(attacker="majority"), PLAIN])
    assert [r.attacker for r in table.real_attackers] == ["lda"]


def test_two_directories_count_a_cell_once_and_refuse_two_codes_of_one_name():
    again = dataclasses.replace(PLAIN, seconds=9.0)
    assert len(module.merged([PLAIN, again])) == 1
    other = dataclasses.replace(PLAIN, cell="other", attacker_code="other")
    with pytest.raises(InputError, match="two different 'lda'"):
        module.merged([PLAIN, other])
