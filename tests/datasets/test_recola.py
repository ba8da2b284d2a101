"""RECOLA's original layout, and its gold standard."""

import re

import numpy as np
import pytest
from privbench.bench import checks, testing
from privbench.bench.checks import InputError
from privbench.bench.metrics.regression import ccc
from privbench.datasets._recordings import gold
from privbench.datasets.recola import Recola
from recordings import SMALL, T, arff, clip, counted, face, noted, rate, video


@pytest.fixture
def recola(tmp_path):
    root = tmp_path / "RECOLA"
    for k, who in enumerate(("P16", "P17", "P100")):
        for d, dim in enumerate(("arousal", "valence")):
            rate(root / f"RECOLA-Annotation/emotional_behaviour/{dim}/{who}.csv", [k, d])
        video(root / f"RECOLA-Video-features/{who}.arff", [k, 2])
    return root


def test_recola(recola):
    d = Recola(**SMALL)
    s = checks.dataset(d.load(recola), d.task)
    assert s.x.shape == (3 * 5, 50, 3)
    assert s.classes == {"identity": ("P100", "P16", "P17")}
    assert s.labels["identity"].tolist() == [1] * 5 + [2] * 5 + [0] * 5
    assert len(np.unique(s.source)) == 9
    assert counted(s) == (900, 750, 0, 150)
    assert np.isfinite(s.targets["arousal"]).all()
    assert noted(s, "1 of 3 features are not named as action units, and may carry identity: pitch")
    testing.check_dataset(d, recola.parent)
    au = Recola(**SMALL, features="AU*").load(recola)
    assert au.x.shape[2] == 2
    assert not noted(au, "action units")


def test_the_gold_standard_is_the_recipe_of_the_organisers(recola):
    ratings = rate(recola / "RECOLA-Annotation/emotional_behaviour/arousal/P16.csv", [0, 0])
    pair = np.array([[ccc(a, b) for a in ratings.T] for b in ratings.T])
    weight = [(pair[i].sum() - 1) / 5 for i in range(6)]
    centred = ratings - ratings.mean(0) + np.average(ratings.mean(0), weights=weight)
    s, plain = (
        Recola(window=T, block=0).load(recola),
        Recola(window=T, block=0, gold="mean").load(recola),
    )
    assert np.allclose(s.targets["arousal"][0], centred.mean(1), atol=1e-6)
    assert np.allclose(plain.targets["arousal"][0], ratings.mean(1), atol=1e-6)
    assert abs(centred.mean() - ratings.mean()) > 1e-4, "the two differ here"
    assert np.allclose(gold.combined(np.tile([[1.0], [3.0]], 6)), [1, 3])
    against = np.stack([np.arange(9.0), -np.arange(9.0)], 1)
    assert np.allclose(gold.combined(against), against.mean(1)), "nobody agrees"


def test_recola_is_compared_with_a_shipped_gold_standard(recola):
    assert not noted(Recola(**SMALL).load(recola), "against")
    rated = Recola(window=T, block=0).load(recola).targets["arousal"][0]
    lines = [["P16", round(0.04 * i, 2), v] for i, v in enumerate(rated)]
    arff(
        recola / "ratings_gold_standard/arousal/P16.arff",
        ["Instance_name", "frameTime", "GoldStandard"],
        lines,
    )
    assert noted(
        Recola(**SMALL).load(recola),
        "ratings_gold_standard (1 files): correlation at least 1.000, differences",
    )


def test_recola_from_openface(recola):
    for k, who in enumerate(("P16", "P17", "P100")):
        clip(
            recola / f"tracked/{who}.csv",
            [face(i, seed=k, success=int(i != 9)) for i in range(1, T + 1) if i != 7],
        )
    s = Recola(**SMALL, openface="tracked").load(recola)
    arff_ = Recola(**SMALL).load(recola)
    assert s.x.shape == (15, 50, 17)
    assert np.flatnonzero(np.isnan(s.x[0, :, 0])).tolist() == [6, 8]
    assert np.array_equal(s.targets["arousal"], arff_.targets["arousal"])
    clip(recola / "tracked/P17.csv", [face(i, timestamp=(i - 1) / 30) for i in range(1, 361)])
    with pytest.raises(
        InputError, match=r"P17.csv line 301: got 300 ratings for the 360 frames of tracked/P17.csv"
    ):
        Recola(**SMALL, openface="tracked").load(recola)


def test_recola_without_ratings_has_no_targets_and_says_so(recola):
    (recola / "RECOLA-Annotation/emotional_behaviour/valence/P17.csv").unlink()
    (recola / "RECOLA-Video-features/P100.arff").unlink()
    s = Recola(**SMALL).load(recola)
    who = s.labels["identity"] == s.classes["identity"].index("P17")
    assert np.isnan(s.targets["valence"][who]).all()
    assert np.isfinite(s.targets["valence"][~who]).all()
    assert np.isfinite(s.targets["arousal"]).all()
    assert noted(s, "1 of 2 recordings without all ratings: P17")
    assert noted(s, "1 recordings left out, rated but without features: P100")
    assert noted(s, "250 of 500 present frames have no valence")


def test_recola_short_recordings_and_slightly_different_lengths(recola):
    video(recola / "RECOLA-Video-features/P17.arff", 9, t=T + 2)
    s = Recola(window=50, block=0).load(recola)
    assert noted(s, "2 of 902 frames left out: last windows")
    wide = Recola(window=T + 2, block=0).load(recola)
    assert np.isnan(wide.targets["arousal"][1, T:]).all()
    assert noted(wide, "2 of 902 present frames have no arousal")


VOICES = "RECOLA-Annotation/emotional_behaviour/arousal/P16.csv"
SEEN = "RECOLA-Video-features/P16.arff"


def without(path, first, last):
    """The file without some of its lines."""
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[: first - 1] + lines[last:]))


def mixed(path):
    path.write_text(path.read_text().replace("'P16',0.4000", "'P17',0.4000"))


RECOLA_FAULTS = {
    "names": (lambda r: rate(r / VOICES, 1, header=("time", *"abcdef")),
              "arousal/P16.csv line 1: got columns time, a"),
    "blank": (lambda r: (r / VOICES).write_text((r / VOICES).read_text()[:-10] + ";"),
              "arousal/P16.csv line 301: got"),
    "lengths": (lambda r: rate(r / VOICES, 1, t=280),
                f"arousal/P16.csv line 281: got 280 ratings for the 300 frames of {SEEN}"),
    "gap": (lambda r: without(r / VOICES, 101, 103),
            f"{SEEN} line 112: got 3.960 s, 40 ms from any rating in"),
    "slow": (lambda r: video(r / SEEN, 1, step=0.05),
             f"{SEEN} line 253: got 12.000 s, 40 ms from any rating in"),
    "fast": (lambda r: video(r / SEEN, 1, step=0.02),
             f"{SEEN} line 312: got an end after 5.980 s, and 149 ratings in"),
    "offset": (lambda r: video(r / SEEN, 1, start=5), "from any rating in arousal/P16.csv"),
    "mixed": (lambda r: mixed(r / SEEN), f"{SEEN} line 23: got name 'P17'; expected 'P16'"),
    "none": (lambda r: [p.unlink() for p in (r / SEEN).parent.iterdir()],
             f"expected {'{root}'}/{SEEN}"),
}  # fmt: skip


@pytest.mark.parametrize("fault", RECOLA_FAULTS)
def test_recola_faults_are_named_with_file_and_line(recola, fault):
    break_, message = RECOLA_FAULTS[fault]
    assert len(Recola(**SMALL).load(recola)) == 15
    break_(recola)
    with pytest.raises(InputError, match=re.escape(message.replace("{root}", str(recola)))):
        Recola(**SMALL).load(recola)
