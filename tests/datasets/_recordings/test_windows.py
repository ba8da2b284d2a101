"""Recordings cut into windows and blocks, and what is left out of them."""

import re

import numpy as np
import pytest
from privbench.bench import checks
from privbench.bench.checks import InputError
from privbench.datasets.openface import Openface
from recordings import clip, clips, counted, face, noted


@pytest.mark.parametrize(
    ("length", "rows", "out"),
    [(50, 2, 0), (62, 2, 12), (63, 3, 0), (25, 1, 0), (13, 1, 0), (12, 0, 12)],
)
def test_windows_do_not_overlap_and_half_ones_are_filled_up(tmp_path, length, rows, out):
    clips(tmp_path, (75, length))
    s = Openface(window=25).load(tmp_path)
    assert len(s) == 3 + rows
    assert counted(s) == (75 + length, 75 + length - out, 0, out)
    assert noted(s, "1 of 2 recordings give no row: bob_1.csv") == (rows == 0)
    assert len(np.unique(s.source)) == 1 + (rows > 0)
    filled = 25 * len(s) - np.isfinite(s.x[..., 0]).sum()
    assert filled == 25 * rows - (length - out)


def test_nothing_left_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"none of 2, such as ann_0.csv, bob_1.csv"):
        Openface(window=25).load(clips(tmp_path, (12, 5)))


def test_windows_without_a_present_frame_are_left_out_and_counted(tmp_path):
    clip(tmp_path / "ann_1.csv", [face(i, success=int(i > 30)) for i in range(1, 76)])
    s = Openface(window=25).load(tmp_path)
    assert counted(s) == (75, 45, 5, 25)
    assert noted(s, "25 of 75 frames left out: windows without a present frame")


def test_blocks_are_sources_with_a_guard_between_them(tmp_path):
    lines = [face(i, AU01_r=i / 1000) for i in range(1, 301)]
    clip(tmp_path / "ann_1.csv", lines)
    whole = Openface(window=10).load(tmp_path)
    assert (len(whole), len(np.unique(whole.source))) == (30, 1)
    s = Openface(window=10, block=4, guard=30).load(tmp_path)
    frame = np.round(s.x[..., 0] * 1000)
    assert [
        (frame[s.source == k].min(), frame[s.source == k].max()) for k in np.unique(s.source)
    ] == [(1, 40), (71, 110), (141, 180), (211, 250), (281, 300)]
    assert counted(s) == (300, 180, 0, 120)
    assert noted(s, "120 of 300 frames left out: the guard after a block")
    usual = Openface(window=10, block=1).load(tmp_path)
    assert sorted(np.round(usual.x[:, 0, 0] * 1000).tolist()) == [1, 236], "9 seconds of 25 frames"


def test_the_guard_is_9_seconds_by_the_clock_of_the_file(tmp_path):
    clip(
        tmp_path / "ann_1.csv",
        [face(i, timestamp=(i - 1) / 30, AU01_r=i / 1000) for i in range(1, 301)],
    )
    s = Openface(window=10, block=1).load(tmp_path)
    assert sorted(np.round(s.x[:, 0, 0] * 1000).tolist()) == [1, 281], "9 seconds of 30 frames"


def test_equal_recordings_share_a_source(tmp_path):
    clips(tmp_path)
    assert len(np.unique(Openface(window=25).load(tmp_path).source)) == 4
    (tmp_path / "bob_9.csv").write_bytes((tmp_path / "ann_0.csv").read_bytes())
    s = Openface(window=25).load(tmp_path)
    assert len(np.unique(s.source)) == 4
    assert noted(s, "1 recordings equal another to the last digit")


def test_standardising_is_per_person_over_present_frames(tmp_path):
    for k, who in enumerate(("ann", "bob")):
        lines = [
            face(i, seed=k, AU01_r=k + i / 100, AU02_r=k, confidence=0.9 - 0.5 * (i % 7 == 0))
            for i in range(1, 51)
        ]
        clip(tmp_path / f"{who}_1.csv", lines)
    raw, s = (
        Openface(window=25).load(tmp_path),
        Openface(window=25, standardise="person").load(tmp_path),
    )
    assert np.array_equal(np.isnan(raw.x), np.isnan(s.x))
    for who in (0, 1):
        frames = s.x[s.labels["identity"] == who]
        assert np.allclose(np.nanmean(frames, (0, 1)), 0, atol=1e-5)
        assert np.allclose(np.nanstd(frames, (0, 1))[[0, 2]], 1, atol=1e-5)
        assert np.nanmax(np.abs(frames[..., 1])) == 0, "a feature that never changes is 0, not NaN"
    assert noted(s, "itself a privacy choice")
    assert not noted(raw, "privacy")


@pytest.mark.parametrize("seed", range(12))
def test_every_frame_of_the_files_is_present_masked_or_left_out(tmp_path, seed):
    rng = np.random.default_rng(seed)
    written = 0
    for k in range(int(rng.integers(1, 5))):
        lines = [
            face(
                i,
                seed=seed,
                confidence=rng.choice([0.5, 0.95], p=[0.2, 0.8]),
                success=int(rng.random() > 0.1),
                AU06_r=rng.choice(["nan", 1.5], p=[0.1, 0.9]),
            )
            for i in range(1, int(rng.integers(1, 150)) + 1)
        ]
        written += len(lines)
        clip(tmp_path / f"p{k % 2}_{k}.csv", lines)
    clip(tmp_path / "p9_9.csv", [face(i) for i in range(1, 61)])
    settings = {
        "window": int(rng.integers(2, 60)),
        "block": int(rng.integers(0, 4)),
        "guard": int(rng.integers(0, 40)),
    }
    s = Openface(**settings).load(tmp_path)
    assert counted(s)[0] == written + 60
    parts = [
        int(re.match(r"([\d,]+) of", note)[1].replace(",", ""))
        for note in s.notes
        if " masked: " in note or " left out: " in note
    ]
    assert sum(parts) == counted(s)[2] + counted(s)[3]
    checks.frames("x", s.x)


@pytest.mark.parametrize(
    "bad", [{"window": 1}, {"block": -1}, {"guard": -1}, {"standardise": "all"}, {"confidence": 2}]
)
def test_settings_are_checked(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        Openface(**bad)
