"""Ranks are Pareto layers of complete releases."""

import csv
import dataclasses
import io

import pytest
from factories import record, release, table
from privbench.bench.analysis import leaderboard, summary


def ranks(*records):
    lines = leaderboard.leaderboard(summary.rows(table(*records)))
    return {line["defense"]: line["rank"] for line in lines}


def test_ranks_are_pareto_layers():
    good = release("both", 0.3, 0.9), release("worse", 0.6, 0.7), release("hides", 0.2, 0.5)
    assert ranks(*good) == {"both": 1, "hides": 1, "worse": 2}


def test_an_incomplete_release_has_no_rank():
    good = release("good", 0.8, 0.7)
    bad = [
        dataclasses.replace(r, defense="bad", **_failed(r.attacker == "strong"))
        for r in release("bad", 0.8, 0.7)
    ]
    assert ranks(good, bad) == {"good": 1, "bad": None}


def _failed(failed):
    return {"value": None, "status": "failed", "reason": "boom"} if failed else {}


@pytest.mark.parametrize("status", ["weak", "skipped"])
def test_a_release_that_no_attack_got_going_on_has_no_rank(status):
    good = release("good", 0.8, 0.7)
    gone = {"status": status} if status == "weak" else {"status": status, "value": None}
    lost = [dataclasses.replace(r, defense="lost", **gone) for r in good]
    blind = [
        record(defense=defense, attacker="majority", role=role, value=0.1, fold=f, status="weak")
        for defense in ("good", "lost")
        for role in ("privacy", "utility")
        for f in range(5)
    ]
    assert ranks(good, lost, blind) == {"good": 1, "lost": None}
    labels = {row.label for row in summary.rows(table(good, lost, blind))}
    assert "lost / codes (not attacked)" in labels


def test_plans_are_ranked_apart():
    other = [dataclasses.replace(r, plan="other") for r in release("e", 0.2, 0.9)]
    assert ranks(release("d", 0.8, 0.7), other) == {"d": 1, "e": 1}


def test_below_chance_costs_what_it_reveals():
    inverted = [record(value=0.2 + 0.001 * f, fold=f, chance=0.5) for f in range(5)]
    served = [record(role="utility", value=0.9, fold=f) for f in range(5)]
    (row,) = summary.rows(table(inverted, served))
    assert row.leakage.below
    assert leaderboard.cost(row) == pytest.approx((0.798, 0.1))


def test_rows_of_ignorant_attackers_have_no_line():
    own = release("d", 0.8, 0.7)
    ignorant = table([dataclasses.replace(r, value=1.0, threat="ignorant") for r in own]).ignorant
    rows = summary.rows(table(own)) + summary.rows(ignorant)
    assert leaderboard.leaderboard(rows) == leaderboard.leaderboard(rows[:1])


def test_the_columns_that_people_script_against():
    rows = summary.rows(table(release("d", 0.8, 0.7)))
    text = leaderboard.to_csv(leaderboard.leaderboard(rows))
    line = next(csv.DictReader(io.StringIO(text)))
    assert tuple(line) == leaderboard.COLUMNS
    assert line["strongest_attacker"] == "strong"
    assert float(line["leakage"]) == rows[0].leakage.mean  # full floats
