"""Paired comparisons: what differs is told apart, what is alike is not, and choosing an attacker flatters nobody."""

import csv
import dataclasses
import io

import moocore
import numpy as np
import pytest
from click.testing import CliRunner
from privbench.bench.analysis import compare, crossfit, leaderboard, summary
from privbench.bench.cli.main import main
from privbench.bench.runner import store
from privbench.bench.records import Record

TEST = 40  # independent test pictures of a fold


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
        "n_train": 9 * TEST,
        "n_test": TEST,
        "n_train_sources": 9 * TEST,
        "n_test_sources": TEST,
        "code_dim": 2,
        "seconds": 0.0,
        "cell": f"{defense} {attacker} {fold}",
    }
    return Record(**base | more)


def section(means, *, seed=0, folds=10, spread=0.1, attackers=2, **more):
    """Records of releases {name: (leakage, utility)}, which share how hard each fold is.

    Hits are binomial; on half of the pictures the attackers of one release go right and wrong
    together.
    """
    rng = np.random.default_rng(seed)
    hard = spread * rng.normal(size=folds)
    found = []
    for defense, (leak, use) in means.items():
        for fold in range(folds):
            for role, mean in (("privacy", leak), ("utility", use)):
                p = np.clip(mean + hard[fold], 0.02, 0.98)
                hits = rng.binomial(TEST // 2, p) + rng.binomial(TEST // 2, p, size=attackers)
                found += [
                    record(defense, f"a{i}", role, h / TEST, fold, **more)
                    for i, h in enumerate(hits)
                ]
    return found


def ranks(comparison, role="privacy"):
    return {s.name.removesuffix(" / codes"): s.rank for s in comparison.standings if s.role == role}


def test_releases_that_differ_are_told_apart_and_those_alike_share_a_rank():
    found = compare.compare(section({"leaky": (0.7, 0.8), "tight": (0.4, 0.8)}))[0]
    assert ranks(found) == {"tight": 1, "leaky": 2}
    assert ranks(found, "utility") == {"tight": 1, "leaky": 1}
    leak = next(d for d in found.differences if d.role == "privacy")
    assert leak.ci_low < 0.3 < leak.ci_high
    assert leak.worse == "leaky / codes"
    assert (found.folds, found.seeds, found.left_out) == (10, 1, ())
    alike = compare.compare(section({"leaky": (0.5, 0.8), "tight": (0.5, 0.8)}))[0]
    assert set(ranks(alike).values()) == {1}


def test_pairing_sees_what_the_intervals_of_the_table_cannot():
    """The folds differ by far more than the releases, and both releases by the same."""
    hard, luck = np.linspace(-0.3, 0.3, 10), np.random.default_rng(0).normal(scale=0.005, size=10)
    records = [
        record(defense, "a", role, 0.5 + step + hard[f] + (step > 0) * luck[f], f)
        for f in range(10)
        for role in compare.ROLES
        for defense, step in (("less", 0.0), ("more", 0.05))
    ]
    assert ranks(compare.compare(records)[0]) == {"less": 1, "more": 2}
    less, more = summary.rows(records)
    assert less.leakage.high > more.leakage.low


@pytest.mark.parametrize(("folds", "attackers"), [(2, 2), (3, 2), (5, 4), (10, 4)])
def test_alike_releases_are_rarely_told_apart(folds, attackers, monkeypatch):
    """Of 200 sections of four alike releases, at most 5% have any pair told apart; a real difference is still seen."""
    monkeypatch.setattr(compare, "DRAWS", 1)  # of the hypervolume, which is not looked at
    alarms, alike = dict.fromkeys(compare.ROLES, 0), dict.fromkeys("abcd", (0.5, 0.8))
    for seed in range(200):
        found = compare.compare(section(alike, seed=seed, folds=folds, attackers=attackers))[0]
        for role in compare.ROLES:
            alarms[role] += any(d.told_apart for d in found.differences if d.role == role)
    assert max(alarms.values()) <= 10
    if folds == 10:
        other = alike | {"d": (0.9, 0.8)}
        seen = [
            ranks(compare.compare(section(other, seed=seed))[0])["d"] == 4 for seed in range(20)
        ]
        assert np.mean(seen) > 0.9


def test_utility_ranks_the_other_way_round():
    found = compare.compare(section({"useful": (0.5, 0.9), "useless": (0.5, 0.3)}))[0]
    assert ranks(found, "utility") == {"useful": 1, "useless": 2}
    assert ranks(found, "privacy") == {"useful": 1, "useless": 1}


def test_ranks_count_who_is_better_and_ties_need_not_be_transitive():
    apart = {("a", "c"): 0.01, ("a", "b"): 0.5, ("b", "c"): 0.5}
    series = {
        n: crossfit.Series(np.full(2, v), np.zeros(2), np.ones(2), np.ones(2), 2)
        for n, v in (("c", 0.7), ("a", 0.5), ("b", 0.6))
    }
    lines = [
        compare.Difference("privacy", "identity", *pair, -0.1, -0.2, 0.0, p, p)
        for pair, p in apart.items()
    ]
    found = compare._standings("privacy", "identity", series, lines)
    assert [(s.name, s.rank) for s in found] == [("a", 1), ("b", 1), ("c", 2)]


def test_the_attacker_of_a_fold_is_chosen_on_the_others():
    """Ten attackers that know nothing: the best of each fold looks good, the one chosen elsewhere does not."""
    rng, chance = np.random.default_rng(0), 0.1
    values = rng.binomial(TEST, chance, size=(100, 10)) / TEST
    records = [
        record(attacker=f"a{i}", value=v, fold=f)
        for f, row in enumerate(values)
        for i, v in enumerate(row)
    ]
    found = crossfit.cross_fitted(records, crossfit.keys(records))
    assert found.values.mean() == pytest.approx(chance, abs=0.014)  # 3 standard errors
    assert values.max(1).mean() > 0.16


def test_a_number_never_chooses_itself_and_other_seeds_choose_nothing():
    """In one fold a second attacker sees everything; in the other half it was worse, so it is not taken."""
    values = {"steady": [0.5, 0.5, 0.5], "lucky": [1.0, 0.2, 0.2]}
    records = [
        record(attacker=a, value=v, fold=f) for a, vs in values.items() for f, v in enumerate(vs)
    ]
    keys = crossfit.keys(records)
    assert crossfit.cross_fitted(records, keys).values.tolist() == [
        0.5,
        0.2,
        0.5,
    ]  # in folds 0 and 2 lucky has a mean of 0.6
    again = [dataclasses.replace(r, seed=1, value=1 - r.value) for r in records]
    assert crossfit.cross_fitted(records + again, keys).values.tolist() == [0.5, 0.2, 0.5]


def test_below_chance_counts_as_much_as_above_as_in_the_summary():
    records = [
        record("d", attacker, role, value + 0.001 * f, f, chance=0.5)
        for f in range(5)
        for attacker, leak, use in (("a", 0.02, 0.9), ("majority", 0.5, 0.5))
        for role, value in (("privacy", leak), ("utility", use))
    ]
    row, found = summary.rows(records)[0], compare.compare(records)[0]
    assert row.leakage.told == pytest.approx(0.978)
    assert [s.value for s in found.standings] == pytest.approx([0.978, 0.902])
    weak = [
        dataclasses.replace(r, status="weak") if r.attacker == "a" and r.role == "privacy" else r
        for r in records
    ]
    own = [r for r in weak if r.role == "privacy"]
    assert crossfit.cross_fitted(own, crossfit.keys(own)).values.mean() == pytest.approx(
        0.502
    )  # nothing to invert


def test_controls_and_other_metrics_do_not_count():
    records = section({"a": (0.5, 0.8), "b": (0.5, 0.8)})
    more = [dataclasses.replace(r, value=1.0, control="planted-means") for r in records]
    more += [dataclasses.replace(r, value=1.0, metric="macro-f1") for r in records]
    assert compare.compare(records + more) == compare.compare(records)


def test_incomplete_releases_are_named_and_have_no_rank():
    records = section({"a": (0.5, 0.8), "b": (0.5, 0.8)})
    broken = [
        dataclasses.replace(r, value=None, status="failed")
        if (r.defense, r.fold, r.attacker) == ("b", 3, "a1")
        else r
        for r in records
    ]
    found = compare.compare(broken)[0]
    assert ranks(found) == {"a": 1}
    assert found.left_out == ("b / codes (incomplete)",)
    assert "b / codes (incomplete)" in compare.to_markdown([found])


@pytest.mark.parametrize("seeds", [(0,), (0, 1)])
def test_one_fold_is_no_comparison(seeds):
    records = [
        r for s in seeds for r in section({"a": (0.5, 0.8), "b": (0.9, 0.8)}, folds=1, seed=s)
    ]
    records = [
        dataclasses.replace(r, seed=i // (len(records) // len(seeds)))
        for i, r in enumerate(records)
    ]
    found = compare.compare(records)[0]
    assert (found.lines, found.folds) == ((), 0)
    assert "Nothing to compare" in compare.to_markdown([found])


def test_plans_are_never_compared():
    records = section({"a": (0.9, 0.8)}) + section({"b": (0.3, 0.8)}, plan="other")
    assert [ranks(c) for c in compare.compare(records)] == [{"a": 1}, {"b": 1}]


def test_seeds_are_further_values():
    once = section({"a": (0.5, 0.8), "b": (0.6, 0.8)})
    twice = once + [
        dataclasses.replace(r, seed=1) for r in section({"a": (0.5, 0.8), "b": (0.6, 0.8)}, seed=1)
    ]
    found = compare.compare(twice)[0]
    assert (found.folds, found.seeds) == (10, 2)


def test_hypervolume_is_moocores_and_its_interval_holds_it():
    records = section({"a": (0.5, 0.8), "b": (0.3, 0.5), "c": (0.6, 0.7)}, attackers=1)
    volume = compare.compare(records)[0].volume
    points = np.array(
        [leaderboard.cost(row) for row in summary.rows(records)]
    )  # one attacker: nothing to choose
    assert volume.value == pytest.approx(moocore.hypervolume(points, ref=(1, 1)))
    assert volume.ci_low < volume.value < volume.ci_high


def test_hypervolume_counts_leakage_from_chance_upwards():
    known = {"privacy": 0.08, "utility": 1.0}
    records = [record("d", "a", role, value, f) for f in range(5) for role, value in known.items()]
    assert compare.compare(records)[0].volume.value == pytest.approx(0.9)


def test_the_order_of_the_records_does_not_matter():
    records = section({"a": (0.5, 0.8), "b": (0.3, 0.5), "c": (0.6, 0.7)})
    shuffled = [records[i] for i in np.random.default_rng(0).permutation(len(records))]
    assert compare.compare(shuffled) == compare.compare(records)


def test_nothing_is_not_compared():
    assert compare.compare([]) == []
    assert "nothing has been measured" in compare.to_markdown([])
    assert compare.to_csv([]) == ",".join(compare.COLUMNS) + "\n"


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
    assert {
        line["name"]: line["rank"]
        for line in lines
        if line["kind"] == "rank" and line["role"] == "privacy"
    } == {
        "a / codes": "3",
        "b / codes": "1",
        "c / codes": "1",
    }
    mine = compare.compare(records_csv.read(finished))[0]
    assert float(lines[-1]["value"]) == mine.volume.value  # full floats
    assert [float(line["p_holm"]) for line in lines if line["p_holm"]] == [
        d.p_holm for d in mine.differences
    ]


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
    found, rng = section({"a": (0.5, 0.5), "b": (0.5, 0.5)}, attackers=1), np.random.default_rng(0)
    hard = rng.normal(scale=0.02, size=10)
    told = {"a": 0.88, "b": 0.80}
    made = [
        dataclasses.replace(r, metric="ccc", value=told[r.defense] + hard[r.fold], chance=0.0)
        if r.role == "utility"
        else r
        for r in found
    ]
    apart = next(d for d in compare.compare(made)[0].differences if d.role == "utility")
    assert apart.value == pytest.approx(0.08)
    assert apart.ci_high - apart.ci_low < 1e-6
    shares = next(
        d
        for d in compare.compare([dataclasses.replace(r, metric="accuracy") for r in made])[
            0
        ].differences
        if d.role == "utility"
    )
    assert shares.ci_high - shares.ci_low > 0.05
