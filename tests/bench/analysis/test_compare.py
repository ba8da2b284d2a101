"""Paired comparisons: what differs is told apart, what is alike is not."""

import csv
import dataclasses
import io

import numpy as np
import pytest
from click.testing import CliRunner
from factories import picture, section, table
from privbench.bench.analysis import compare, hypervolume, summary
from privbench.bench.cli.main import main
from privbench.bench.records import RecordTable
from privbench.bench.runner import records_csv


def compared(*records):
    """The comparison of the first section."""
    return compare.compare(table(*records))[0]


def ranks(comparison, role="privacy"):
    return {s.name.removesuffix(" / codes"): s.rank for s in comparison.standings if s.role == role}


def test_releases_that_differ_are_told_apart_and_those_alike_share_a_rank():
    found = compared(section({"leaky": (0.7, 0.8), "tight": (0.4, 0.8)}))
    assert ranks(found) == {"tight": 1, "leaky": 2}
    assert ranks(found, "utility") == {"tight": 1, "leaky": 1}
    leak = next(d for d in found.differences if d.role == "privacy")
    assert leak.ci_low < 0.3 < leak.ci_high
    assert leak.worse == "leaky / codes"
    assert (found.folds, found.seeds, found.left_out) == (10, 1, ())
    alike = compared(section({"leaky": (0.5, 0.8), "tight": (0.5, 0.8)}))
    assert set(ranks(alike).values()) == {1}


def test_pairing_sees_what_the_intervals_of_the_table_cannot():
    """The folds differ by far more than the releases, and both releases by the same."""
    hard, luck = np.linspace(-0.3, 0.3, 10), np.random.default_rng(0).normal(scale=0.005, size=10)
    records = [
        picture(
            defense=defense, role=role, value=0.5 + step + hard[f] + (step > 0) * luck[f], fold=f
        )
        for f in range(10)
        for role in compare.ROLES
        for defense, step in (("less", 0.0), ("more", 0.05))
    ]
    assert ranks(compared(records)) == {"less": 1, "more": 2}
    less, more = summary.rows(table(records))
    assert less.leakage.high > more.leakage.low


@pytest.mark.parametrize(("folds", "attackers"), [(2, 2), (3, 2), (5, 4), (10, 4)])
def test_alike_releases_are_rarely_told_apart(folds, attackers, monkeypatch):
    """Of 200 sections of four alike releases, at most 5% have any pair told apart.

    A real difference is still seen.
    """
    monkeypatch.setattr(hypervolume, "DRAWS", 1)  # which is not looked at
    alarms, alike = dict.fromkeys(compare.ROLES, 0), dict.fromkeys("abcd", (0.5, 0.8))
    for seed in range(200):
        found = compared(section(alike, seed=seed, folds=folds, attackers=attackers))
        for role in compare.ROLES:
            alarms[role] += any(d.told_apart for d in found.differences if d.role == role)
    assert max(alarms.values()) <= 10
    if folds == 10:
        other = alike | {"d": (0.9, 0.8)}
        seen = [ranks(compared(section(other, seed=seed)))["d"] == 4 for seed in range(20)]
        assert np.mean(seen) > 0.9


def test_utility_ranks_the_other_way_round():
    found = compared(section({"useful": (0.5, 0.9), "useless": (0.5, 0.3)}))
    assert ranks(found, "utility") == {"useful": 1, "useless": 2}
    assert ranks(found, "privacy") == {"useful": 1, "useless": 1}


def test_below_chance_counts_as_much_as_above_as_in_the_summary():
    records = [
        picture(attacker=attacker, role=role, value=value + 0.001 * f, fold=f, chance=0.5)
        for f in range(5)
        for attacker, leak, use in (("a", 0.02, 0.9), ("majority", 0.5, 0.5))
        for role, value in (("privacy", leak), ("utility", use))
    ]
    (row,) = summary.rows(table(records))
    assert row.leakage.strength == pytest.approx(0.978)
    assert [s.value for s in compared(records).standings] == pytest.approx([0.978, 0.902])


def test_controls_ignorant_attackers_and_other_metrics_do_not_count():
    records = section({"a": (0.5, 0.8), "b": (0.5, 0.8)})
    more = [dataclasses.replace(r, value=1.0, control="planted-means") for r in records]
    more += [dataclasses.replace(r, value=1.0, threat="ignorant") for r in records]
    more += [dataclasses.replace(r, value=1.0, metric="macro_f1") for r in records]
    assert compared(records, more) == compared(records)


def test_incomplete_releases_are_named_and_have_no_rank():
    records = section({"a": (0.5, 0.8), "b": (0.5, 0.8)})
    broken = [
        dataclasses.replace(r, value=None, status="failed")
        if (r.defense, r.fold, r.attacker) == ("b", 3, "a1")
        else r
        for r in records
    ]
    found = compared(broken)
    assert ranks(found) == {"a": 1}
    assert found.left_out == ("b / codes (incomplete)",)
    assert "b / codes (incomplete)" in compare.to_markdown([found])


@pytest.mark.parametrize("seeds", [(0,), (0, 1)])
def test_one_fold_is_no_comparison(seeds):
    means = {"a": (0.5, 0.8), "b": (0.9, 0.8)}
    once = [section(means, folds=1, seed=s) for s in seeds]
    records = [dataclasses.replace(r, seed=s) for s in seeds for r in once[s]]
    found = compared(records)
    assert (found.lines, found.folds) == ((), 0)
    assert "Nothing to compare" in compare.to_markdown([found])


def test_plans_are_never_compared():
    records = section({"a": (0.9, 0.8)}) + section({"b": (0.3, 0.8)}, plan="other")
    assert [ranks(c) for c in compare.compare(table(records))] == [{"a": 1}, {"b": 1}]


def test_seeds_are_further_values():
    means = {"a": (0.5, 0.8), "b": (0.6, 0.8)}
    again = [dataclasses.replace(r, seed=1) for r in section(means, seed=1)]
    found = compared(section(means), again)
    assert (found.folds, found.seeds) == (10, 2)


def test_the_order_of_the_records_does_not_matter():
    records = section({"a": (0.5, 0.8), "b": (0.3, 0.5), "c": (0.6, 0.7)})
    shuffled = [records[i] for i in np.random.default_rng(0).permutation(len(records))]
    assert compared(shuffled) == compared(records)


def test_nothing_is_not_compared():
    assert compare.compare(RecordTable()) == []
    assert "nothing has been measured" in compare.to_markdown([])
    assert compare.to_csv([]) == ",".join(compare.COLUMNS) + "\n"


def test_a_bar_in_a_name_does_not_end_its_cell():
    found = compared(section({"a|b": (0.5, 0.8)}))
    assert "| 1 | a\\|b / codes |" in compare.to_markdown([found])


def call(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def finished(tmp_path):
    records = section({"a": (0.9, 0.8), "b": (0.4, 0.8)})
    records += [
        dataclasses.replace(r, defense="c", cell=f"c {r.cell}") for r in records if r.defense == "b"
    ]
    (tmp_path / "records.csv").write_text(records_csv.to_csv(records))
    return tmp_path


def test_the_command_prints_every_line(finished):
    done = call("compare", finished, "--format", "csv")
    assert done.exit_code == 0, done.output
    lines = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [line["kind"] for line in lines] == ["rank"] * 6 + ["difference"] * 6 + ["hypervolume"]
    own = [line for line in lines if line["kind"] == "rank" and line["role"] == "privacy"]
    assert {line["name"]: line["rank"] for line in own} == {
        "a / codes": "3",
        "b / codes": "1",
        "c / codes": "1",
    }
    mine = compared(records_csv.read(finished))
    assert float(lines[-1]["value"]) == mine.volume.value  # full floats
    adjusted = [float(line["p_holm"]) for line in lines if line["p_holm"]]
    assert adjusted == [d.p_holm for d in mine.differences]


def test_the_command_prints_one_role(finished):
    text = call("compare", finished, finished, "--role", "utility").stdout
    assert "utility (expression)" in text
    assert "leakage (identity)" not in text
    assert "| 1 | a / codes |" in text
    assert "Hypervolume" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--role", "private"], "did you mean 'privacy'"), (["--format", "latex"], "md, csv")],
)
def test_mistakes_get_one_line(finished, options, message):
    done = call("compare", finished, *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_concordance_is_no_share_of_rows():
    """Its differences vary as the folds say, not as hits of so many rows would."""
    records = section({"a": (0.5, 0.5), "b": (0.5, 0.5)}, attackers=1)
    hard = np.random.default_rng(0).normal(scale=0.02, size=10)
    means = {"a": 0.88, "b": 0.80}
    made = [
        dataclasses.replace(r, metric="ccc", value=means[r.defense] + hard[r.fold], chance=0.0)
        if r.role == "utility"
        else r
        for r in records
    ]
    apart = next(d for d in compared(made).differences if d.role == "utility")
    assert apart.value == pytest.approx(0.08)
    assert apart.ci_high - apart.ci_low < 1e-6
    shares = [dataclasses.replace(r, metric="accuracy") for r in made]
    wide = next(d for d in compared(shares).differences if d.role == "utility")
    assert wide.ci_high - wide.ci_low > 0.05
