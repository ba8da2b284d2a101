"""Sequences with missing frames, their statistics, continuous labels, and attackers of both."""

import dataclasses

import numpy as np
import pytest
from privbench.bench import checks, testing
from privbench.bench.analysis import summary
from privbench.bench.checks import InputError
from privbench.bench.metrics import regression
from privbench.bench.records import Record
from privbench.bench.registry import build
from privbench.bench.report import finish, publish
from privbench.bench.runner import attack, controls, session, shared_rows
from privbench.bench.runner.records_csv import read as read_csv
from privbench.bench.toolkit import sequences
from privbench.bench.types import Samples

SMALL = "synthau:people=3,recordings=2,seconds=20,window=5,fps=4"


def test_another_seed_on_given_rows_is_no_other_test():
    """Three seeds that agree prove nothing of other people; folds dealt anew are other rows."""
    about = run_record(protocol="given", people=5, error=0.1)
    one = summary.estimate("ridge", [about])
    three = summary.estimate("ridge", [dataclasses.replace(about, seed=s) for s in range(3)])
    assert (three.mean, three.low, three.high) == pytest.approx((one.mean, one.low, one.high))
    assert one.high - one.mean == pytest.approx(2.776 * 0.1, rel=1e-3)  # t of five people
    shares = [dataclasses.replace(about, metric="accuracy", seed=s) for s in range(3)]
    assert summary.estimate("lda", shares).low == pytest.approx(
        summary.estimate("lda", shares[:1]).low
    )


def run_record(**more):
    who = ("d", "closed-set", "au", "", "units", "ridge", "", "utility", "valence", "ccc")
    return dataclasses.replace(Record(*who, 0.5, 0.0, 0, 0, 90, 10, 90, 10, 4, 0.0), **more)


def test_statistics_ignore_what_is_missing_and_where():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(3, 40, 2)).astype(np.float32)
    longer = np.concatenate([z, np.full((3, 15, 2), np.nan, np.float32)], 1)
    assert sequences.statistics(z).shape == (3, 16)
    assert np.allclose(sequences.statistics(z), sequences.statistics(longer), atol=1e-6)
    assert np.isfinite(sequences.statistics(np.where(np.arange(40)[:, None] == 7, z, np.nan))).all()
    assert np.allclose(sequences.statistics(z)[:, :2], z.mean(1), atol=1e-6)


def test_statistics_have_their_known_values():
    """One number over five frames, the fourth of which is missing: by hand."""
    z = np.array([1.0, 3, 2, np.nan, 6])[None, :, None]
    mean, sd = 3.0, np.sqrt(14 / 4)
    quantiles = np.percentile([1, 2, 3, 6], [10, 50, 90])
    step = (2 + 1) / 2  # the steps to and from a missing frame are none
    lagged = (-2 * 0 + 0 * -1) / 2 / (14 / 4)
    expected = [mean, sd, *quantiles, step, lagged, 0]  # no frames lie five apart
    assert sequences.statistics(z)[0] == pytest.approx(expected, abs=1e-6)


def test_blocks_of_sequences_do_not_show(monkeypatch):
    z = np.random.default_rng(0).normal(size=(7, 9, 2))
    whole = sequences.statistics(z)
    monkeypatch.setattr(sequences, "BLOCK", 3)
    assert np.array_equal(sequences.statistics(z), whole)


def test_missing_frames_are_not_present_and_are_filled_with_0():
    z = np.array([[[1.0, 2], [np.nan, np.nan]]])
    assert sequences.present(z).tolist() == [[True, False]]
    assert sequences.filled(z).tolist() == [[[1, 2], [0, 0]]]
    vectors = np.array([[1.0, np.nan]])
    assert sequences.filled(vectors) is vectors


def test_means_are_of_rated_frames():
    target = np.array([[1.0, np.nan, 4], [np.nan] * 3])
    assert np.array_equal(sequences.means(target), [2.5, np.nan], equal_nan=True)
    assert sequences.means(target).dtype == np.float32


def test_ended_frames_are_those_beyond_the_last():
    z = np.array([[1, np.nan, 2, np.nan, np.nan], [1, 2, 3, 4, 5], [np.nan, 1, np.nan, np.nan, 2]])[
        ..., None
    ]
    assert sequences.ended(z).tolist() == [[False] * 3 + [True] * 2, [False] * 5, [False] * 5]


@pytest.mark.parametrize("odd", ["partly", "all", "inf"])
def test_frames_that_are_partly_missing_are_refused(odd):
    z = np.ones((2, 3, 2), np.float32)
    if odd == "all":
        z[1] = np.nan
    else:
        z[1, 0, 0] = np.nan if odd == "partly" else np.inf
    with pytest.raises(InputError, match="first row 1"):
        checks.numbers("release 'codes'", z)
    z[1] = 1
    z[1, 2] = np.nan
    assert checks.numbers("x", z) is z


def test_an_attacker_of_vectors_is_given_statistics_and_one_of_sequences_the_frames(monkeypatch):
    toy, seen = testing.toy_sequences(), {}

    @dataclasses.dataclass(frozen=True)
    class Looks:
        sequences: bool

        def skip(self, z, y):
            seen[self.sequences] = z.shape
            return "only looks"

    look = controls.Look(toy.x, people := toy.labels["identity"], np.arange(24))
    question = attack.Question(look, toy, np.arange(24, 48), people, seed=0, device="cpu")
    for takes in (False, True):
        why = attack.ask(Looks(takes), question)
        assert why.text == "only looks"
    assert seen == {False: (24, 32), True: (24, 20, 4)}


def test_a_leak_planted_in_sequences_is_known_and_found():
    toy = testing.toy_sequences(240)
    people = toy.labels["identity"]
    fold = dataclasses.make_dataclass("Fold", ["probe", "test"])(
        np.arange(160), np.arange(160, 240)
    )
    look = controls.look("planted-means", toy.x, toy, "identity", fold, seed=0)
    assert look.knowable > 0.9
    assert np.array_equal(np.isnan(look.z), np.isnan(toy.x))
    question = attack.Question(look, toy, fold.test, people, seed=0, device="cpu")
    found = attack.ask(build("attackers", "lda"), question)
    assert found.numbers["accuracy"][0] > 0.8


def test_a_continuous_label_is_measured_by_concordance_and_identity_by_accuracy(tmp_path):
    asked = session.Request(
        ("au:smooth=3",),
        ("ridge", "lda"),
        dataset=SMALL,
        folds=2,
        jobs="1",
        out=str(tmp_path),
        cache="none",
    )
    ready = session.prepare(asked)
    store, groups = session.work(ready)
    list(session.execute(ready, store, groups))
    store.write_records()
    finish.remember(ready, store)
    publish.publish(finish.of_store(store), store.folder)
    records = read_csv(tmp_path)
    assert {r.status for r in records} <= {"ok", "skipped", "weak"}
    rows = summary.rows(records)
    assert {row.utility.metric for row in rows} == {"ccc"}
    assert {row.utility.attacker for row in rows} == {"ridge"}
    assert {row.leakage.attacker for row in rows} == {"lda"}
    assert {r.metric for r in records if r.role == "utility" and r.status == "ok"} == set(
        regression.MEASURES
    )
    for row in summary.rows([r for r in records if r.fold == 0]):
        assert set(row.fits) == set(regression.MEASURES)
        assert all(e.low < e.mean < e.high for e in row.fits.values())
        assert row.fits["ccc"] == row.utility
    text = (tmp_path / "table.md").read_text()
    assert "utility (valence, CCC x 100)" in text
    assert "have no face in them" in text
    assert "utility_metric" in (tmp_path / "leaderboard.csv").read_text()
    assert ",ccc," in (tmp_path / "leaderboard.csv").read_text()


def test_who_learns_from_rows_that_nobody_rated_is_skipped():
    toy = testing.toy_sequences()
    told, people = toy.targets["valence"].copy(), toy.labels["identity"]
    told[:24] = np.nan
    look = controls.Look(toy.x, told, np.arange(24))
    question = attack.Question(look, toy, np.arange(24, 48), people, seed=0, device="cpu")
    refusal = attack.ask(build("attackers", "ridge"), question)
    assert "rated" in refusal.text


def test_a_label_that_never_changes_is_refused():
    toy = testing.toy_sequences()
    flat = Samples(
        toy.x,
        toy.labels,
        toy.classes,
        toy.source,
        toy.original,
        {"valence": np.ones((48, 20), np.float32)},
    )
    with pytest.raises(InputError, match="never changes"):
        checks.dataset(flat, testing.Task("valence"))
    with pytest.raises(InputError, match="valence"):
        checks.dataset(toy, testing.Task("valense"))


def test_targets_travel_to_the_workers(tmp_path):
    toy = testing.toy_sequences()
    shared_rows.write(toy, tmp_path)
    again = shared_rows.read(tmp_path)
    assert np.array_equal(again.targets["valence"], toy.targets["valence"])
    assert np.array_equal(again.x, toy.x, equal_nan=True)
