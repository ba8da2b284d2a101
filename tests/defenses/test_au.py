"""Action units: the drawn set, and what is released of them."""

import numpy as np
import pytest
from privbench.bench import testing
from privbench.bench.checks import InputError
from privbench.bench.registry import build
from privbench.bench.toolkit import sequences
from privbench.bench.types import Task
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

TASK = Task("valence")


def known(rows):
    """Accuracy on each person's first recording of an attacker that knows the others."""
    person = rows.labels["identity"]
    recording = rows.source
    asked = recording % 4 == 0
    z = sequences.statistics(rows.x)
    adversary = build("attackers", "lda").fit(
        z[~asked], person[~asked], source=recording[~asked], seed=0, device="cpu"
    )
    correct = adversary(z[asked]).argmax(1) == person[asked]
    return correct.mean()


def released(spec, samples):
    encoder = build("defenses", spec).fit(samples, TASK, seed=0, device="cpu")
    return encoder(samples.x)["units"]


@pytest.fixture(scope="module")
def drawn():
    return build("datasets", "synthau").load(None)


def test_drawn_units_tell_affect_and_who_it_is(drawn):
    made = build("datasets", "synthau")
    assert drawn.x.shape == (40 * 4 * 6, 100, 17)
    assert made.oracle("valence") >= 0.8
    assert made.oracle("arousal") >= 0.8
    assert known(drawn) >= 0.8


def test_people_without_style_are_alike():
    alike = build("datasets", "synthau:style=0,people=10").load(None)
    assert known(alike) < 0.3


def test_standardised_people_have_one_mean_and_deviation_and_are_still_known():
    even = build("datasets", "synthau:standardise=person,people=10").load(None)
    x = even.x[even.labels["identity"] == 3]
    assert len(x)
    assert np.allclose(np.nanmean(x, (0, 1)), 0, atol=1e-4)
    assert np.allclose(np.nanstd(x, (0, 1)), 1, atol=1e-3)
    assert known(even) > 0.5


def test_what_is_alike_before_standardising_tells_who_it_is_after():
    """Noise and floor are the same for all people; divided by a person's deviation they are not.

    Standardised level is.
    """
    accuracy = {}
    for how in ("none", "person"):
        rows = build("datasets", f"synthau:standardise={how},people=10").load(None)
        z = sequences.statistics(rows.x).reshape(len(rows), 8, -1)
        person = rows.labels["identity"]
        asked = rows.source % 4 == 0
        for name, place in (("level", 0), ("step", 5)):
            lda = LinearDiscriminantAnalysis().fit(z[~asked, place], person[~asked])
            accuracy[how, name] = lda.score(z[asked, place], person[asked])
    assert accuracy["none", "step"] < 0.6 < 0.9 < accuracy["person", "step"]
    assert accuracy["person", "level"] < 0.2 < 0.6 < accuracy["none", "level"]


def test_ratings_come_late():
    made = build("datasets", "synthau:people=5,delay=3,fps=10")
    _, rating, affect = made.recorded()
    fits = []
    for delay in range(0, 60, 10):
        early = affect[:, : 600 - delay, 0].ravel()
        late = rating[:, delay:, 0].ravel()
        fits.append(np.corrcoef(early, late)[0, 1])
    assert int(np.argmax(fits)) == 3


@pytest.mark.parametrize(
    ("spec", "message"),
    [("synthau:lost=0.9", "lost"), ("synthau:seconds=25", "multiple of window")],
)
def test_what_cannot_be_drawn_is_refused(spec, message):
    with pytest.raises(InputError, match=message):
        build("datasets", spec)


def test_units_are_smoothed_over_the_frames_that_are_there_and_rounded():
    toy = testing.toy_sequences()
    z = released("au:smooth=3", toy)
    assert np.array_equal(np.isnan(z), np.isnan(toy.x))
    assert np.allclose(z[1, 5], toy.x[1, 4:7].mean(0), atol=1e-5)
    assert np.allclose(z[0, 4], toy.x[0, 4:6].mean(0), atol=1e-5)  # frame 3 is missing
    few = released("au:levels=3", toy)
    for j in range(4):
        unit = few[..., j]
        there = ~np.isnan(unit)
        assert 1 <= len(np.unique(unit[there])) <= 3
    with pytest.raises(InputError, match="levels"):
        build("defenses", "au:levels=1")


@pytest.mark.parametrize("name", ["au", "au-rnn"])
def test_pictures_are_refused_by_defenses_of_sequences(name):
    with pytest.raises(InputError, match="sequences"):
        build("defenses", name).fit(testing.toy_images(), Task(), seed=0, device="cpu")


def test_windows_without_a_face_are_left_out_and_counted():
    rows = build("datasets", "synthau:people=10,window=1,seconds=20,lost=0.2").load(None)
    assert len(rows) < 10 * 4 * 20
    assert "no frame with a face" in rows.notes[1]
