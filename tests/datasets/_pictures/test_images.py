"""Decoding, geometry, sources and errors that every picture set shares."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from privbench.bench.checks import InputError
from privbench.datasets._pictures.images import read
from privbench.datasets._pictures.photos import Photo
from privbench.datasets._pictures.settings import ImageSettings
from privbench.datasets.folder import Folder

EIGHT = ImageSettings(size=8)


def pixels(path: Path, settings: ImageSettings = EIGHT) -> np.ndarray:
    return read([Photo(path, {"identity": "a"})], settings, mirror={}).x[0]


@pytest.fixture
def ramp() -> np.ndarray:
    return (np.arange(64, dtype=np.uint8) * 4).reshape(8, 8)


def test_pixels_are_grey_float32_between_0_and_1(tmp_path, ramp):
    Image.fromarray(ramp).save(tmp_path / "a.png")
    x = pixels(tmp_path / "a.png")
    assert x.shape == (1, 8, 8)
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x[0], ramp.astype(np.float32) / 255)


def test_colour_keeps_the_channels_in_order(tmp_path):
    Image.new("RGB", (8, 8), (255, 0, 51)).save(tmp_path / "a.png")
    x = pixels(tmp_path / "a.png", replace(EIGHT, color=True))
    assert x.shape == (3, 8, 8)
    np.testing.assert_allclose(x[:, 0, 0], [1, 0, 0.2])


@pytest.mark.parametrize("name", ["a.png", "a.pgm", "a.tiff", "a.bmp", "a.gif"])
def test_the_format_does_not_change_grey_pixels(tmp_path, ramp, name):
    Image.fromarray(ramp).save(tmp_path / name)
    np.testing.assert_array_equal(pixels(tmp_path / name)[0], ramp.astype(np.float32) / 255)


def test_ascii_and_binary_pgm_agree(tmp_path, ramp):
    (tmp_path / "ascii.pgm").write_text("P2\n8 8\n255\n" + " ".join(map(str, ramp.ravel())))
    (tmp_path / "binary.pgm").write_bytes(b"P5\n8 8\n255\n" + ramp.tobytes())
    np.testing.assert_array_equal(pixels(tmp_path / "ascii.pgm"), pixels(tmp_path / "binary.pgm"))


def test_a_shuffled_palette_looks_like_its_grey_twin(tmp_path, ramp):
    """Trap 4: the control shows that the raw palette numbers do differ."""
    order = np.random.default_rng(0).permutation(256).astype(np.uint8)
    picture = Image.fromarray(np.argsort(order).astype(np.uint8)[ramp])
    picture.putpalette(np.repeat(order, 3).tobytes())
    picture.save(tmp_path / "palette.tiff")
    Image.fromarray(ramp).save(tmp_path / "grey.tiff")
    with Image.open(tmp_path / "palette.tiff") as raw:
        assert raw.mode == "P"
        assert not np.array_equal(np.asarray(raw), ramp)
    np.testing.assert_array_equal(pixels(tmp_path / "palette.tiff"), pixels(tmp_path / "grey.tiff"))


def test_transparent_parts_show_white_whatever_lies_beneath(tmp_path):
    for name, hidden in (("black.png", 0), ("grey.png", 128)):
        rgba = np.full((8, 8, 4), hidden, np.uint8)
        rgba[2:6, 2:6] = (60, 60, 60, 255)
        rgba[:2, :, 3] = rgba[6:, :, 3] = rgba[:, :2, 3] = rgba[:, 6:, 3] = 0
        Image.fromarray(rgba).save(tmp_path / name)
    with Image.open(tmp_path / "black.png") as a, Image.open(tmp_path / "grey.png") as b:
        assert not np.array_equal(
            np.asarray(a.convert("L")), np.asarray(b.convert("L"))
        )  # dropping alpha would tell
    x = pixels(tmp_path / "black.png")
    np.testing.assert_array_equal(x, pixels(tmp_path / "grey.png"))
    assert x[0, 0, 0] == 1
    assert x[0, 4, 4] == pytest.approx(60 / 255)


def test_sixteen_bit_grey_is_scaled_not_clipped(tmp_path, ramp):
    Image.fromarray(ramp.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    np.testing.assert_array_equal(pixels(tmp_path / "deep.png")[0], ramp.astype(np.float32) / 255)


@pytest.mark.parametrize(
    ("fit", "corner", "centre"), [("crop", 1, 1), ("pad", 0, 1), ("stretch", 0, 1)]
)
def test_fit(tmp_path, fit, corner, centre):
    wide = np.zeros((16, 32), np.uint8)
    wide[:, 8:24] = 255  # white centre square, black to both sides
    Image.fromarray(wide).save(tmp_path / "wide.png")
    x = pixels(tmp_path / "wide.png", replace(EIGHT, fit=fit))[0]
    assert x[0, 0] == pytest.approx(corner, abs=0.15)  # the filter reaches a pixel beyond the cut
    assert x[4, 4] == centre
    assert x[0, 4] == (0 if fit == "pad" else 1)


def test_byte_identical_files_share_a_source_and_chains_join(draw):
    names = {"a.png": "same", "b.png": "same", "c.png": "", "d.png": "", "e.png": "same"}
    photos = [Photo(draw(name, like=like), {"identity": "x"}) for name, like in names.items()]
    photos[3], photos[4] = replace(photos[3], source="clip"), replace(photos[4], source="clip")
    assert list(read(photos, EIGHT, mirror={}).source) == [0, 0, 1, 0, 0]
    assert list(read(photos[:4], EIGHT, mirror={}).source) == [0, 0, 1, 2]


@pytest.mark.parametrize("damage", [b"", b"no picture at all", "half"])
def test_a_corrupt_picture_is_named_with_its_cause(draw, damage):
    good, bad = draw("ann/joy/1.png", side=64), draw("ann/joy/2.png", side=64)
    read([Photo(good, {"identity": "a"})], EIGHT, mirror={})
    bad.write_bytes(bad.read_bytes()[:1500] if damage == "half" else damage)
    with pytest.raises(
        InputError, match=r"image: got .*2\.png \((Unidentified|OS)\w*Error: "
    ) as caught:
        read([Photo(path, {"identity": "a"}) for path in (good, bad)], EIGHT, mirror={})
    assert "\n" not in str(caught.value)


def test_rows_come_in_natural_order_whatever_the_file_system_says(draw, tmp_path, monkeypatch):
    for person in ("b", "a"):
        for number in (10, 9, 1):
            draw(f"{person}/joy/{number}.png")
    first = Folder(size=8).load(tmp_path)
    glob = Path.glob
    monkeypatch.setattr(
        Path, "glob", lambda self, pattern: sorted(glob(self, pattern), reverse=True)
    )
    second = Folder(size=8).load(tmp_path)
    np.testing.assert_array_equal(first.x, second.x)
    np.testing.assert_array_equal(first.x[2], pixels(tmp_path / "a/joy/10.png"))
