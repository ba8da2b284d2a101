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

PEOPLE = 3
CLASSES = 4
FIRST_FACE = 10  # the row of a picture that shows identity 0


class Perfect:
    """The code is the expression (a one-hot of 4).

    A picture shows it in its first rows, and the identity in its last.
    """

    form = SimpleNamespace(people=PEOPLE)

    def distribution(self, x):
        return x[:, 0, :CLASSES, 0], None

    def decode(self, z, who):
        row = np.arange(len(z))
        place = FIRST_FACE + np.asarray(who)
        x = np.zeros((len(z), 1, 16, 16), np.float32)
        x[:, 0, :CLASSES] = np.clip(z, 0, 1)[:, :, None]
        x[row, 0, place] = 1
        return x


def pictures(n=24):
    row = np.arange(n)
    who = row % PEOPLE
    what = row // PEOPLE % CLASSES
    z = np.eye(CLASSES)[what]
    return Perfect().decode(z, who), who, what


def identity(x):
    return 9 * x[:, 0, FIRST_FACE : FIRST_FACE + PEOPLE, 5]


def expression(x):
    return 9 * x[:, 0, :CLASSES, 5]


SEES = Judge(identity, expression)


def test_a_perfect_exchange_has_every_face_and_keeps_every_expression():
    x, who, what = pictures()
    made = synthesis.exchange(Perfect(), x)
    assert made.shape == (PEOPLE, *x.shape)
    merits = synthesis.merits_of_exchange(SEES, x, made, who, what)
    assert merits["identity is the target's"] == 1
    assert merits["expression is the input's"] == 1
    assert merits["identity is still the input's, where another was asked for"] == 0


def test_an_exchange_that_changes_nothing_has_the_target_by_chance_alone():
    x, who, what = pictures()
    unchanged = np.stack([x] * PEOPLE)
    merits = synthesis.merits_of_exchange(SEES, x, unchanged, who, what)
    assert merits["identity is the target's"] == pytest.approx(1 / PEOPLE)
    assert merits["identity is still the input's, where another was asked for"] == 1


def test_a_morph_goes_straight_from_one_code_to_the_other():
    x, _, what = pictures()
    a = x[what == 0][:3]
    b = x[what == 2][:3]
    who = np.ones(3, int)
    path = synthesis.morph(Perfect(), a, b, who, 5)
    half = path[2, :, 0, [0, 2], 0]
    assert np.allclose(half, 0.5)
    start = np.zeros(3, int)
    end = np.full(3, 2)
    merits = synthesis.merits_of_morph(SEES, path, who, start, end)
    assert merits["steps towards the last expression that do not lose any of it"] == 1
    assert merits["begins with the first expression"] == 1
    assert merits["ends with the last expression"] == 1
    assert merits["identity is the target's along the way"] == 1
    back = synthesis.merits_of_morph(SEES, path[::-1], who, start, end)
    assert back["steps towards the last expression that do not lose any of it"] == 0
    assert back["ends with the last expression"] == 0


def test_completion_changes_the_box_and_nothing_else():
    x, who, what = pictures()
    box = Box(2, 14, 3, 15)
    completion = synthesis.complete(Perfect(), x, who, box)
    outside = np.ones(x.shape, bool)
    box.of(outside)[...] = False
    assert (box.of(completion.masked) == 0).all()
    assert np.array_equal(completion.masked[outside], x[outside])
    assert np.array_equal(completion.completed[outside], x[outside])
    assert np.array_equal(x, pictures()[0])
    merits = synthesis.merits_of_completion(SEES, completion, x.mean(0), who, what)
    assert merits["expression, completed"] == 1
    assert merits["expression, masked"] < 1
    assert merits["ssim of the region"] > merits["ssim of the mean picture's region"]


def test_the_published_region_is_the_mouth_of_64_pixels():
    assert synthesis.mouth((3, 64, 64)) == Box(40, 55, 18, 47)
    small = synthesis.mouth((1, 32, 32))
    assert small.inside((1, 32, 32)).bottom == 28


@pytest.mark.parametrize(
    "box", [Box(-1, 4, 0, 4), Box(0, 17, 0, 4), Box(4, 4, 0, 4), Box(0, 16, 0, 16)]
)
def test_a_box_must_lie_in_the_picture(box):
    with pytest.raises(InputError, match="--rows, --columns"):
        box.inside((1, 16, 16))


DATA = ["--dataset", "synthfaces:people=3,renderings=4,size=16", "--folds", "2", "--out"]
TINY = ["-d", "pprl-vgan:width=4,latent=4,batch=8,epochs=1"]


@pytest.fixture
def short_training(monkeypatch):
    from privbench.defenses._vgan import training

    monkeypatch.setattr(training, "FLAT", 0.0)


@pytest.mark.usefixtures("short_training")
@pytest.mark.parametrize("name", ["samples", "morph", "complete"])
def test_each_command_writes_a_picture_and_its_merits(name, tmp_path):
    done = CliRunner().invoke(main, [name, *TINY, *DATA, str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / f"{name}.png").stat().st_size > 1000
    assert (tmp_path / f"{name}.csv").read_text().startswith("measure,value\n")
    losses = tmp_path / "l.png"
    plot = ["plot", str(tmp_path), "--kind", "losses", "--out", str(losses)]
    drawn = CliRunner().invoke(main, plot)
    assert drawn.exit_code == 0, drawn.output
    assert losses.stat().st_size > 1000


def test_losses_of_a_run_that_is_still_training_are_drawn_and_of_no_training_refused(tmp_path):
    folder = tmp_path / "cache" / "encoders" / "ab.training"
    with pytest.raises(InputError, match="pprl-vgan"):
        learning_curves.losses(tmp_path)
    folder.mkdir(parents=True)
    (folder / "losses.csv").write_text("epoch,kl\n1,2.5\n2,1.5\n")
    curve = [{"epoch": 1, "kl": 2.5}, {"epoch": 2, "kl": 1.5}]
    assert learning_curves.losses(tmp_path) == {"ab.training, so far": curve}


@pytest.mark.usefixtures("short_training")
@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["samples", "-d", "noise"], "one that makes pictures: pprl-vgan"),
        (["complete", *TINY, "--rows", "4-5"], "A:B"),
        (["morph", *TINY, "--steps", "1"], "--steps"),
        (["samples", "-d", "pprl-vgan:width=0"], "pprl-vgan:width"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(arguments, text, tmp_path):
    done = CliRunner().invoke(main, [*arguments, *DATA, str(tmp_path)])
    assert done.exit_code == 2, done.output
    assert text in done.stderr
