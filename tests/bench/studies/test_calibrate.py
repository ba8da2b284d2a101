"""The suite's report card: what each attacker recovers of leaks of known size."""

import csv

import pytest
from click.testing import CliRunner
from privbench.bench.checks import InputError
from privbench.bench.cli.main import main
from privbench.bench.studies import calibrate


def test_the_grid_is_every_combination():
    assert len(list(calibrate.grid())) == 6 * 4 * 2 * 2
    assert len(list(calibrate.grid(**calibrate.chosen(["means=3"], [2], [], [64])))) == 2


@pytest.mark.parametrize("text", ["mean=3", "means", "means=x"])
def test_a_leak_that_there_is_not_is_named(text):
    with pytest.raises(InputError, match="--kind"):
        calibrate.chosen([text], [], [], [])


def test_strong_attackers_recover_what_weak_ones_miss(tmp_path):
    out = tmp_path / "card"
    small = ("--people", "5", "--rows", "60", "--dims", "12", "--jobs", "1", "--out", str(out))
    kinds = ("--kind", "means=3", "--kind", "covariances=1.5")
    done = CliRunner().invoke(main, ["calibrate", "-a", "lda", "-a", "qda", *kinds, *small])
    assert done.exit_code == 0, done.output
    with (out / "calibration.csv").open(newline="") as file:
        share = {(r["kind"], r["attacker"]): float(r["share"]) for r in csv.DictReader(file)}
    assert share["means", "lda"] > 0.9
    assert share["means", calibrate.PLUG_IN] == pytest.approx(share["means", "lda"], abs=0.1)
    assert ("covariances", calibrate.PLUG_IN) not in share
    assert share["covariances", "lda"] < 0.3
    assert share["covariances", "qda"] > 0.8
    assert share["covariances", calibrate.SUITE] == share["covariances", "qda"]
    assert "covariances 1.5" in done.output
