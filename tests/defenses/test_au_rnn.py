"""The recurrent code of action units: sizes, what is learnt and released, and what is chosen."""

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
from privbench.defenses._mase.recipe import PRESETS, Recipe

TASK = Task("valence")
LITTLE = "au-rnn:size=8,epochs=3"


def fitted(spec, samples, task=TASK):
    return build("defenses", spec).fit(samples, task, seed=0, device="cpu")


def test_the_published_sizes():
    published = build("defenses", "au-rnn:preset=published,recipe=as-published").how
    assert published == Recipe("bigru", 512, 6, 1000, "mse", 1e-4, 70, 64, 0.0)
    changed = dataclasses.replace(PRESETS["small"], kind="lstm")
    assert build("defenses", "au-rnn:kind=lstm").how == changed


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru", "bilstm", "bigru"])
def test_every_kind_releases_a_code_and_an_answer_a_frame(kind):
    toy = testing.toy_sequences()
    codes = fitted(f"{LITTLE},kind={kind}", toy)(toy.x)
    width = 16 if kind.startswith("bi") else 8
    assert codes["code"].shape == (48, 20, width)
    assert codes["output"].shape == (48, 20, 1)
    ended = sequences.ended(toy.x)
    assert ended.any()
    assert np.array_equal(np.isnan(codes["code"][..., 0]), ended)


def test_a_clean_training_learns_and_as_published_answers_once_a_row():
    toy = testing.toy_sequences(160)
    train = toy.take(np.arange(120))
    test = toy.take(np.arange(120, 160))
    prediction = fitted("au-rnn:size=16,epochs=25", train)(test.x)["output"]
    target = test.targets["valence"][..., None]
    assert concordance(np.nan_to_num(prediction), target) > 0.7
    once = fitted(f"{LITTLE},recipe=as-published", train)(test.x)
    assert once["output"].shape == (40, 1)


def test_a_label_of_classes_is_learnt_too():
    toy = testing.toy_sequences(96)
    encoder = fitted("au-rnn:size=16,epochs=25", toy, Task("expression"))
    correct = encoder(toy.x)["output"].argmax(1) == toy.labels["expression"]
    assert correct.mean() > 0.8


def test_the_best_epoch_is_that_of_sources_held_out(monkeypatch):
    """Weights spoilt after the tenth epoch are not those that are kept."""
    toy = testing.toy_sequences(96)
    epoch = recurrent.train.epoch
    done = []

    def spoils(loss_of, n, opt, **more):
        loss = epoch(loss_of, n, opt, **more)
        done.append(loss)
        if len(done) > 10:
            for group in opt.param_groups:
                for p in group["params"]:
                    p.data.zero_()
        return loss

    monkeypatch.setattr(recurrent.train, "epoch", spoils)
    encoder = fitted("au-rnn:size=16,epochs=12,lr=0.01", toy)
    assert len(done) == 12
    assert encoder.net.head[-1].weight.abs().max() > 0


def test_no_source_is_learnt_from_and_held_out():
    toy = testing.toy_sequences(96)
    kept, held = recurrent.divided(toy, np.ones(len(toy), bool), 0.15, 0)
    assert len(kept) + len(held) == 96
    assert len(held) > 0
    assert not np.isin(toy.source[kept], held.source).any()


def test_sources_that_nobody_rated_choose_no_epoch():
    toy = testing.toy_sequences(96)
    unrated = toy.source % 3 != 0
    rating = np.where(unrated[:, None], np.nan, toy.targets["valence"]).astype(np.float32)
    part = dataclasses.replace(toy, targets={"valence": rating})
    kept, held = recurrent.divided(part, ~unrated, 0.3, 0)
    assert len(kept) + len(held) == (~unrated).sum()
    assert len(held) > 0
    assert not unrated[kept].any()
    assert not np.isnan(held.targets["valence"]).any()
    rest = toy.take(unrated)
    prediction = fitted("au-rnn:size=16,epochs=25", part)(rest.x)["output"]
    target = rest.targets["valence"][..., None]
    assert concordance(np.nan_to_num(prediction), target) > 0.6


def test_answers_are_delayed_smoothed_and_scaled_as_held_out_ratings_ask():
    rng = np.random.default_rng(0)
    truth = np.cumsum(rng.standard_normal((40, 100)), 1) / 5
    first = np.repeat(truth[:, :1], 8, 1)
    rating = np.concatenate([first, truth], 1)[:, :100, None]
    noisy = truth + 0.3 * rng.standard_normal(truth.shape)
    prediction = 0.2 * noisy[..., None] + 1
    way = chosen(prediction, rating)
    assert way.delay == 8
    assert way.width > 1
    assert concordance(way(prediction), rating) > 0.95 > concordance(prediction, rating)
    assert chosen(rating, rating) == Postprocess()  # nothing to mend


def test_a_code_without_a_label_to_serve_is_refused():
    with pytest.raises(InputError, match="utility"):
        fitted(LITTLE, testing.toy_sequences(), Task(""))
