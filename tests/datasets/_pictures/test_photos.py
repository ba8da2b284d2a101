"""The photos of a set, and a choice of them."""

from pathlib import Path

from privbench.datasets._pictures.photos import Photo, evenly


def test_evenly():
    photos = [Photo(Path(str(i)), {}) for i in range(10)]
    assert evenly(photos, 0) == photos
    assert evenly(photos, 11) == photos
    assert [photo.path.name for photo in evenly(photos, 1)] == ["5"]
    assert [photo.path.name for photo in evenly(photos, 3)] == ["1", "5", "8"]
