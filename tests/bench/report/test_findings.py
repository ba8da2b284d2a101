"""What a run has come to, and several runs joined."""

import dataclasses

from factories import attack, failures, release, runs, sound_controls, table
from privbench.bench.analysis import leaderboard, summary
from privbench.bench.report import findings
from privbench.bench.verdicts import exposure, verdict

NOTE = "Synthetic data: no statement about people."


def measured(**changes):
    """Records of one release that leaks, with their controls, and by an ignorant attacker."""
    own = attack("mlp", 0.6) + sound_controls()
    ignorant = attack("lda", 0.3, threat="ignorant")
    return table([dataclasses.replace(r, **changes) for r in own + ignorant])


def test_findings_are_of_all_records_and_rows_of_ignorant_attackers_come_last():
    records = measured()
    found = findings.of(records, runs(), [NOTE])
    assert found.records == records
    assert list(found.verdicts) == verdict.verdicts(records, runs())
    assert list(found.exposure) == exposure.exposure(records, runs())
    assert [row.is_ignorant for row in found.rows] == [False, True]
    assert list(found.lines) == leaderboard.leaderboard(found.rows[:1])
    assert found.notes == (NOTE,)


def test_joined_findings_have_the_rows_of_all_and_each_note_once():
    one = findings.of(measured(), runs(), [NOTE, "a"])
    two = findings.of(measured(target="gender", plan="two"), runs(), [NOTE, "b"])
    both = findings.join([one, two])
    assert both.verdicts == one.verdicts + two.verdicts
    assert both.exposure == one.exposure + two.exposure
    assert both.notes == (NOTE, "a", "b")
    assert [row.section.targets[1] for row in both.rows] == ["gender", "identity"] * 2
    assert len(both.records.everything) == 2 * len(measured().everything)
    assert list(both.rows[:2]) == summary.rows(both.records)


def test_plans_that_look_alike_are_told_apart_in_joined_findings():
    one = findings.of(table(release("d", 0.5, 0.7)), {})
    again = table([dataclasses.replace(r, plan="again") for r in release("d", 0.5, 0.7)])
    both = findings.join([one, findings.of(again, {})])
    assert one.rows[0].section.about == ""
    assert all(row.section.about for row in both.rows)


def test_a_run_without_any_number_has_rows_and_no_rank():
    found = findings.of(table(failures("mlp")), runs())
    assert [row.complete for row in found.rows] == [False]
    assert [line["rank"] for line in found.lines] == [None]
