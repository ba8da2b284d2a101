"""What all sets of pictures do, on small pictures with the official names."""

import re

import numpy as np
import pytest
from PIL import Image
from privbench.bench import testing
from privbench.bench.checks import InputError
from privbench.datasets.cmu_faces import CmuFaces
from privbench.datasets.ferg import Ferg
from privbench.datasets.folder import Folder
from privbench.datasets.jaffe import Jaffe
from privbench.datasets.london import London
from privbench.datasets.manifest import Manifest
from privbench.datasets.mug import Mug
from privbench.datasets.yale import Yale

ROOTS = [
    ("cmu", CmuFaces(size=8, scale="4"), "faces"),
    ("jaffe_root", Jaffe(size=8), "jaffe"),
    ("yale_root", Yale(size=8), "yalefaces"),
    ("ferg_root", Ferg(size=8, per_class=1), "FERG_DB_256"),
    ("london", London(size=8), "."),
    ("mug_root", Mug(size=8, frames=1), "."),
]


ALL = pytest.mark.parametrize(
    "dataset", [dataset for _, dataset, _ in ROOTS], ids=lambda d: type(d).__name__
)


@pytest.mark.parametrize(("fixture", "dataset", "folder"), ROOTS)
def test_root_may_be_the_folder_or_its_parent_and_junk_is_ignored(
    request, fixture, dataset, folder
):
    root = request.getfixturevalue(fixture)
    for junk in (".DS_Store", "Thumbs.db", "README", f"{folder}/.DS_Store", f"{folder}/Thumbs.db"):
        (root / junk).write_text("junk")
    s, inside = dataset.load(root), dataset.load(root / folder)
    np.testing.assert_array_equal(s.x, inside.x)
    testing.check_dataset(dataset, root)
    assert s.original.all()


@ALL
def test_no_root_missing_empty_and_foreign_folders(dataset, tmp_path, draw):
    title, source = dataset.card.title, re.escape(dataset.card.source)
    with pytest.raises(
        InputError, match=rf"expected --data-root DIR, your copy of {title}.*{source}"
    ):
        dataset.load(None)
    with pytest.raises(InputError, match=rf"nowhere, which does not exist; .*from {source}"):
        dataset.load(tmp_path / "nowhere")
    with pytest.raises(InputError, match=rf"which is empty; expected .*get {title} from {source}"):
        dataset.load(tmp_path)
    for name in ("holiday/1.png", "holiday/2.png", "notes.txt"):
        draw(name, form="PNG")
    with pytest.raises(
        InputError, match=r"with holiday/, notes\.txt \(2 \.png, 1 \.txt\); expected .*[<N]"
    ):
        dataset.load(tmp_path)
    with pytest.raises(InputError, match=r"notes\.txt, which is a file"):
        dataset.load(tmp_path / "notes.txt")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CmuFaces(scale="3"), "scale: got '3'; expected one of 2, 4, full"),
        (lambda: CmuFaces(size=1), "size: got 1"),
        (lambda: Yale(configs="expression"), "did you mean 'expressions'"),
        (lambda: Ferg(per_class=-1), "per_class: got -1"),
        (lambda: Mug(frames=-1), "frames: got -1"),
    ],
)
def test_settings_are_checked(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize("flip", [False, True])
def test_own_labels_are_mirrored_only_on_request(tmp_path, flip):

    (tmp_path / "a/left").mkdir(parents=True)
    half = np.zeros((8, 8), np.uint8)
    half[:, :4] = 255
    Image.fromarray(half).save(tmp_path / "a/left/1.png")
    (tmp_path / "manifest.csv").write_text("path,identity,expression\na/left/1.png,a,left\n")
    for dataset in (Folder(size=8, augment=30, flip=flip), Manifest(size=8, augment=30, flip=flip)):
        s = dataset.load(tmp_path)
        mirrored = s.x[..., :4].mean((1, 2, 3)) < s.x[..., 4:].mean((1, 2, 3))
        assert mirrored.any() == flip
        assert (s.source == 0).all()
