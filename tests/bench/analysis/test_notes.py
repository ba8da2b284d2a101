"""What attacks report of themselves, counted."""

from factories import record
from privbench.bench.analysis.notes import Note, notes
from privbench.bench.reasons import Reason


def test_equal_reasons_are_counted_and_the_baseline_is_silent():
    weak = {"status": "weak", "reason_code": "not-converged", "reason": "stopped early"}
    records = [record(attacker="b", fold=k, **weak) for k in range(3)]
    records += [record(attacker="a", reason_code="note", reason="took half of the rows")]
    records += [record(attacker="majority", reason_code="does-not-look", reason="blind")]
    records += [record(attacker="c")]
    assert notes(records) == (
        Note("a", "privacy", "ok", Reason("note", "took half of the rows"), 1),
        Note("b", "privacy", "weak", Reason("not-converged", "stopped early"), 3),
    )
