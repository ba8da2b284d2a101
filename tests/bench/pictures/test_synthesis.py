"""Exchange, morphing and completion, by an encoder and a judge whose answers are known."""

from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from privbench.bench.checks import InputError
from privbench.bench.cli.main import main
from privbench.bench.pictures import synthesis
from privbench.bench.pictures.synthesis import Box, Judge
from privbench.bench.report import learning_curves

PEOPLE, CLASSES = 3, 4


class Perfect:
    """The code is the expression (a one-hot of 4); a picture shows it in its first rows, the identity in its last."""

    form = SimpleNamespace(people=PEOPLE)

    def distribution(self, x):
        return x[:, 0, :CLASSES, 0], None

    def decode(self, z, who):
        x = np.zeros((len(z), 1, 16, 16), np.float32)
        x[:, 0, :CLASSES] = np.clip(z, 0, 1)[:, :, None]
        x[np.arange(len(z)), 0, 10 + np.asarray(who)] = 1
        return x


def pictures(n=24):
    who, what = np.arange(n) % PEOPLE, np.arange(n) // PEOPLE % CLASSES
    return Perfect().decode(np.eye(CLASSES)[what], who), who, what


SEES = Judge(lambda x: 9 * x[:, 0, 10 : 10 + PEOPLE, 5], lambda x: 9 * x[:, 0, :CLASSES, 5])


def test_a_perfect_exchange_has_every_face_and_keeps_every_expression():
    x, who, what = pictures()
    made = synthesis.exchange(Perfect(), x)
    assert made.shape == (PEOPLE, *x.shape)
    merits = synthesis.merits_of_exchange(SEES, x, made, who, what)
    assert merits["identity is the target's"] == merits["expression is the input's"] == 1
    assert merits["identity is still the input's, where another was asked for"] == 0
    kept = np.stack([x] * PEOPLE)  # who changes nothing is found out
    assert synthesis.merits_of_exchange(SEES, x, kept, who, what)[
        "identity is the target's"
    ] == pytest.approx(1 / 3)


def test_a_morph_goes_straight_from_one_code_to_the_other():
    x, _, what = pictures()
    a, b = x[what == 0][:3], x[what == 2][:3]
    path = synthesis.morph(Perfect(), a, b, np.array([1, 1, 1]), 5)
    assert np.allclose(path[2, :, 0, [0, 2], 0], 0.5)
    start, end = np.zeros(3, int), np.full(3, 2)
    merits = synthesis.merits_of_morph(SEES, path, np.ones(3, int), start, end)
    assert merits["steps towards the last expression that do not lose any of it"] == 1
    assert (
        merits["begins with the first expression"] == merits["ends with the last expression"] == 1
    )
    assert merits["identity is the target's along the way"] == 1
    back = synthesis.merits_of_morph(SEES, path[::-1], np.ones(3, int), start, end)
    assert back["steps towards the last expression that do not lose any of it"] == 0
    assert back["ends with the last expression"] == 0


def test_completion_changes_the_box_and_nothing_else():
    x, who, what = pictures()
    box = Box(2, 14, 3, 15)
    masked, completed = synthesis.complete(Perfect(), x, who, box)
    outside = np.ones(x.shape, bool)
    box.of(outside)[...] = False
    assert (box.of(masked) == 0).all()
    assert np.array_equal(masked[outside], x[outside])
    assert np.array_equal(completed[outside], x[outside])
    assert np.array_equal(x, pictures()[0])
    merits = synthesis.merits_of_completion(SEES, x, masked, completed, x.mean(0), who, what, box)
    assert merits["expression, completed"] == 1 > merits["expression, masked"]
    assert merits["ssim of the region"] > merits["ssim of the mean picture's region"]


def test_the_published_region_is_the_mouth_of_64_pixels():
    assert synthesis.mouth((3, 64, 64)) == Box(40, 55, 18, 47)
    assert synthesis.mouth((1, 32, 32)).inside((1, 32, 32)).bottom == 28


@pytest.mark.parametrize(
    "box", [Box(-1, 4, 0, 4), Box(0, 17, 0, 4), Box(4, 4, 0, 4), Box(0, 16, 0, 16)]
)
def test_a_box_must_lie_in_the_picture(box):
    with pytest.raises(InputError, match="--rows, --columns"):
        box.inside((1, 16, 16))


DATA = ["--dataset", "synthfaces:people=3,renderings=4,size=16", "--folds", "2", "--out"]
TINY = ["-d", "pprl-vgan:width=4,latent=4,batch=8,epochs=1"]


@pytest.mark.parametrize("name", ["samples", "morph", "complete"])
def test_each_command_writes_a_picture_and_its_merits(name, tmp_path, monkeypatch):
    from privbench.defenses._vgan import training

    monkeypatch.setattr(training, "FLAT", 0.0)
    done = CliRunner().invoke(main, [name, *TINY, *DATA, str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / f"{name}.png").stat().st_size > 1000
    assert (tmp_path / f"{name}.csv").read_text().startswith("measure,value\n")
    drawn = CliRunner().invoke(
        main, ["plot", str(tmp_path), "--kind", "losses", "--out", str(tmp_path / "l.png")]
    )
    assert drawn.exit_code == 0, drawn.output
    assert (tmp_path / "l.png").stat().st_size > 1000


def test_losses_of_a_run_that_is_still_training_are_drawn_and_of_no_training_refused(tmp_path):
    folder = tmp_path / "cache" / "encoders" / "ab.training"
    with pytest.raises(InputError, match="pprl-vgan"):
        learning_curves.losses(tmp_path)
    folder.mkdir(parents=True)
    (folder / "losses.csv").write_text("epoch,kl\n1,2.5\n2,1.5\n")
    assert learning_curves.losses(tmp_path) == {
        "ab.training, so far": [{"epoch": 1, "kl": 2.5}, {"epoch": 2, "kl": 1.5}]
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["samples", "-d", "noise"], "one that makes pictures: pprl-vgan"),
        (["complete", *TINY, "--rows", "4-5"], "A:B"),
        (["morph", *TINY, "--steps", "1"], "--steps"),
        (["samples", "-d", "pprl-vgan:width=0"], "pprl-vgan:width"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(arguments, said, tmp_path, monkeypatch):
    from privbench.defenses._vgan import training

    monkeypatch.setattr(training, "FLAT", 0.0)
    done = CliRunner().invoke(main, [*arguments, *DATA, str(tmp_path)])
    assert done.exit_code == 2, done.output
    assert said in done.stderr
