"""PPRL-VGAN: the form of its networks, trainings that stop and go on, collapse, refusals."""

import dataclasses

import numpy as np
import pytest
import torch
from privbench.bench import testing
from privbench.bench.checks import InputError
from privbench.bench.registry import build
from privbench.bench.toolkit import train
from privbench.bench.types import Task
from privbench.defenses._vgan import synthesis, training
from privbench.defenses._vgan.game import begin
from privbench.defenses._vgan.networks import Decoder, Discriminator, Encoder, Form
from privbench.defenses._vgan.settings import PRESETS

TASK = Task()
TINY = "pprl-vgan:width=4,latent=6,batch=12,epochs="


@pytest.fixture
def short(monkeypatch):
    """Trainings of a few steps, whose pictures are still all alike, may end."""
    monkeypatch.setattr(training, "FLAT", 0.0)


@pytest.fixture(scope="module")
def faces():
    return testing.toy_images(n=48, size=16)


@pytest.mark.parametrize(("kernel", "shape"), [(5, (3, 64, 64)), (8, (1, 32, 48))])
def test_the_networks_have_the_published_form(kernel, shape):
    form = Form(shape, people=6, classes=7, kernel=kernel, width=32, latent=128)
    encoder, decoder, discriminator = (
        part(form).eval() for part in (Encoder, Decoder, Discriminator)
    )
    x = torch.rand(2, *shape)
    mean, spread = encoder(x)
    assert mean.shape == spread.shape == (2, 128)
    assert ((spread > 0) & (spread < 1)).all()
    made = decoder(mean, torch.tensor([0, 5]))
    assert made.shape == x.shape
    assert made.abs().max() <= 1
    assert [tuple(head.shape) for head in discriminator(made)] == [(2,), (2, 6), (2, 7)]
    widths = [layer.out_channels for layer in encoder.layers if isinstance(layer, torch.nn.Conv2d)]
    assert widths == [32, 64, 128, 256]


def test_presets_are_those_published():
    ferg, mug = PRESETS["ferg"], PRESETS["mug"]
    assert (ferg.kl, ferg.adversarial, ferg.identity, ferg.expression) == (0.002, 0.108, 0.6, 0.29)
    assert (mug.kl, mug.adversarial, mug.identity, mug.expression) == (0.002, 0.078, 0.8, 0.12)
    assert (ferg.kernel, mug.kernel, ferg.epochs, mug.epochs) == (5, 8, 400, 300)
    assert (ferg.three_heads, mug.three_heads) == (True, False)
    assert build("defenses", "pprl-vgan:preset=mug,epochs=2").recipe == dataclasses.replace(
        mug, epochs=2
    )


def test_a_training_that_was_stopped_goes_on_to_the_same_weights(tmp_path, faces, short):
    whole = build("defenses", TINY + "4").fit(faces, TASK, seed=0, device="cpu")
    for epochs in ("2", "4"):
        made = build("defenses", TINY + epochs).fit(
            faces, TASK, seed=0, device="cpu", work=tmp_path
        )
    assert len(made.curve) == 4
    for name, value in whole.decoder.state_dict().items():
        assert torch.equal(value, made.decoder.state_dict()[name]), name
    assert len((tmp_path / "losses.csv").read_text().splitlines()) == 5


def test_epochs_after_the_last_checkpoint_are_done_and_told_again_once(
    tmp_path, faces, short, monkeypatch
):
    """Killed in the third epoch, with a checkpoint after the second."""
    recipe = dataclasses.replace(build("defenses", TINY + "4").recipe, keep=2)
    defense = build("defenses", TINY + "4")
    monkeypatch.setattr(type(defense), "recipe", recipe)
    epoch = training._epoch

    def killed(game):
        if game.epoch == 3:
            raise KeyboardInterrupt
        return epoch(game)

    monkeypatch.setattr(training, "_epoch", killed)
    with pytest.raises(KeyboardInterrupt):
        defense.fit(faces, TASK, seed=0, device="cpu", work=tmp_path)
    monkeypatch.setattr(training, "_epoch", epoch)
    defense.fit(faces, TASK, seed=0, device="cpu", work=tmp_path)
    lines = (tmp_path / "losses.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["epoch", "1", "2", "3", "4"]


def test_a_checkpoint_of_another_training_is_refused(tmp_path, faces, short):
    build("defenses", TINY + "1").fit(faces, TASK, seed=0, device="cpu", work=tmp_path)
    with pytest.raises(InputError, match="other seed"):
        build("defenses", TINY + "2").fit(faces, TASK, seed=1, device="cpu", work=tmp_path)
    with pytest.raises(InputError, match="other form"):
        build("defenses", TINY.replace("=6", "=7") + "2").fit(
            faces, TASK, seed=0, device="cpu", work=tmp_path
        )


def test_a_target_is_given_to_everybody_and_a_random_one_to_each(faces, short):
    made = build("defenses", TINY + "1,target=2").fit(faces, TASK, seed=0, device="cpu")
    assert set(made.targets(faces.x).tolist()) == {2}
    free = dataclasses.replace(made, target=-1)
    assert set(free.targets(faces.x).tolist()) == {0, 1, 2, 3}
    assert np.array_equal(free.targets(faces.x[:3]), free.targets(faces.x)[:3])


@pytest.mark.parametrize(
    ("spec", "samples", "said"),
    [
        (TINY + "1", testing.toy_images(n=48, size=20), "divide by 16"),
        (TINY + "1,target=4", testing.toy_images(), "-1 to 3"),
    ],
)
def test_what_cannot_be_is_refused(spec, samples, said):
    with pytest.raises(InputError, match=said):
        build("defenses", spec).fit(samples, TASK, seed=0, device="cpu")


def test_a_loss_that_is_no_number_stops_it_and_the_last_checkpoint_stays(tmp_path, faces, short):
    build("defenses", TINY + "1").fit(faces, TASK, seed=0, device="cpu", work=tmp_path)
    kept = (tmp_path / "checkpoint.safetensors").read_bytes()
    spoilt = dataclasses.replace(faces, x=faces.x * np.float32(np.nan))
    with pytest.raises(train.DivergedError, match="not finite"):
        build("defenses", TINY + "3").fit(spoilt, TASK, seed=0, device="cpu", work=tmp_path)
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == kept


@pytest.mark.parametrize(
    ("part", "said"),
    [("inputs", "whatever the input"), ("targets", "whatever the target identity")],
)
def test_pictures_that_are_all_alike_are_no_release(faces, part, said):
    defense = build("defenses", TINY + "1")
    form = synthesis.form_of(defense.recipe, faces, TASK)
    game = begin(defense.recipe, form, faces, TASK, seed=0, device="cpu")
    with torch.no_grad():
        weight = game.decoder.start.weight
        (weight[:, : form.latent] if part == "inputs" else weight[:, form.latent :]).zero_()
        weight.mul_(50)
        game.encoder.mean.weight.mul_(1e3)
    with pytest.raises(train.DivergedError, match=said):
        training.refuse_collapse(game, training.variety(game))
