"""Tables, leaderboard and pictures of records: the worst case, its certainty, and what is missing."""

import csv
import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
from privbench.bench.analysis import leaderboard, summary
from privbench.bench.checks import InputError
from privbench.bench.report import plots, publish, tables
from privbench.bench.runner.records_csv import read as read_csv
from privbench.bench.records import Record

GOLDEN = Path(__file__).parents[2] / "golden"


def record(defense="d", attacker="a", role="privacy", value=0.5, fold=0, **more):
    base = {
        "dataset": "toy",
        "protocol": "closed-set",
        "defense": defense,
        "settings": "",
        "release": "codes",
        "attacker": attacker,
        "attacker_settings": "",
        "role": role,
        "target": "identity" if role == "privacy" else "expression",
        "metric": "accuracy",
        "value": value,
        "chance": 0.1,
        "fold": fold,
        "seed": 0,
        "n_train": 90,
        "n_test": 10,
        "n_train_sources": 90,
        "n_test_sources": 10,
        "code_dim": 2,
        "seconds": 0.0,
    }
    return Record(**base | more)


def several(defense, leak, use, attackers=("weak", "strong"), folds=5):
    rng = np.random.default_rng(0)
    weak, strong = attackers
    means = {
        (weak, "privacy"): 0.1,
        (strong, "privacy"): leak,
        (weak, "utility"): use,
        (strong, "utility"): use - 0.1,
    }
    return [
        record(defense, attacker, role, float(np.clip(mean + 0.02 * rng.normal(), 0, 1)), fold)
        for fold in range(folds)
        for (attacker, role), mean in means.items()
    ]


def test_leakage_is_that_of_the_best_adversary_and_its_interval_pays_for_the_choice():
    row = summary.rows(several("d", 0.8, 0.7))[0]
    assert row.leakage.attacker == "strong"
    assert row.utility.attacker == "weak"
    alone = row.privacy_by_attacker["strong"]
    assert row.leakage.mean == alone.mean
    assert row.leakage.high - row.leakage.low > alone.high - alone.low


def test_a_failed_attacker_is_not_privacy():
    good = several("good", 0.8, 0.7)
    bad = [
        dataclasses.replace(r, defense="bad", value=None, status="failed", reason="boom")
        if r.attacker == "strong"
        else dataclasses.replace(r, defense="bad")
        for r in good
    ]
    rows = {r.defense: r for r in summary.rows(good + bad)}
    assert rows["good"].complete
    assert rows["bad"].missing == ("strong",)
    lines = {line["defense"]: line for line in leaderboard.leaderboard(good + bad)}
    assert lines["good"]["rank"] == 1
    assert lines["bad"]["rank"] is None
    assert "incomplete" in tables.to_markdown(list(rows.values()))


def test_a_missing_fold_is_not_privacy_but_a_skip_is_fair():
    good = several("good", 0.8, 0.7)
    less = [
        dataclasses.replace(r, defense="less")
        for r in good
        if not (r.fold == 2 and r.attacker == "strong")
    ]
    skip = [
        dataclasses.replace(r, defense="skip", value=None, status="skipped", reason="shape")
        if r.attacker == "weak"
        else dataclasses.replace(r, defense="skip")
        for r in good
    ]
    rows = {r.defense: r for r in summary.rows(good + less + skip)}
    assert not rows["less"].complete
    assert rows["skip"].complete


def test_a_defense_that_failed_everywhere_stays_in_the_leaderboard_without_numbers():
    gone = [
        dataclasses.replace(
            r, defense="gone", release="", value=None, chance=None, status="failed", reason="x"
        )
        for r in several("d", 0.8, 0.7)
    ]
    line = next(
        v for v in leaderboard.leaderboard(several("d", 0.8, 0.7) + gone) if v["defense"] == "gone"
    )
    assert (line["rank"], line["leakage"], line["utility"]) == (None, None, None)


def test_below_chance_is_flagged_and_costs_what_it_tells():
    inverted = [
        record("inverted", "a", "privacy", 0.2 + 0.001 * f, f, chance=0.5) for f in range(5)
    ]
    inverted += [record("inverted", "a", "utility", 0.9, f) for f in range(5)]
    row = summary.rows(inverted)[0]
    assert row.leakage.below
    assert leaderboard.cost(row)[0] == pytest.approx(0.798)
    assert "↓" in tables.to_markdown([row])


def test_an_inverted_attacker_beats_the_one_that_has_not_looked():
    """Accuracy 2% where chance is 50% tells as much as 98%, whatever the majority scores."""
    records = [
        record("d", attacker, role, value + 0.001 * f, f, chance=0.5)
        for f in range(5)
        for attacker, role, value in (
            ("a", "privacy", 0.02),
            ("majority", "privacy", 0.495),
            ("a", "utility", 0.9),
        )
    ]
    row = summary.rows(records)[0]
    assert row.leakage.attacker == "a"
    assert leaderboard.cost(row)[0] == pytest.approx(0.978)


def test_a_release_that_no_attack_got_going_on_has_no_rank():
    good = several("good", 0.8, 0.7)
    for status in ("weak", "skipped"):
        lost = [
            dataclasses.replace(
                r, defense="lost", status=status, value=r.value if status == "weak" else None
            )
            for r in good
        ]
        lost += [
            record("lost", "majority", role, 0.1, f, status="weak")
            for f in range(5)
            for role in ("privacy", "utility")
        ]
        both = (
            good
            + lost
            + [dataclasses.replace(r, defense="good") for r in lost if r.attacker == "majority"]
        )
        rank = {line["defense"]: line["rank"] for line in leaderboard.leaderboard(both)}
        assert rank == {"good": 1, "lost": None}
        assert "lost / codes (not attacked)" in tables.to_markdown(summary.rows(both))


def test_a_weak_fold_is_not_enough_but_its_number_counts():
    records = [
        dataclasses.replace(r, status="weak") if r.attacker == "strong" and r.fold == 1 else r
        for r in several("d", 0.8, 0.7)
    ]
    row = summary.rows(records)[0]
    assert row.leakage.attacker == "strong"
    assert row.attacked  # by the other attacker, in every fold
    alone = [r for r in records if r.attacker == "strong"]
    assert not summary.rows(alone)[0].attacked


def test_the_interval_is_that_of_the_largest_leakage():
    """An unsteady attacker that is a little lower may still be the stronger: its upper limit is the release's."""
    steady = [record("d", "steady", "privacy", 0.50 + 0.001 * (f % 2), f) for f in range(5)]
    shaky = [record("d", "shaky", "privacy", 0.48 + 0.2 * (f % 2) - 0.1, f) for f in range(5)]
    row = summary.rows(steady + shaky)[0]
    assert row.leakage.attacker == "steady"
    assert (
        row.leakage.high
        == row.privacy_by_attacker["shaky"].high
        > row.privacy_by_attacker["steady"].high
    )


def test_several_seeds_do_not_count_as_independent_data():
    one = several("d", 0.8, 0.7)
    many = [dataclasses.replace(r, seed=s) for s in range(20) for r in one]
    a, b = (summary.rows(records)[0].privacy_by_attacker["strong"] for records in (one, many))
    assert (b.high - b.low) > 0.4 * (a.high - a.low)  # sqrt(20) times narrower would be .22


def test_plans_are_never_mixed():
    other = [dataclasses.replace(r, plan="other", precision="bf16") for r in several("e", 0.2, 0.9)]
    rows = summary.rows(several("d", 0.8, 0.7) + other)
    assert len(summary.sections(rows)) == 2
    assert {line["rank"] for line in leaderboard.leaderboard(several("d", 0.8, 0.7) + other)} == {1}
    assert "bf16" in tables.to_markdown(rows)


def test_a_cell_in_two_directories_counts_once_and_two_versions_are_refused():
    mine = [dataclasses.replace(r, cell=f"{r.attacker}{r.fold}") for r in several("d", 0.8, 0.7)]
    assert summary.merged(mine + mine) == mine
    with pytest.raises(InputError, match="two different 'd'"):
        summary.merged([*mine, dataclasses.replace(mine[0], cell="new", fold=9, defense_code="y")])
    with pytest.raises(InputError, match="two different 'weak'"):
        summary.merged([*mine, dataclasses.replace(mine[0], cell="new", attacker_code="y")])


@pytest.mark.parametrize(
    "path", sorted((GOLDEN.parent.parent / "results").glob("*/records.csv")), ids=str
)
def test_published_records_give_the_published_table(path):
    """Results age: columns, rules and texts change, and what is published must still be what the code says."""
    records = read_csv(path)
    published = (path.parent / "table.md").read_text(encoding="utf-8")
    rows = summary.rows(records) + summary.rows(records, ignorant=True)
    lines = tables.to_markdown(rows).splitlines()
    assert [line for line in lines if line not in published.splitlines()] == []
    board = leaderboard.to_csv(leaderboard.leaderboard(records))
    assert board == (path.parent / "leaderboard.csv").read_text(encoding="utf-8")


def test_a_record_that_is_no_number_is_named(tmp_path):
    text = (GOLDEN / "records.csv").read_text(encoding="utf-8").replace(",0,0,", ",zero,0,", 1)
    (tmp_path / "records.csv").write_text(text)
    with pytest.raises(InputError, match="line 2: fold"):
        read_csv(tmp_path)


def test_ranks_are_pareto_layers():
    records = several("both", 0.3, 0.9) + several("worse", 0.6, 0.7) + several("hides", 0.2, 0.5)
    rank = {line["defense"]: line["rank"] for line in leaderboard.leaderboard(records)}
    assert rank == {"both": 1, "hides": 1, "worse": 2}


def test_ten_folds_of_everything_are_no_certainty():
    row = summary.rows([record(value=1.0, fold=f) for f in range(10)])[0]
    assert row.leakage.low < 1


def test_leaderboard_has_the_columns_people_script_against():
    line = next(
        csv.DictReader(
            io.StringIO(leaderboard.to_csv(leaderboard.leaderboard(several("d", 0.8, 0.7))))
        )
    )
    assert list(line)[:8] == [
        "rank",
        "dataset",
        "protocol",
        "defense",
        "settings",
        "release",
        "utility_metric",
        "utility",
    ]
    assert (
        float(line["leakage"]) == summary.rows(several("d", 0.8, 0.7))[0].leakage.mean
    )  # full floats


def test_latex_is_escaped():
    rows = summary.rows(several("d_e", 0.8, 0.7))
    assert r"d\_e" in tables.to_latex(rows)
    assert r"[\%]" in tables.to_latex(rows)


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_pictures_are_the_same_each_time(tmp_path, suffix):
    records = several("both", 0.3, 0.9) + several("worse", 0.6, 0.7)
    for name in ("a", "b"):
        plots.pareto(records, tmp_path / f"{name}.{suffix}")
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_labels_of_many_releases_do_not_overlap():
    """Twenty-five releases on one spot: the names still stand apart."""
    from matplotlib.text import Text

    rows = summary.rows([r for i in range(25) for r in several(f"defense{i:02d}", 0.5, 0.7)])
    figure = plots._figure(10.5, 0.32 * 25 + 1.2)
    axis = figure.subplots()
    plots._pareto_panel(axis, summary.sections(rows)[0][0], rows)
    figure.canvas.draw()
    boxes = [Text.get_window_extent(t) for t in axis.texts if "defense" in t.get_text()]
    assert len(boxes) == 25
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


@pytest.mark.parametrize(
    "records", [[], several("d", 0.8, 0.7)[:1], several("d", 0.8, 0.7, folds=1)]
)
def test_report_copes_with_little(tmp_path, records):
    for path in publish.write(records, tmp_path, runs={}):
        assert path.stat().st_size > 0


def test_alternation_curve_is_drawn(tmp_path):
    point = {
        "utility_loss": 1.0,
        "private_loss": 2.0,
        "utility_accuracy": 0.5,
        "private_accuracy": 0.2,
    }
    plots.alternation([{"round": i, **point} for i in range(3)], tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 1000


def test_golden_records_give_the_golden_table():
    """tests/golden/records.csv -> table.md and leaderboard.csv, to the letter.

    Made by `privbench run -d broken -d raw -a knn -a lda -a cnn -a fc2:lr=1e-8 --plugin
    tests/golden/broken.py
    --folds 4 --dataset gaussian:people=5,rows=20 --precision fp32 --out DIR`; after an intended
    change copy table.md and leaderboard.csv from the run.
    """
    records = read_csv(GOLDEN / "records.csv")
    assert tables.to_markdown(summary.rows(records)) == (GOLDEN / "table.md").read_text(
        encoding="utf-8"
    )
    text = leaderboard.to_csv(leaderboard.leaderboard(records))
    assert text == (GOLDEN / "leaderboard.csv").read_text(encoding="utf-8")
