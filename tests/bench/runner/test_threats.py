"""Attackers that have only learnt from raw pictures, beside those that know the release."""

import dataclasses

import pytest
from click.testing import CliRunner
from privbench.bench.analysis import summary
from privbench.bench.cli.main import main
from privbench.bench.records import RecordTable
from privbench.bench.report import tables
from privbench.bench.runner.records_csv import read as read_csv

DATA = "synthfaces:people=3,renderings=6,size=16"
JOB = [
    "run",
    "-d",
    "noise:sigma=[0,0.3],epochs=1",
    "-a",
    "lda:shrinkage=0.5",
    "--dataset",
    DATA,
    "--folds",
    "2",
    "--jobs",
    "1",
]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    out = tmp_path_factory.mktemp("threats") / "out"
    done = CliRunner().invoke(main, [*JOB, "--threat", "ignorant", "--out", str(out)])
    assert done.exit_code == 0, done.output
    return out, read_csv(out)


def test_each_record_names_what_its_attacker_knows(both):
    _, records = both
    found = {(r.defense, r.release, r.threat) for r in records if not r.control}
    assert found == {
        ("raw", "image", ""),
        ("noise", "image", "informed"),
        ("noise", "image", "ignorant"),
        ("noise", "features", "latent"),
    }
    assert {r.threat for r in records if r.control} == {""}


def test_who_learnt_from_raw_pictures_is_as_good_where_nothing_is_changed_and_judges_nobody(both):
    out, records = both
    of = lambda rows: {
        r.settings: r.leakage.mean for r in rows if (r.defense, r.release) == ("noise", "image")
    }
    table = RecordTable.of(records)
    known, blind = of(summary.rows(table)), of(summary.rows(table.ignorant))
    (none, some) = sorted(known)
    assert blind[none] == known[none]
    assert blind[some] != known[some]
    assert all(r.name.endswith("(ignorant)") for r in summary.rows(table.ignorant))
    text = (out / "table.md").read_text()
    assert all(name in text for name in ("I, ignorant", "II, informed", "III, latent"))
    ranked = (out / "leaderboard.csv").read_text()
    assert ranked.count(",noise,") == 4  # two releases of each, once
    assert len((out / "verdicts.csv").read_text().splitlines()) == 6


def test_without_asking_nothing_changes(both, tmp_path):
    _, records = both
    done = CliRunner().invoke(main, [*JOB, "--out", str(tmp_path / "plain")])
    assert done.exit_code == 0, done.output
    plain = read_csv(tmp_path / "plain")
    strip = lambda r: dataclasses.replace(r, plan="", cell="", seconds=0.0)
    assert [strip(r) for r in plain] == [strip(r) for r in records if r.threat != "ignorant"]
    assert "threat" not in tables.to_markdown(summary.rows(RecordTable.of(plain)))


def test_a_threat_that_there_is_not_is_named(tmp_path):
    done = CliRunner().invoke(main, [*JOB, "--threat", "evil", "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "ignorant" in done.stderr
