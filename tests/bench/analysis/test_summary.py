"""Rows of releases: the worst case, its certainty, and what is missing."""

import dataclasses

import pytest
from factories import record, release, table
from privbench.bench.analysis import leaderboard, summary
from privbench.bench.metrics.regression import MEASURES


def rows_of(*records):
    return summary.rows(table(*records))


def changed(records, attacker, **changes):
    """The records, those of one attacker with these changes."""
    return [dataclasses.replace(r, **changes) if r.attacker == attacker else r for r in records]


def renamed(records, defense):
    return [dataclasses.replace(r, defense=defense) for r in records]


def test_leakage_is_that_of_the_strongest_attacker_and_its_interval_pays_for_the_choice():
    (row,) = rows_of(release("d", 0.8, 0.7))
    assert row.leakage.attacker == "strong"
    assert row.utility.attacker == "weak"
    alone = row.privacy_by_attacker["strong"]
    assert row.leakage.mean == alone.mean
    assert row.leakage.high - row.leakage.low > alone.high - alone.low
    assert summary.attackers([row]) == ["strong", "weak"]


def test_a_failed_attacker_is_not_privacy():
    good = release("good", 0.8, 0.7)
    failed = {"value": None, "status": "failed", "reason": "boom"}
    bad = renamed(changed(good, "strong", **failed), "bad")
    rows = {row.defense: row for row in rows_of(good, bad)}
    assert rows["good"].complete
    assert rows["bad"].missing == ("strong",)
    assert rows["bad"].label == "bad / codes (incomplete)"


def test_a_missing_fold_is_not_privacy_but_a_skip_is_fair():
    good = release("good", 0.8, 0.7)
    less = [r for r in good if not (r.fold == 2 and r.attacker == "strong")]
    skip = changed(good, "weak", value=None, status="skipped", reason="shape")
    rows = {row.defense: row for row in rows_of(good, renamed(less, "less"), renamed(skip, "skip"))}
    assert not rows["less"].complete
    assert rows["skip"].complete


def test_a_defense_that_failed_everywhere_stays_as_a_row_without_numbers():
    good = release("d", 0.8, 0.7)
    nothing = {"release": "", "value": None, "chance": None, "status": "failed", "reason": "x"}
    gone = [dataclasses.replace(r, defense="gone", **nothing) for r in good]
    row = next(row for row in rows_of(good, gone) if row.defense == "gone")
    assert (row.name, row.leakage, row.utility, row.complete) == ("gone", None, None, False)
    line = next(v for v in leaderboard.leaderboard([row]))
    assert (line["rank"], line["leakage"], line["utility"]) == (None, None, None)


def test_a_weak_fold_is_not_enough_but_its_number_counts():
    records = [
        dataclasses.replace(r, status="weak") if r.attacker == "strong" and r.fold == 1 else r
        for r in release("d", 0.8, 0.7)
    ]
    (row,) = rows_of(records)
    assert row.leakage.attacker == "strong"
    assert row.attacked  # by the other attacker, in every fold
    (alone,) = rows_of([r for r in records if r.attacker == "strong"])
    assert not alone.attacked


def test_plans_are_never_mixed():
    own = release("d", 0.8, 0.7)
    other = [dataclasses.replace(r, plan="other", precision="bf16") for r in release("e", 0.2, 0.9)]
    sections = summary.sections(rows_of(own, other))
    assert [len(rows) for _, rows in sections] == [1, 1]
    titles = [section.title for section, _ in sections]
    assert titles[0] == "toy, closed-set (plan , 5 folds, fp32, version )"
    assert "bf16" in titles[1]


def test_controls_and_ignorant_attackers_have_no_part_in_a_row():
    own = release("d", 0.5, 0.7)
    control = [dataclasses.replace(r, value=1.0, control="planted-means") for r in own]
    ignorant = [dataclasses.replace(r, value=1.0, threat="ignorant") for r in own]
    everything = table(own, control, ignorant)
    assert summary.rows(everything) == rows_of(own)
    (row,) = summary.rows(everything.ignorant)
    assert row.name == "d / codes (ignorant)"
    assert row.leakage.mean == 1.0
    assert summary.ranked([row, *rows_of(own)]) == rows_of(own)


def test_a_continuous_label_has_every_measure_of_the_attacker_that_serves_best():
    about = {"role": "utility", "target": "valence", "chance": 0.0}
    records = [record(fold=k) for k in range(3)]
    for attacker, value in (("a", 0.4), ("b", 0.6)):
        for k in range(3):
            for place, metric in enumerate(MEASURES):
                number = value + place + 0.01 * k
                one = {"attacker": attacker, "metric": metric, "value": number, "fold": k}
                records.append(record(**about | one))
    (row,) = rows_of(records)
    assert row.utility.attacker == "b"
    assert list(row.fits) == list(MEASURES)
    assert [e.mean for e in row.fits.values()] == pytest.approx([0.61, 1.61, 2.61, 3.61])
