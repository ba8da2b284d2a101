"""Rebuilt pictures, and people named on them, where the answer is known."""

import numpy as np
import pytest
import torch
from attacks import correct, highest_by_luck
from privbench.attackers._shared import rebuilt
from privbench.bench.checks import InputError
from privbench.bench.metrics.images import ssim
from privbench.bench.reasons import Reason
from privbench.bench.registry import build
from privbench.bench.runner import session
from scipy.ndimage import gaussian_filter

PEOPLE, ROWS, TRAIN = 4, 240, 160
QUICK = "reconstruct:epochs=30,identity_epochs=10"


def pictures(shape=(1, 16, 16), seed=0):
    """(x, y): people with a smooth pattern of their own, under another one in every picture."""
    rng = np.random.default_rng(seed)
    y = np.arange(ROWS) % PEOPLE
    of_person = gaussian_filter(rng.normal(size=(PEOPLE, *shape)), (0, 0, 2, 2))
    of_picture = gaussian_filter(rng.normal(size=(ROWS, *shape)), (0, 0, 2, 2))
    x = 0.5 + 1.2 * of_person[y] + 0.8 * of_picture
    return x.clip(0, 1).astype(np.float32), y


def fitted(z, x, y, spec=QUICK, seed=0):
    """An adversary that knows the first TRAIN rows."""
    rows = slice(TRAIN)
    return build("attackers", spec).fit(
        z[rows], y[rows], source=np.arange(TRAIN), seed=seed, device="cpu", inputs=x[rows]
    )


def measured(adversary, z, x, y):
    """(accuracy, {measure: (value, that of the mean picture)}) on the other rows."""
    likeness = adversary.likeness(z[TRAIN:], x[TRAIN:])
    return correct(adversary(z[TRAIN:]), y[TRAIN:]), likeness


def turned(x):
    """The picture as a vector in which no number is a pixel: all of it, under a random rotation."""
    flat = x.reshape(len(x), -1)
    d = flat.shape[1]
    square = np.random.default_rng(5).normal(size=(d, d))
    turn, _ = np.linalg.qr(square)
    z = flat @ turn
    return z.astype(np.float32)


@pytest.mark.parametrize("codes", [turned, lambda x: x, lambda x: 3 - 2 * x[:, :, ::2, ::2]])
def test_codes_that_hold_the_picture_give_it_back_and_name_its_person(codes):
    x, y = pictures()
    adversary = fitted(codes(x), x, y)
    accuracy, likeness = measured(adversary, codes(x), x, y)
    assert adversary.sound
    value, blind = likeness["ssim"]
    assert value > 0.8 > 0.5 > blind
    value, blind = likeness["psnr"]
    assert value > blind + 4
    assert accuracy > 0.9


@pytest.mark.parametrize("shape", [(64,), (1, 16, 16)])
def test_codes_of_noise_give_back_the_mean_picture_and_name_nobody(shape):
    x, y = pictures()
    z = np.random.default_rng(1).normal(size=(ROWS, *shape)).astype(np.float32)
    accuracy, likeness = measured(fitted(z, x, y), z, x, y)
    for value, blind in likeness.values():
        assert value < blind + 0.02  # noise tells nothing of pictures that the decoder has not seen
    value, blind = likeness["ssim"]
    assert value == pytest.approx(blind, abs=0.15)
    assert accuracy <= highest_by_luck(ROWS - TRAIN, 1 / PEOPLE, risk=0.001)


def test_the_blind_number_is_that_of_the_mean_training_picture():
    x, y = pictures()
    adversary = fitted(x, x, y, "reconstruct:epochs=1,identity_epochs=1")
    test = x[TRAIN:]
    _, blind = adversary.likeness(test, test)["ssim"]
    mean = np.broadcast_to(x[:TRAIN].mean(0), test.shape)
    assert blind == pytest.approx(ssim(mean, test).mean(), abs=1e-4)


@pytest.mark.parametrize(
    ("shape", "codes"),
    [
        ((3, 13, 19), (7,)),
        ((1, 11, 40), (2, 5, 5)),
        ((3, 24, 20), (2, 30, 31)),
        ((1, 33, 11), (2, 2, 2)),
        ((1, 12, 12), (6, 2)),
    ],
)
def test_codes_and_pictures_of_any_shape(shape, codes):
    x, y = pictures(shape)
    z = np.random.default_rng(0).normal(size=(ROWS, *codes)).astype(np.float32)
    x_kept = x.copy()
    z_kept = z.copy()
    adversary = fitted(z, x, y, "reconstruct:epochs=1,identity_epochs=1")
    rebuilt = adversary.rebuild(z[:70])
    assert rebuilt.shape == (70, *shape)
    assert rebuilt.min() >= 0
    assert rebuilt.max() <= 1
    assert adversary(z[:5]).shape == (5, PEOPLE)
    assert np.array_equal(x, x_kept)
    assert np.array_equal(z, z_kept)


def test_blocks_change_no_number(monkeypatch):
    x, y = pictures()
    z = turned(x)
    adversary = fitted(z, x, y, "reconstruct:epochs=2,identity_epochs=1")
    scores = adversary(z)
    likeness = adversary.likeness(z, x)
    monkeypatch.setattr(rebuilt, "BLOCK", 7 * x[0].size)
    assert np.allclose(adversary(z), scores, atol=1e-4)
    for name, pair in adversary.likeness(z, x).items():
        assert pair == pytest.approx(likeness[name], abs=1e-4)


def test_a_seed_repeats_itself_and_leaves_the_global_generator_alone():
    x, y = pictures()
    z = turned(x)
    before = torch.random.get_rng_state()

    def scores(seed):
        return fitted(z, x, y, "reconstruct:epochs=2,identity_epochs=1", seed)(z)

    first = scores(3)
    assert np.array_equal(first, scores(3))
    assert not np.array_equal(first, scores(4))
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_fit_that_got_nowhere_says_so():
    x, y = pictures()
    # Constant codes: nothing but the mean can be rebuilt.
    stuck = fitted(np.ones((ROWS, 30), np.float32), x, y)
    assert not stuck.sound
    assert stuck.note.code == "not-converged"
    assert "decoder did not converge" in stuck.note.text
    blind = fitted(turned(x), np.broadcast_to(x[:1], x.shape), y)  # one picture for all
    assert not blind.sound
    assert blind.note.code == "not-converged"
    assert "recogniser did not converge" in blind.note.text
    short = fitted(turned(x), x, y, "reconstruct:epochs=3,identity_epochs=3")
    assert short.sound
    text = "recogniser still improving when its budget of 3 epochs was spent"
    assert short.note == Reason("budget-short", text)


def test_the_notes_of_both_parts_are_joined_under_the_first_code():
    class Part:
        def __init__(self, note):
            self.note = note

    short = Reason("budget-short", "is short")
    stuck = Reason("not-converged", "is stuck")
    both = rebuilt.PictureAdversary(Part(short), Part(stuck))
    assert both.note == Reason("budget-short", "decoder is short; recogniser is stuck")
    assert rebuilt.PictureAdversary(Part(None), Part(None)).note is None


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (np.zeros((ROWS, 5)), "images"),
        (np.zeros((ROWS, 1, 10, 20)), "at least 11x11"),
        (np.full((ROWS, 1, 12, 12), np.nan), "NaN"),
    ],
)
def test_inputs_that_are_no_pictures_are_refused(inputs, message):
    with pytest.raises(InputError, match=message):
        fitted(np.zeros((ROWS, 4), np.float32), inputs.astype(np.float32), np.arange(ROWS) % PEOPLE)


def test_inputs_are_one_a_row():
    z, y = np.zeros((8, 4), np.float32), np.arange(8) % 2
    with pytest.raises(InputError, match="one a row"):
        build("attackers", QUICK).fit(
            z, y, source=y, seed=0, device="cpu", inputs=np.zeros((7, 1, 16, 16), np.float32)
        )


@pytest.mark.parametrize("bad", ["epochs=0", "lr=0", "batch=1", "identity_epochs=0"])
def test_settings_without_a_meaning_are_refused(bad):
    with pytest.raises(InputError, match=f"reconstruct:{bad.partition('=')[0]}"):
        build("attackers", f"reconstruct:{bad}")


def test_a_run_tells_likeness_beside_accuracy_and_skips_what_is_no_picture(tmp_path):
    def records(dataset):
        s = session.prepare(
            session.Request(
                defense=("raw",),
                attacker=("reconstruct:epochs=2,identity_epochs=2",),
                dataset=dataset,
                folds=2,
                utility="none",
                jobs="1",
                fold=(0,),
                out=str(tmp_path / dataset[:5]),
            )
        )
        store, groups = session.work(s)
        assert list(session.execute(s, store, groups))
        return [r for r in store.records() if r.attacker == "reconstruct"]

    seen = {r.metric: r for r in records("synthfaces:people=3,renderings=2,size=16")}
    assert {r.status for r in seen.values()} <= {"ok", "weak"}, [r.reason for r in seen.values()]
    assert -1 <= seen["ssim"].value <= 1
    assert seen["psnr"].value >= seen["psnr"].chance > 5
    assert 0 <= seen["accuracy"].value <= 1
    assert [r.reason for r in records("gaussian:people=3,rows=8")] == ["the data are no pictures"]
