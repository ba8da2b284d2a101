"""Small pictures with the official names, made in a temporary folder."""

import itertools
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from privbench.datasets import cmu_faces, ferg, jaffe, mug, yale

Draw = Callable[..., Path]
CMU_USERS = [f"user{i}" for i in range(20)]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Writes a picture of noise under tmp_path, another for every name (or for `like`)."""

    def write(
        name: str, *, like: str = "", mode: str = "L", side: int = 10, form: str | None = None
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(zlib.crc32((like or name).encode())).integers(
            0, 256, (side, side), np.uint8
        )
        Image.fromarray(pixels).convert(mode).save(path, form)
        return path

    return write


@pytest.fixture
def cmu(draw, tmp_path) -> Path:
    for user, *cell in itertools.product(CMU_USERS, *cmu_faces.LABELS.values()):
        draw(f"faces/{user}/{'_'.join([user, *cell])}_4.pgm")
    return tmp_path


@pytest.fixture
def london(draw, tmp_path) -> Path:
    for i in range(102):
        draw(f"neutral_front/{i:03}_03.jpg")
        draw(f"smiling_front/{i:03}_08.jpg")
    return tmp_path


@pytest.fixture
def jaffe_root(draw, tmp_path) -> Path:
    people = ["KA", "KL", "KM", "KR", "MK", "NA", "NM", "TM", "UY", "YM"]
    for n, (who, code, r) in enumerate(itertools.product(people, jaffe.CODES, (1, 2)), start=1):
        draw(f"jaffe/{who}.{code}{r}.{n}.tiff", mode="P" if who == "KM" else "L")
    (tmp_path / "jaffe/README_FIRST.txt").write_text("read me")
    return tmp_path


@pytest.fixture
def yale_root(draw, tmp_path) -> Path:
    """The archive as it is.

    GIF without extension, subject01.gif, one file twice, two of the nine identical pairs.
    """
    for i, config in itertools.product(range(1, 16), yale.ALL):
        name = f"subject{i:02}.{config}"
        same = {"subject02.noglasses": "subject02.normal", "subject04.sad": "subject04.normal"}.get(
            name, name
        )
        draw(
            f"yalefaces/{'subject01.gif' if name == 'subject01.centerlight' else name}",
            like=same,
            form="GIF",
        )
    draw("yalefaces/subject01.glasses.gif", like="subject01.glasses", form="GIF")
    (tmp_path / "yalefaces/Readme.txt").write_text("read me")
    return tmp_path


@pytest.fixture
def ferg_root(draw, tmp_path) -> Path:
    for who, what, n in itertools.product(ferg.CHARACTERS, ferg.EXPRESSIONS, range(1, 12)):
        draw(f"FERG_DB_256/{who}/{who}_{what}/{who}_{what}_{n}.png", mode="RGBA")
    return tmp_path


@pytest.fixture
def mug_root(draw, tmp_path) -> Path:
    for who, what, take, n in itertools.product(("001", "002"), mug.EXPRESSIONS, (0, 1), range(7)):
        session = "session0/" if who == "002" else ""
        draw(f"{who}/{session}{what}/take{take:03}/img_{n:04}.jpg")
    return tmp_path
