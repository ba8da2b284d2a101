"""Embeddings in, verdicts out: planted leaks are found, and bad files get a line and no number."""

import csv

import numpy as np
import pytest
from click.testing import CliRunner
from privbench.bench import registry
from privbench.bench.cli.main import main
from privbench.bench.toolkit import planted

SOME = ("lda", "qda", "knn", "svm")  # enough to pass the controls, and quick
KEYED = """
from dataclasses import dataclass
import numpy as np

@dataclass(frozen=True)
class KeyHolder:
    "Reads the person off the parities of the keyed coordinates."
    def skip(self, z, y): return None
    def fit(self, z, y, *, source, seed, device):
        from privbench.bench.toolkit import planted
        own = planted.key(z.shape[1], 2, 8, 3)
        class Adversary:
            note = ""
            def __call__(self, z):
                bits = (z[:, own] > 0).sum(2) % 2
                return np.eye(4)[bits @ np.array([1, 2])]
        return Adversary()
"""


def people(k=5, each=60):
    return np.arange(k * each) % k


def write(path, x, **columns):
    named = {k: np.asarray(v).astype(str) for k, v in columns.items()}
    np.savez(path, x=np.asarray(x, np.float32), **named)
    return str(path)


def audit(tmp_path, *arguments, attackers=SOME):
    more = []
    for name in attackers:
        more += ["-a", name]
    out = tmp_path / "out"
    result = CliRunner().invoke(
        main, ["audit", *arguments, *more, "--jobs", "1", "--out", str(out)]
    )
    if result.exit_code:
        return result, {}
    with (out / "verdicts.csv").open(newline="") as file:
        return result, {row["target"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize("kind", ["means", "covariances", "scale-trap"])
def test_planted_leaks_are_found(tmp_path, kind):
    y = people()
    made = planted.MAKERS[kind](y, 16, seed=3)
    result, found = audit(
        tmp_path, write(tmp_path / "a.npz", made.z, identity=y), "--private", "identity"
    )
    row = found["identity"]
    assert row["verdict"] == "leaks", (row, result.output)
    assert 0.2 < float(row["ci_low"]) < float(row["leakage"]) <= made.bayes + 0.05
    for name in (
        "records.csv",
        "table.md",
        "verdicts.md",
        "exposure.csv",
        "leaderboard.csv",
        "pareto.png",
        "leakage.png",
    ):
        assert (tmp_path / "out" / name).stat().st_size > 0


def test_noise_is_no_leak_and_its_limits_are_quoted(tmp_path):
    y = people()
    z = np.random.default_rng(1).normal(size=(len(y), 16))
    result, found = audit(
        tmp_path, write(tmp_path / "a.npz", z, identity=y), "--private", "identity"
    )
    row = found["identity"]
    assert row["verdict"] == "no-leak-found", row
    assert 0.2 < float(row["minimum_detectable"]) < 0.35
    assert row["suite"] == ""  # not all of it was run
    assert "keyed channel" in result.output


def test_a_keyed_channel_is_found_by_an_attacker_with_the_key_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_plugins", {room: {} for room in registry.ROOMS})
    y = people(4, 60)
    path = write(tmp_path / "a.npz", planted.parity(y, 24, seed=3).z, identity=y)
    result, found = audit(tmp_path, path, "--private", "identity")
    assert found["identity"]["verdict"] == "no-leak-found"
    assert "keyed channel" in result.output
    (tmp_path / "key.py").write_text(KEYED)
    mine = ("--plugin", str(tmp_path / "key.py"))
    _, found = audit(
        tmp_path / "again", path, "--private", "identity", *mine, attackers=("key-holder",)
    )
    assert found["identity"]["verdict"] == "leaks"
    assert float(found["identity"]["leakage"]) == 1


@pytest.mark.parametrize(
    ("x", "verdict", "flag"),
    [
        (np.ones((300, 3)), "invalid", "constant"),
        (
            np.eye(3)[np.random.default_rng(0).integers(0, 3, 300)],
            "no-leak-found",
            "repeated-codes",
        ),
        (
            np.random.default_rng(0).normal(size=(100, 3))[np.arange(300) % 100],
            "invalid",
            "repeated-codes",
        ),
    ],
)
def test_codes_of_a_few_values_are_named(tmp_path, x, verdict, flag):
    """The last: a code for each person and clip, never divided: no attacker could look it up."""
    result, found = audit(
        tmp_path, write(tmp_path / "a.npz", x, identity=people()), "--private", "identity"
    )
    assert found["identity"]["verdict"] == verdict, result.output
    assert flag in found["identity"]["flags"].split(";")


def test_each_private_column_has_a_folder_of_its_own(tmp_path):
    y = people(4, 20)
    x = planted.means(y, 8, seed=0).z
    columns = {"a b": y, "a_b": y, "..": y}
    asked = []
    for name in columns:
        asked += ["--private", name]
    _, found = audit(tmp_path, write(tmp_path / "a.npz", x, **columns), *asked)
    assert set(found) == set(columns)
    assert sorted(p.name for p in (tmp_path / "out").iterdir() if p.is_dir()) == [
        "_",
        "a_b-0",
        "a_b-1",
    ]


def test_several_private_columns_each_get_a_verdict(tmp_path):
    y = people()
    z = planted.means(y, 12, seed=3).z
    other = np.random.default_rng(0).integers(2, size=len(y))
    path = write(
        tmp_path / "a.npz",
        z,
        identity=y,
        gender=other,
        mood=np.arange(len(y)) // 5 % 3,
    )
    _, found = audit(
        tmp_path, path, "--private", "identity", "--private", "gender", "--utility", "mood"
    )
    assert found["identity"]["verdict"] == "leaks"
    assert found["gender"]["verdict"] == "no-leak-found"
    assert "utility (mood)" in (tmp_path / "out" / "table.md").read_text()


def test_a_given_split_is_kept(tmp_path):
    y = people()
    split = np.where(np.arange(len(y)) < 200, "train", "test")
    z = planted.means(y, 12, seed=3).z
    path = write(tmp_path / "a.npz", z, identity=y, side=split)
    _, found = audit(tmp_path, path, "--private", "identity", "--split", "side")
    assert (found["identity"]["verdict"], found["identity"]["protocol"]) == ("leaks", "given")
    with (tmp_path / "out" / "records.csv").open(newline="") as file:
        assert {
            (r["n_train"], r["n_test"])
            for r in csv.DictReader(file)
            if not r["control"].startswith("rows")
        } == {("200", "100")}


def test_open_set_asks_about_pairs_of_people_never_seen(tmp_path):
    y = people(24, 12)
    z = planted.means(y, 30, seed=3).z
    path = write(tmp_path / "a.npz", z, identity=y)
    result, found = audit(
        tmp_path,
        path,
        "--private",
        "identity",
        "--protocol",
        "open-set",
        attackers=("lda", "qda", "svm", "verification"),
    )
    assert found["identity"]["verdict"] == "leaks", result.output
    with (tmp_path / "out" / "records.csv").open(newline="") as file:
        auc = [float(r["value"]) for r in csv.DictReader(file) if r["metric"] == "auc"]
    assert len(auc) == 5
    assert min(auc) > 0.7
    assert "pairs of unseen people, by verification: eer" in result.output


def test_open_set_finds_nothing_in_noise(tmp_path):
    y = people(24, 12)
    path = write(tmp_path / "a.npz", np.random.default_rng(0).normal(size=(len(y), 30)), identity=y)
    _, found = audit(
        tmp_path,
        path,
        "--private",
        "identity",
        "--protocol",
        "open-set",
        attackers=("lda", "qda", "svm", "verification"),
    )
    assert found["identity"]["verdict"] != "leaks"


@pytest.mark.parametrize(
    ("columns", "arguments", "text"),
    [
        ({"identity": np.zeros(40)}, (), "one class only"),
        ({"identity": np.arange(40)}, (), "too few"),
        ({"identity": np.arange(39) % 4}, (), "39 values"),
        ({"name": np.arange(40) % 4}, (), "one of name"),
        (
            {"identity": np.arange(40) % 4, "mood": np.arange(40) % 4},
            ("--utility", "mood"),
            "another label",
        ),
        ({"identity": np.arange(40) % 4, "clip": np.zeros(40)}, ("--source", "clip"), "too few"),
        ({"identity": np.arange(40) % 4}, ("--split", "side"), "one of identity"),
        (
            {"identity": np.arange(40) % 4, "side": np.arange(40) % 4},
            ("--split", "side"),
            "train and test",
        ),
        ({"identity": np.arange(40) % 4}, ("--private", "identity"), "each column once"),
        ({"identity": np.arange(40) % 4}, ("--utility", "taste"), "'taste'"),
    ],
)
def test_bad_columns_get_one_line_and_no_number(tmp_path, columns, arguments, text):
    x = np.random.default_rng(0).normal(size=(40, 3))
    result, found = audit(
        tmp_path, write(tmp_path / "a.npz", x, **columns), "--private", "identity", *arguments
    )
    assert result.exit_code == 2, result.output
    assert text in result.output
    assert not found
    assert not (tmp_path / "out" / "verdicts.csv").exists()


def test_a_file_where_the_folder_should_be_is_wrong_usage(tmp_path):
    (tmp_path / "out").write_text("mine")
    file = write(tmp_path / "a.npz", np.eye(4)[people(4, 10)], identity=people(4, 10))
    result, _ = audit(tmp_path, file, "--private", "identity")
    assert result.exit_code == 2, result.output
    assert "is a file" in result.output


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda x: np.where(np.arange(3) == 1, np.inf, x), "NaN or infinity in 40 of 40 rows"),
        (lambda x: x.astype(str), "numbers"),
        (lambda x: x.astype(object), "pickled objects"),
        (lambda x: x[:, 0], "(n, d)"),
    ],
)
def test_bad_codes_get_one_line_and_no_number(tmp_path, spoil, text):
    np.savez(
        tmp_path / "a.npz", x=spoil(np.ones((40, 3))), identity=(np.arange(40) % 4).astype(str)
    )
    result, _ = audit(tmp_path, str(tmp_path / "a.npz"), "--private", "identity")
    assert result.exit_code == 2, result.output
    assert text in result.output
