"""A table of frames, and every fault beside it."""

import re

import numpy as np
import pytest
from privbench.bench import checks, registry, testing
from privbench.bench.checks import InputError
from privbench.datasets.au_table import AuTable
from recordings import counted, noted, table

COLUMNS = ["who", "take", "t", "emotion", "AU01_r", "AU02_r", "pose_Rx", "arousal"]


def frames(n=40, who="ann", take="1", emotion="happy", start=0.0):
    pose = 0 if (who, take) == ("ann", "1") else 0.1 if who == "bob" else 0.2
    ratings = [i / 100 if i % 4 else "" for i in range(n)]
    return [
        [who, take, round(start + 0.04 * i, 3), emotion, i, -i - pose, pose, ratings[i]]
        for i in range(n)
    ]


FULL = {
    "subject": "who",
    "sequence": "take",
    "time": "t",
    "targets": "arousal",
    "labels": "emotion",
    "window": 20,
}


def both():
    """Three recordings, no two of them alike."""
    return frames() + frames(who="bob", emotion="sad") + frames(take="2", emotion="sad")


def test_table_of_frames(tmp_path):
    path = table(tmp_path / "au.csv", COLUMNS, both(), gap=" ")
    d = registry.build(
        "datasets",
        "au-table:subject=who,sequence=take,time=t,targets=arousal,labels=emotion,window=20",
    )
    assert d == AuTable(**FULL)
    s = checks.dataset(d.load(path), d.task)
    assert s.x.shape == (6, 20, 2)
    assert s.classes == {"identity": ("ann", "bob"), "emotion": ("happy", "sad")}
    assert s.x[0, :3].tolist() == [[0, 0], [1, -1], [2, -2]]
    assert np.allclose(
        s.targets["arousal"][0, :6], [np.nan, 0.01, 0.02, 0.03, np.nan, 0.05], equal_nan=True
    )
    assert noted(s, "30 of 120 present frames have no arousal")
    assert (len(np.unique(s.source)), d.task.utility) == (3, "arousal")
    assert AuTable(labels="sex+emotion").task.utility == "emotion"
    assert AuTable().task.utility == ""
    testing.check_dataset(d, tmp_path)


def test_table_takes_features_by_glob_and_warns_of_identity(tmp_path):
    path = table(tmp_path / "au.csv", COLUMNS, both())
    assert not noted(AuTable(**FULL).load(path), "carry identity")
    s = AuTable(**FULL | {"features": "*_[!c]*"}).load(path)
    assert s.x.shape[2] == 3
    assert noted(
        s, "1 features are head pose, gaze, landmarks or shape, which carry identity: pose_Rx"
    )


def test_table_without_time_and_sequence_takes_lines_as_they_come(tmp_path):
    lines = [line for pair in zip(frames(), frames(who="bob"), strict=True) for line in pair]
    s = AuTable(subject="who", window=20).load(table(tmp_path / "au.csv", COLUMNS, lines))
    assert s.x[:, 0, 0].tolist() == [0, 20, 0, 20]
    assert s.labels["identity"].tolist() == [0, 0, 1, 1]


def test_table_reads_confidence_where_there_is_one(tmp_path):
    path = table(
        tmp_path / "au.csv",
        [*COLUMNS, "confidence"],
        [[*line, 0.5 + 0.4 * (i > 4)] for i, line in enumerate(both())],
    )
    assert counted(AuTable(**FULL).load(path)) == (120, 115, 5, 0)
    assert counted(AuTable(**FULL, confidence=0).load(path)) == (120, 120, 0, 0)


def test_table_frames_that_time_skips_are_missing(tmp_path):
    lines = frames()
    path = table(tmp_path / "au.csv", COLUMNS, lines[:10] + lines[12:])
    s = AuTable(**FULL).load(path)
    assert counted(s) == (40, 38, 2, 0)
    assert np.flatnonzero(np.isnan(s.x[0, :, 0])).tolist() == [10, 11]
    assert np.isnan(s.targets["arousal"][0, 10:12]).all()


TABLE_FAULTS = {
    "backwards": (lambda lines: [*lines[:3], lines[2], *lines[3:]], {},
                  "au.csv line 5: got t 0.08 after 0.08"),
    "label": (lambda lines: [*lines[:3], [*lines[3][:3], "sad", *lines[3][4:]], *lines[4:]], {},
              "line 5: got emotion 'sad' after 'happy'"),
    "blank": (lambda lines: [*lines[:3], ["", *lines[3][1:]], *lines[4:]], {},
              "line 5: got nothing in who"),
    "subject": (lambda lines: lines, {"subject": "subject"}, "line 1: got no column subject"),
    "features": (lambda lines: lines, {"features": "XY*"}, "line 1: got columns"),
    "target": (lambda lines: [*lines[:3], [*lines[3][:-1], "high"], *lines[4:]], {},
               "line 5: got 'high' in arousal"),
}  # fmt: skip


@pytest.mark.parametrize("fault", TABLE_FAULTS)
def test_table_faults_are_named_with_file_and_line(tmp_path, fault):
    break_, settings, message = TABLE_FAULTS[fault]
    assert len(AuTable(**FULL).load(table(tmp_path / "au.csv", COLUMNS, both()))) == 6
    table(tmp_path / "au.csv", COLUMNS, break_(both()))
    with pytest.raises(InputError, match=re.escape(message)):
        AuTable(**FULL | settings).load(tmp_path)
