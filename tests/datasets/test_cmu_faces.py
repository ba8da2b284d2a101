"""CMU Face Images: made-up copies, and the real photographs where there are any."""

import shutil

import numpy as np
import pytest
from privbench.bench import checks
from privbench.bench.checks import InputError
from privbench.datasets.cmu_faces import CmuFaces


def test_cmu_reads_one_scale_and_skips_bad_files(cmu, draw):
    """Trap 1. The control: a glob of all files takes three scales of one photo, and a bad one."""
    cell = "faces/user0/user0_left_sad_open"
    for other in (".pgm", "_2.pgm", ".bad", "_4.bad"):
        draw(cell + other, form="PPM")
    draw("faces/._user0_left_sad_open_4.pgm")
    assert len(list((cmu / "faces/user0").glob("user0_left_sad_open*"))) == 5
    s = CmuFaces(size=8, scale="4").load(cmu)
    assert s.x.shape == (640, 1, 8, 8)
    assert s.classes["eyes"] == ("open", "sunglasses")
    assert [s.n_classes(label) for label in ("identity", "pose", "expression", "eyes")] == [
        20,
        4,
        4,
        2,
    ]
    np.testing.assert_array_equal(np.bincount(s.labels["identity"]), [32] * 20)
    assert len(np.unique(s.source)) == 640


def test_cmu_tolerates_missing_frames_but_not_missing_classes_or_people(cmu):
    (cmu / "faces/user3/user3_up_sad_open_4.pgm").unlink()
    assert len(CmuFaces(size=8, scale="4").load(cmu)) == 639
    for path in (cmu / "faces/user3").glob("*_sunglasses_4.pgm"):
        path.unlink()
    with pytest.raises(
        InputError, match=r"got user3 has no sunglasses; .*half-copied.*partial=true"
    ):
        CmuFaces(size=8, scale="4").load(cmu)
    shutil.rmtree(cmu / "faces/user3")
    with pytest.raises(
        InputError, match=r"got 19 of 20 people; .*half-copied.*archive\.ics\.uci\.edu"
    ):
        CmuFaces(size=8, scale="4").load(cmu)
    assert CmuFaces(size=8, scale="4", partial=True).load(cmu).n_classes("identity") == 19
    with pytest.raises(InputError, match=r"expected faces/.*_<eyes>_2\.pgm"):
        CmuFaces().load(cmu)


def test_cmu_copies_of_left_profiles_are_right_profiles(cmu):
    s = CmuFaces(size=8, scale="4", augment=1000).load(cmu)
    names, parents = np.array(s.classes["pose"]), s.source[640:]
    before, after = names[s.labels["pose"][parents]], names[s.labels["pose"][640:]]
    assert set(zip(before[before != after], after[before != after], strict=True)) == {
        ("left", "right"),
        ("right", "left"),
    }


@pytest.mark.parametrize("scale", ["2", "4"])
def test_real_cmu(real_data, scale):
    s = checks.dataset(CmuFaces(scale=scale).load(real_data / "cmu-faces"), CmuFaces.task)
    assert s.x.shape == (624, 1, 48, 48)
    assert [s.n_classes(label) for label in ("identity", "pose", "expression", "eyes")] == [
        20,
        4,
        4,
        2,
    ]
    assert len(np.unique(s.source)) == 624
    assert s.x.std(axis=(1, 2, 3)).min() > 0.05


def test_real_cmu_full_size_is_ascii_and_agrees_with_half_size(real_data):
    """Trap 1: P2 beside P5. The control: another photo of the same person differs more."""
    folder = real_data / "cmu-faces/faces/an2i"
    assert (folder / "an2i_left_angry_open.pgm").read_bytes()[:2] == b"P2"
    assert (folder / "an2i_left_angry_open_2.pgm").read_bytes()[:2] == b"P5"
    full, half = (
        CmuFaces(size=32, scale=scale, partial=True).load(real_data / "cmu-faces")
        for scale in ("full", "2")
    )
    assert len(full) == 62
    same_people = np.isin(
        np.array(half.classes["identity"])[half.labels["identity"]], full.classes["identity"]
    )
    half = half.take(same_people)
    gap = np.abs(full.x - half.x).mean()
    assert gap < 0.03 < np.abs(full.x - np.roll(half.x, 1, axis=0)).mean()
    with pytest.raises(InputError, match="2 of 20 people"):
        CmuFaces(scale="full").load(real_data / "cmu-faces")


def test_real_cmu_is_crossed_so_expression_falls_below_chance(real_data):
    """Trap 2. The control: the same neighbours, never the picture itself, do tell identity."""
    s = CmuFaces(size=30, scale="4").load(real_data / "cmu-faces")
    cells = np.stack(
        [s.labels[label] for label in ("identity", "pose", "expression", "eyes")], axis=1
    )
    assert len(np.unique(cells, axis=0)) == len(s)
    x = s.x.reshape(len(s), -1)
    squares = (x**2).sum(1)
    distance = squares[:, None] + squares - 2 * x @ x.T
    np.fill_diagonal(distance, np.inf)
    right = {label: (y[distance.argmin(1)] == y).mean() for label, y in s.labels.items()}
    assert right["identity"] > 0.95
    assert right["expression"] < 0.2
    assert CmuFaces().task.utility == "eyes"
