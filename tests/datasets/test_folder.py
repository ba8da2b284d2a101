"""Users' own pictures in folders."""

from pathlib import Path

import numpy as np
import pytest
from privbench.bench import checks
from privbench.bench.checks import InputError
from privbench.datasets.folder import Folder


@pytest.fixture
def album(draw, tmp_path) -> Path:
    for who in ("ann", "bob"):
        for what in ("joy", "fear"):
            for file in ("1.png", "2.JPG"):
                draw(f"album/{who}/{what}/{file}")
    return tmp_path / "album"


def test_folder(album):
    s = checks.dataset(Folder(size=8).load(album), Folder.task)
    assert len(s) == 8
    assert s.classes == {"identity": ("ann", "bob"), "expression": ("fear", "joy")}
    np.testing.assert_array_equal(s.labels["identity"], [0] * 4 + [1] * 4)
    np.testing.assert_array_equal(s.labels["expression"], [0, 0, 1, 1] * 2)


def test_folder_ignores_junk(album, draw):
    for junk in (
        "album/.DS_Store",
        "album/ann/joy/Thumbs.db",
        "album/ann/joy/._1.png",
        "album/__MACOSX/ann/._joy.png",
    ):
        draw(junk, form="PNG")
    assert len(Folder(size=8).load(album)) == 8


def test_folder_names_what_is_hollow(album, draw):
    (album / "bob/sad").mkdir()
    with pytest.raises(
        InputError,
        match="no picture in bob/sad/; expected a picture in every <identity>/<expression>/",
    ):
        Folder().load(album)
    assert len(Folder(size=8, partial=True).load(album)) == 8
    (album / "bob/sad").rmdir()
    draw("album/eve/1.png")
    with pytest.raises(InputError, match="no picture in eve/;"):
        Folder().load(album)


def test_folder_of_another_layout(album):
    with pytest.raises(
        InputError, match=r"with 1\.png, 2\.JPG \(1 \.png, 1 \.jpg\)|with 1\.png, 2\.JPG"
    ):
        Folder().load(album / "ann/joy")
    with pytest.raises(InputError, match="expected --data-root DIR"):
        Folder().load(None)
