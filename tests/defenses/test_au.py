"""Action units: the drawn set, what is released of them, and the recurrent code."""

import dataclasses

import numpy as np
import pytest
from privbench.bench import testing
from privbench.bench.checks import InputError
from privbench.bench.registry import build
from privbench.bench.toolkit import sequences
from privbench.bench.types import Task
from privbench.defenses._mase import recurrent
from privbench.defenses._mase.postprocess import Postprocess, chosen, concordance
from privbench.defenses._mase.recipe import PRESETS
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

TASK = Task("valence")
LITTLE = "au-rnn:size=8,epochs=3"


def named(x, who, recording, attacker="lda"):
    """Share of the rows of each first recording whose person is found by whoever knows the others."""
    asked, z = recording % 4 == 0, sequences.statistics(x)
    fitted = build("attackers", attacker).fit(
        z[~asked], who[~asked], source=recording[~asked], seed=0, device="cpu"
    )
    return (fitted(z[asked]).argmax(1) == who[asked]).mean()


@pytest.fixture(scope="module")
def drawn():
    return build("datasets", "synthau").load(None)


def test_drawn_units_tell_affect_and_who_it_is(drawn):
    made = build("datasets", "synthau")
    assert drawn.x.shape == (40 * 4 * 6, 100, 17)
    assert made.oracle("valence") >= 0.8
    assert made.oracle("arousal") >= 0.8
    assert named(drawn.x, drawn.labels["identity"], drawn.source) >= 0.8


def test_people_without_style_are_alike():
    alike = build("datasets", "synthau:style=0,people=10").load(None)
    assert named(alike.x, alike.labels["identity"], alike.source) < 0.3


def test_standardised_people_have_one_mean_and_deviation_and_are_still_known():
    even = build("datasets", "synthau:standardise=person,people=10").load(None)
    own = even.x[even.labels["identity"] == 3]
    assert np.allclose(np.nanmean(own, (0, 1)), 0, atol=1e-4)
    assert np.allclose(np.nanstd(own, (0, 1)), 1, atol=1e-3)
    assert named(even.x, even.labels["identity"], even.source) > 0.5


def test_what_is_alike_before_standardising_tells_who_it_is_after():
    """Noise and floor are the same for all; divided by each one's deviation they are his. Standardised level is not."""
    told = {}
    for how in ("none", "person"):
        rows = build("datasets", f"synthau:standardise={how},people=10").load(None)
        z = sequences.statistics(rows.x).reshape(len(rows), 8, -1)
        who, asked = rows.labels["identity"], rows.source % 4 == 0
        for name, place in (("level", 0), ("step", 5)):
            fitted = LinearDiscriminantAnalysis().fit(z[~asked, place], who[~asked])
            told[how, name] = fitted.score(z[asked, place], who[asked])
    assert told["none", "step"] < 0.6 < 0.9 < told["person", "step"]
    assert told["person", "level"] < 0.2 < 0.6 < told["none", "level"]


def test_ratings_come_late():
    made = build("datasets", "synthau:people=5,delay=3,fps=10")
    _, told, affect = made.recorded()
    fits = [
        np.corrcoef(affect[:, : 600 - d, 0].ravel(), told[:, d:, 0].ravel())[0, 1]
        for d in range(0, 60, 10)
    ]
    assert int(np.argmax(fits)) == 3


@pytest.mark.parametrize(
    ("spec", "said"), [("synthau:lost=0.9", "lost"), ("synthau:seconds=25", "multiple of window")]
)
def test_what_cannot_be_drawn_is_refused(spec, said):
    with pytest.raises(InputError, match=said):
        build("datasets", spec)


def test_units_are_smoothed_over_the_frames_that_are_there_and_rounded():
    toy = testing.toy_sequences()
    z = build("defenses", "au:smooth=3").fit(toy, TASK, seed=0, device="cpu")(toy.x)["units"]
    assert np.array_equal(np.isnan(z), np.isnan(toy.x))
    assert np.allclose(z[1, 5], toy.x[1, 4:7].mean(0), atol=1e-5)
    assert np.allclose(z[0, 4], toy.x[0, 4:6].mean(0), atol=1e-5)  # frame 3 is missing
    few = build("defenses", "au:levels=3").fit(toy, TASK, seed=0, device="cpu")(toy.x)["units"]
    assert all(len(np.unique(few[..., j][~np.isnan(few[..., j])])) <= 3 for j in range(4))
    with pytest.raises(InputError, match="levels"):
        build("defenses", "au:levels=1")


@pytest.mark.parametrize("name", ["au", "au-rnn"])
def test_pictures_are_refused_by_defenses_of_sequences(name):
    with pytest.raises(InputError, match="sequences"):
        build("defenses", name).fit(testing.toy_images(), Task(), seed=0, device="cpu")


def test_the_published_sizes():
    published = build("defenses", "au-rnn:preset=published,recipe=as-published").how
    assert (published.kind, published.size, published.layers, published.wide) == (
        "bigru",
        512,
        6,
        1000,
    )
    assert (published.loss, published.lr, published.epochs, published.held) == (
        "mse",
        1e-4,
        70,
        0.0,
    )
    assert build("defenses", "au-rnn:kind=lstm").how == dataclasses.replace(
        PRESETS["small"], kind="lstm"
    )


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru", "bilstm", "bigru"])
def test_every_kind_releases_a_code_and_an_answer_a_frame(kind):
    toy = testing.toy_sequences()
    codes = build("defenses", f"{LITTLE},kind={kind}").fit(toy, TASK, seed=0, device="cpu")(toy.x)
    assert codes["code"].shape == (48, 20, 16 if kind.startswith("bi") else 8)
    assert codes["output"].shape == (48, 20, 1)
    ended = sequences.ended(toy.x)
    assert ended.any()
    assert np.array_equal(np.isnan(codes["code"][..., 0]), ended)


def test_a_clean_training_learns_and_as_published_answers_once_a_row():
    toy = testing.toy_sequences(160)
    train, test = toy.take(np.arange(120)), toy.take(np.arange(120, 160))
    fitted = build("defenses", "au-rnn:size=16,epochs=25").fit(train, TASK, seed=0, device="cpu")
    said = np.nan_to_num(fitted(test.x)["output"])
    assert concordance(said, test.targets["valence"][..., None]) > 0.7
    once = build("defenses", f"{LITTLE},recipe=as-published").fit(
        train, TASK, seed=0, device="cpu"
    )(test.x)
    assert once["output"].shape == (40, 1)


def test_a_label_of_classes_is_learnt_too():
    toy = testing.toy_sequences(96)
    fitted = build("defenses", "au-rnn:size=16,epochs=25").fit(
        toy, Task("expression"), seed=0, device="cpu"
    )
    assert (fitted(toy.x)["output"].argmax(1) == toy.labels["expression"]).mean() > 0.8


def test_the_best_epoch_is_that_of_sources_held_out(monkeypatch):
    """Weights spoilt after the tenth epoch are not those that are kept."""
    toy, epoch = testing.toy_sequences(96), recurrent.train.epoch
    done = []

    def spoils(*args, **kwargs):
        loss = epoch(*args, **kwargs)
        done.append(loss)
        if len(done) > 10:
            for group in args[2].param_groups:
                for p in group["params"]:
                    p.data.zero_()
        return loss

    monkeypatch.setattr(recurrent.train, "epoch", spoils)
    fitted = build("defenses", "au-rnn:size=16,epochs=12,lr=0.01").fit(
        toy, TASK, seed=0, device="cpu"
    )
    assert fitted.net.head[-1].weight.abs().max() > 0
    kept, held = recurrent.divided(toy, np.ones(len(toy), bool), 0.15, 0)
    assert not np.isin(toy.source[kept], held.source).any()


def test_sources_that_nobody_rated_choose_no_epoch():
    toy = testing.toy_sequences(96)
    unrated = toy.source % 3 != 0
    told = np.where(unrated[:, None], np.nan, toy.targets["valence"]).astype(np.float32)
    part = dataclasses.replace(toy, targets={"valence": told})
    kept, held = recurrent.divided(part, ~unrated, 0.3, 0)
    assert not unrated[kept].any()
    assert not np.isnan(held.targets["valence"]).any()
    fitted = build("defenses", "au-rnn:size=16,epochs=25").fit(part, TASK, seed=0, device="cpu")
    rest = toy.take(unrated)
    assert (
        concordance(np.nan_to_num(fitted(rest.x)["output"]), rest.targets["valence"][..., None])
        > 0.6
    )


def test_windows_without_a_face_are_left_out_and_counted():
    rows = build("datasets", "synthau:people=10,window=1,seconds=20,lost=0.2").load(None)
    assert len(rows) < 10 * 4 * 20
    assert "no frame with a face" in rows.notes[1]


def test_answers_are_delayed_smoothed_and_scaled_as_held_out_ratings_ask():
    rng = np.random.default_rng(0)
    truth = np.cumsum(rng.standard_normal((40, 100)), 1) / 5
    late = np.concatenate([np.repeat(truth[:, :1], 8, 1), truth], 1)[:, :100, None]
    said = 0.2 * (truth + 0.3 * rng.standard_normal(truth.shape))[..., None] + 1
    way = chosen(said, late)
    assert way.delay == 8
    assert way.width > 1
    assert concordance(way(said), late) > 0.95 > concordance(said, late)
    assert chosen(late, late) == Postprocess()  # nothing to mend


def test_a_code_without_a_label_to_serve_is_refused():
    with pytest.raises(InputError, match="utility"):
        build("defenses", LITTLE).fit(testing.toy_sequences(), Task(""), seed=0, device="cpu")
