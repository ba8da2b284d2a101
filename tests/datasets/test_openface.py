"""OpenFace's files, and every trap beside the same file without it."""

import re

import numpy as np
import pytest
from privbench.bench import checks, registry, testing
from privbench.bench.checks import InputError
from privbench.datasets.openface import Openface
from recordings import HEADER, clip, counted, face, noted, table


@pytest.mark.parametrize("gap", ["", " "])
def test_openface_takes_action_units_only_whatever_spaces_its_header_has(tmp_path, gap):
    lines = [face(i) for i in range(1, 51)]
    clip(tmp_path / "ann_1.csv", lines, gap=gap)
    s = Openface(window=25).load(tmp_path)
    assert s.x.shape == (2, 25, 17)
    assert s.x.max() <= 5, "no pose, gaze, landmark or shape"
    at = HEADER.index("AU01_r")
    assert np.allclose(s.x.reshape(50, 17), [line[at : at + 17] for line in lines])
    assert Openface(window=25, features="au+c").load(tmp_path).x.shape == (2, 25, 35)
    assert counted(s) == (50, 50, 0, 0)


def test_openface_rows_labels_and_task_come_from_the_pattern(tmp_path):
    for who in ("ann", "bob"):
        for mood in ("happy", "sad"):
            clip(
                tmp_path / mood / f"{who}_a_1.csv",
                [face(i, seed=len(who + mood)) for i in range(1, 26)],
            )
    clip(tmp_path / "readme.csv", [face(1)])
    d = registry.build("datasets", "openface:window=20,pattern={emotion}/{subject}_{clip}.csv")
    s = checks.dataset(d.load(tmp_path), d.task)
    assert s.classes == {"identity": ("ann", "bob"), "emotion": ("happy", "sad")}
    assert (d.task.utility, d.task.private) == ("emotion", "identity")
    assert noted(
        s, "1 CSV files left out, whose names are not {emotion}/{subject}_{clip}.csv: readme.csv"
    )
    assert Openface().task.utility == ""
    assert Openface(pattern="{mood}-{subject}.csv").task.utility == "mood"
    testing.check_dataset(d, tmp_path)


@pytest.mark.parametrize(
    "pattern", ["{clip}.csv", "{sub ject}.csv", "{subject.csv", "{subject}_{identity}.csv"]
)
def test_openface_refuses_patterns_without_a_subject(pattern):
    with pytest.raises(InputError, match="pattern"):
        Openface(pattern=pattern)


def test_openface_refuses_two_files_that_tell_the_same(tmp_path):
    clip(tmp_path / "a" / "ann_1.csv", [face(i) for i in range(1, 30)])
    clip(tmp_path / "b" / "ann_1.csv", [face(i, seed=1) for i in range(1, 30)])
    with pytest.raises(InputError, match=r"a/ann_1.csv and b/ann_1.csv"):
        Openface(window=20).load(tmp_path)
    assert len(Openface(window=20, pattern="{clip}/{subject}_1.csv").load(tmp_path)) == 2


def test_openface_masks_what_it_cannot_trust_and_says_how_much(tmp_path):
    lines = [face(i) for i in range(1, 101)]
    clip(tmp_path / "ann_1.csv", lines)
    clean = Openface(window=50).load(tmp_path)
    assert counted(clean) == (100, 100, 0, 0)
    lines[3] = face(4, confidence=0.79)
    lines[4] = face(5, confidence=0.8)
    lines[5] = face(6, success=0, confidence=0.1)
    lines[6] = face(7, AU04_r="nan")
    lines[7] = face(8, AU04_r="inf")
    lines[8] = face(9, AU45_r="-nan(ind)")
    clip(tmp_path / "ann_1.csv", lines)
    s = Openface(window=50).load(tmp_path)
    assert counted(s) == (100, 95, 5, 0)
    assert np.flatnonzero(np.isnan(s.x[0]).all(1)).tolist() == [3, 5, 6, 7, 8]
    assert np.array_equal(s.x[1], clean.x[1])
    assert noted(s, "1 of 100 frames masked: confidence below 0.8")
    assert noted(s, "1 of 100 frames masked: success is 0")
    assert noted(s, "3 of 100 frames masked: a feature is missing or infinite")
    assert counted(Openface(window=50, confidence=0.5).load(tmp_path))[1] == 96


def test_openface_keeps_the_most_confident_face_of_a_frame(tmp_path):
    lines = [face(i) for i in range(1, 51)]
    clip(tmp_path / "ann_1.csv", lines)
    one = Openface(window=50).load(tmp_path)
    assert not noted(one, "second face")
    lines.insert(1, face(1, face_id=1, confidence=0.99))
    lines.insert(3, face(2, face_id=1, confidence=0.5))
    clip(tmp_path / "ann_1.csv", lines)
    two = Openface(window=50).load(tmp_path)
    assert noted(two, "2 lines of a second face left out")
    assert np.array_equal(two.x[0, 1:], one.x[0, 1:])
    assert not np.array_equal(two.x[0, 0], one.x[0, 0])


def test_openface_frames_that_the_file_skips_are_missing(tmp_path):
    lines = [face(i) for i in range(1, 51) if i not in (10, 11)]
    clip(tmp_path / "ann_1.csv", lines)
    s = Openface(window=50).load(tmp_path)
    assert np.flatnonzero(np.isnan(s.x[0, :, 0])).tolist() == [9, 10]
    assert noted(s, "2 of 50 frames masked: absent from the file")
    clip(tmp_path / "ann_1.csv", [*lines[:-1], face(100000)])
    with pytest.raises(InputError, match=r"ann_1.csv line 49: got 48 frames spread over 100,000"):
        Openface(window=50).load(tmp_path)


FAULTS = {
    "twice": (
        lambda lines: [*lines[:5], lines[4], *lines[5:]],
        "line 7: got frame 5 for the second time",
    ),
    "back": (lambda lines: [lines[1], lines[0], *lines[2:]], "line 3: got frame 1 after 2"),
    "clock": (
        lambda lines: [*lines[:9], face(10, timestamp=0.1), *lines[10:]],
        "line 11: got timestamp 0.1 after 0.32",
    ),
    "short": (lambda lines: [*lines[:-1], lines[-1][:9]], "line 41: got 9 cells; expected 44"),
    "text": (
        lambda lines: [*lines[:1], face(2, AU12_r="1;5"), *lines[2:]],
        "line 3: got '1;5' in AU12_r",
    ),
    "none": (lambda lines: [], "ann_1.csv: got no rows"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_openface_faults_are_named_with_file_and_line(tmp_path, fault):
    lines = [face(i) for i in range(1, 41)]
    assert len(Openface(window=40).load(clip(tmp_path / "ann_1.csv", lines).parent)) == 1
    break_, message = FAULTS[fault]
    clip(tmp_path / "ann_1.csv", break_(lines))
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        Openface(window=40).load(tmp_path)
    assert "ann_1.csv" in str(caught.value)


@pytest.mark.parametrize("names", [["AU01", "AU02"], ["AU01_r", "AU02_r"], ["action_unit_0"], []])
def test_openface_3_and_other_tools_are_refused(tmp_path, names):
    table(
        tmp_path / "ann_1.csv",
        ["frame", "timestamp", "confidence", "success", *names],
        [[i, i / 25, 1, 1, *[0.5 for _ in names]] for i in range(40)],
    )
    with pytest.raises(InputError, match=r"ann_1.csv line 1: got action units .*OpenFace 3"):
        Openface(window=40).load(tmp_path)
