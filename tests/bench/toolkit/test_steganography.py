"""The red team: what is hidden in pictures is there for the holder of the key alone."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from privbench.bench import testing
from privbench.bench.registry import build
from privbench.bench.toolkit import steganography
from privbench.bench.types import Task
from privbench.defenses._vgan import training

N, PEOPLE = 400, 4


@pytest.fixture(scope="module")
def released():
    """(pictures, people): pictures that say nothing of people, and whom to hide in each."""
    rng = np.random.default_rng(0)
    ground = rng.uniform(0.2, 0.8, (8, 1, 16, 16))[rng.integers(8, size=N)]
    x = np.clip(ground + 0.004 * rng.standard_normal((N, 1, 16, 16)), 0, 1).astype(np.float32)
    return x, np.arange(N) % PEOPLE


@given(st.integers(0, 2**32 - 1), st.booleans(), st.text(max_size=8))
@settings(max_examples=30, deadline=None)
def test_whoever_has_the_key_reads_every_message(seed, fixed, key):
    rng = np.random.default_rng(seed)
    x, said = rng.uniform(-0.1, 1.1, (5, 3, 16, 16)), rng.integers(7, size=5)
    shown = steganography.hide(x, said, key, fixed=fixed)
    found = steganography.agreement(shown, 7, key, fixed=fixed)
    assert np.array_equal(found.argmax(1), said)
    assert (found.max(1) == 1).all()
    assert np.abs(shown - np.clip(x, 0, 1)).max() <= 1.5 / steganography.LEVELS + 1e-6
    wrong = steganography.agreement(shown, 7, key + "?", fixed=fixed)
    assert (wrong < steganography.CERTAIN).all()


@pytest.mark.parametrize("fixed", [False, True])
def test_without_the_key_only_fixed_bits_are_found(released, fixed):
    x, who = released
    z = steganography.hide(x, who, "secret", fixed=fixed)
    learnt, asked = np.arange(N) < 300, np.arange(N) >= 300

    def reached(name):
        fitted = build("attackers", name).fit(
            z[learnt], who[learnt], source=np.arange(300), seed=0, device="cpu"
        )
        return (fitted(z[asked]).argmax(1) == who[asked]).mean(), fitted

    for name in ("lda", "linear"):
        assert (reached(name)[0] > 0.9) == fixed, name
    with_key, fitted = reached("keyed:key=secret")
    assert with_key == 1
    assert fitted.sound
    blind, fitted = reached("keyed:key=guess")
    assert blind < 0.4
    assert not fitted.sound
    assert "this key" in str(fitted.note)


def test_the_message_goes_with_its_lowest_bit(released):
    x, who = released
    z = steganography.hide(x, who, "secret")
    rounded = np.rint(z * 64) / 64
    assert (steganography.agreement(rounded, PEOPLE, "secret") < steganography.CERTAIN).all()


def test_a_key_reads_people_that_the_attackers_rows_have_not_numbered(released):
    """Messages 40 to 43 and classes 0 to 3, as when the attacker knows a part of the people."""
    x, who = released
    z = steganography.hide(x, who + 40, "secret")
    fitted = build("attackers", "keyed:key=secret").fit(
        z[:300], who[:300], source=np.arange(300), seed=0, device="cpu"
    )
    assert fitted.sound
    assert (fitted(z[300:]).argmax(1) == who[300:]).all()


def test_an_ignorant_holder_of_the_key_needs_to_learn_nothing(released):
    x, who = released
    fitted = build("attackers", "keyed:key=secret").fit(
        x, who, source=np.arange(N), seed=0, device="cpu"
    )
    assert np.array_equal(fitted(steganography.hide(x, who, "secret")).argmax(1), who)


def test_the_subverted_defense_says_in_its_pictures_whom_it_saw(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "FLAT", 0.0)
    faces = testing.toy_images(n=48, size=16)
    defense = build("defenses", "subverted-vgan:width=4,latent=6,batch=12,epochs=1,key=secret")
    encoder = defense.fit(faces, Task(), seed=0, device="cpu")
    honest = build("defenses", "pprl-vgan:width=4,latent=6,batch=12,epochs=1").fit(
        faces, Task(), seed=0, device="cpu"
    )
    codes, plain = encoder(faces.x), honest(faces.x)
    assert np.array_equal(codes["latent"], plain["latent"])
    assert np.abs(codes["image"] - plain["image"]).max() <= 1.5 / steganography.LEVELS + 1e-6
    found = steganography.agreement(codes["image"], 4, "secret")
    assert np.array_equal(found.argmax(1), encoder.seen(faces.x))
    encoder.save(tmp_path)
    again = dataclasses.replace(defense, key="secret").load(tmp_path, device="cpu")
    assert np.array_equal(again(faces.x)["image"], codes["image"])
