"""Codes decide, texts are for people."""

from privbench.bench import reasons
from privbench.bench.reasons import Reason


def test_what_a_competitor_says_becomes_a_reason():
    kept = Reason("budget-short", "still improving")
    assert reasons.of(kept) is kept
    assert reasons.of("did something") == Reason("note", "did something")
    assert reasons.of("too few", "not-applicable") == Reason("not-applicable", "too few")
    assert reasons.of("") is reasons.of(None) is None


def test_codes_come_back_from_a_column_with_their_meaning():
    flags = (Reason("constant", "all rows"), Reason("label-only"))
    assert reasons.codes(flags) == "constant;label-only"
    assert reasons.read("constant;label-only") == (
        Reason("constant", reasons.FLAGS["constant"]),
        Reason("label-only", reasons.FLAGS["label-only"]),
    )
    assert reasons.read("") == ()


def test_older_columns_with_evidence_are_read():
    assert reasons.read("constant: all rows are the same") == (
        Reason("constant", "all rows are the same"),
    )


def test_codes_can_stand_in_a_column_and_every_one_has_a_meaning():
    for catalogue in (reasons.NOTES, reasons.FLAGS, reasons.OBJECTIONS):
        for code, meaning in catalogue.items():
            assert not set(code) & set(";:| \n"), code
            assert meaning
    assert set(reasons.OBJECTIONS) >= reasons.ALWAYS_FATAL
