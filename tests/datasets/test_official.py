"""The layouts of the published sets, on small pictures with the official names."""

import re
import shutil

import numpy as np
import pytest
from PIL import Image
from privbench.bench import testing
from privbench.bench.checks import InputError
from privbench.bench.runner import folds
from privbench.datasets import ferg, jaffe, yale
from privbench.datasets.cmu_faces import CmuFaces
from privbench.datasets.ferg import Ferg
from privbench.datasets.jaffe import Jaffe
from privbench.datasets.london import London
from privbench.datasets.mug import Mug
from privbench.datasets.yale import Yale

# ---- what is read --------------------------------------------------------------------------------
# -------------------


def test_cmu_reads_one_scale_and_skips_bad_files(cmu, draw):
    """Trap 1. The control: a glob of *.pgm and *.bad finds three scales of one photo, and a bad one."""
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


def test_london_has_each_person_twice(london):
    s = London(size=8).load(london)
    assert len(s) == 204
    assert set(s.labels) == {"identity", "expression"}
    np.testing.assert_array_equal(np.bincount(s.labels["identity"]), [2] * 102)
    assert s.classes["expression"] == ("neutral", "smiling")


@pytest.mark.parametrize("name", ["london_faces_info.csv", "london_info.csv"])
@pytest.mark.parametrize("column", ["face_sex", "face_gender"])
@pytest.mark.parametrize("prefix", ["", "X"])
def test_london_table_adds_labels(london, name, column, prefix):
    lines = [
        f"{prefix}{i:03},30,{'female' if i < 5 else 'male'},{'white' if i % 2 else 'black'}"
        for i in range(102)
    ]
    (london / name).write_text("\n".join([f"face_id,face_age,{column},face_eth", *lines]))
    s = London(size=8).load(london)
    assert s.classes["gender"] == ("female", "male")
    assert np.bincount(s.labels["gender"]).tolist() == [10, 194]
    assert np.bincount(s.labels["ethnicity"]).tolist() == [102, 102]
    (london / name).write_text(
        "\n".join([f"face_id,face_age,{column},face_eth", *lines[:-1], f"{prefix}101,30,NA,white"])
    )
    with pytest.raises(InputError, match=rf"{name}: got nothing complete for 101"):
        London().load(london)


def test_london_needs_the_same_people_in_both_folders(london):
    (london / "smiling_front/007_08.jpg").unlink()
    with pytest.raises(InputError, match="got 007 has no smiling; expected 102 people"):
        London().load(london)
    shutil.rmtree(london / "smiling_front")
    with pytest.raises(
        InputError,
        match="000 has no smiling; 001 has no smiling; 002 has no smiling and 99 more gaps",
    ):
        London().load(london)


def test_jaffe_labels_and_palette_files(jaffe_root):
    """Trap 4: control first, KM's files are palette images and the others are not."""
    with (
        Image.open(jaffe_root / "jaffe/KM.NE1.29.tiff") as km,
        Image.open(jaffe_root / "jaffe/KA.NE1.1.tiff") as ka,
    ):
        assert (km.mode, ka.mode) == ("P", "L")
    s = Jaffe(size=10).load(jaffe_root)
    assert s.x.shape == (140, 1, 10, 10)
    assert set(s.classes["expression"]) == set(jaffe.CODES.values())
    assert s.classes["identity"][2] == "KM"
    with Image.open(jaffe_root / "jaffe/KM.NE1.29.tiff") as km:
        grey = np.asarray(km.convert("RGB").convert("L"), np.float32) / 255
    neutral = s.classes["expression"].index("neutral")
    rows = np.flatnonzero((s.labels["identity"] == 2) & (s.labels["expression"] == neutral))
    assert any(np.array_equal(s.x[row, 0], grey) for row in rows)


def test_jaffe_names_gaps(jaffe_root):
    for path in (jaffe_root / "jaffe").glob("UY.FE*"):
        path.unlink()
    with pytest.raises(InputError, match="got UY has no fear"):
        Jaffe().load(jaffe_root)


@pytest.mark.parametrize(("configs", "n"), [("paper", 60), ("expressions", 90), ("all", 165)])
def test_yale_configs(yale_root, configs, n):
    s = Yale(size=8, configs=configs).load(yale_root)
    assert len(s) == n
    assert set(s.classes["expression"]) == set(yale.CONFIGS[configs])
    np.testing.assert_array_equal(np.bincount(s.labels["identity"]), [n // 15] * 15)


def test_yale_identical_pairs_share_a_source(yale_root):
    """Trap 3. The control: the other people's normal and noglasses do not."""
    s = Yale(size=8, configs="all").load(yale_root)
    who, what = (
        np.array(s.classes[label])[s.labels[label]] for label in ("identity", "expression")
    )
    source = dict(zip(zip(who, what, strict=True), s.source, strict=True))
    assert source["02", "noglasses"] == source["02", "normal"]
    assert source["04", "sad"] == source["04", "normal"]
    assert source["01", "noglasses"] != source["01", "normal"]
    assert len(np.unique(s.source)) == 163


def test_yale_centerlight_of_subject01_is_there_once(yale_root):
    """Trap 3: subject01.gif is subject01.centerlight, and subject01.glasses.gif repeats subject01.glasses."""
    assert not (yale_root / "yalefaces/subject01.centerlight").exists()
    Yale(configs="all").load(yale_root)
    (yale_root / "yalefaces/subject01.gif").unlink()
    with pytest.raises(InputError, match="got 01 has no centerlight"):
        Yale(configs="all").load(yale_root)
    assert len(Yale(size=8).load(yale_root)) == 60


@pytest.mark.parametrize("suffix", [".gif", ".pgm", ".png"])
def test_yale_mirrors(yale_root, suffix):
    official = Yale(size=8, configs="all").load(yale_root)
    (yale_root / "yalefaces/subject01.glasses.gif").unlink()
    for path in [
        path for path in (yale_root / "yalefaces").glob("subject*") if path.suffix != ".gif"
    ]:
        with Image.open(path) as picture:
            picture.convert("L").save(f"{path}{suffix}")
        path.unlink()
    np.testing.assert_array_equal(Yale(size=8, configs="all").load(yale_root).x, official.x)


def test_yale_copies_of_light_from_the_left_are_lit_from_the_right(yale_root):
    s = Yale(size=8, configs="all", augment=400).load(yale_root)
    names = np.array(s.classes["expression"])
    first = {
        tuple(pair): True for pair in zip(s.source[:165], s.labels["expression"][:165], strict=True)
    }
    moved = {
        names[y]
        for source, y in zip(s.source[165:], s.labels["expression"][165:], strict=True)
        if (source, y) not in first
    }
    assert moved == {"leftlight", "rightlight"}


def test_ferg_labels_and_choice(ferg_root):
    assert len(Ferg(size=8).load(ferg_root)) == 6 * 7 * 11
    s = Ferg(size=8, per_class=2).load(ferg_root)
    assert len(s) == 84
    assert s.classes == {"identity": ferg.CHARACTERS, "expression": ferg.EXPRESSIONS}
    shutil.rmtree(ferg_root / "FERG_DB_256/ray/ray_joy")
    with pytest.raises(InputError, match="got ray has no joy"):
        Ferg().load(ferg_root)


def test_mug_keeps_the_frames_of_a_take_together(mug_root):
    """Trap 7. The control: there are far fewer takes than frames, so a split by frame would divide them."""
    s = Mug(size=8, frames=0).load(mug_root)
    assert len(s) == 2 * 7 * 2 * 7
    assert np.bincount(s.source).tolist() == [7] * 28
    for label in s.labels.values():
        assert all(len(np.unique(label[s.source == source])) == 1 for source in range(28))
    assert s.classes["identity"] == ("001", "002")
    assert len(Mug(size=8).load(mug_root)) == 5 * 28
    assert len(Mug(size=8, frames=1).load(mug_root)) == 28


def test_published_divides_the_frames_of_each_video_and_grouped_does_not(mug_root, ferg_root):
    for dataset, root, share in (
        (Mug(size=8, frames=0, published=True), mug_root, 0.15),
        (Ferg(size=8, published=True), ferg_root, 2 / 11),
    ):
        s = dataset.load(root)
        assert s.classes["split"] == ("test", "train")
        test = s.labels["split"] == 0
        assert test.mean() == pytest.approx(share, abs=0.06)
        for cell in np.unique(np.stack([s.labels["identity"], s.labels["expression"]]), axis=1).T:
            own = (s.labels["identity"] == cell[0]) & (s.labels["expression"] == cell[1])
            assert set(test[own]) == {True, False}  # every video is on both sides
        assert not set(s.source[test]) & set(s.source[~test])
        fold = folds.make(s, dataset.task, "given", 1, seed=0)[0]
        assert np.array_equal(np.sort(fold.test), np.flatnonzero(test))
        assert np.array_equal(dataset.load(root).labels["split"], s.labels["split"])
    assert "split" not in Mug(size=8).load(mug_root).labels


def test_neighbours_of_ferg_share_a_source_where_asked(ferg_root):
    s = Ferg(size=8, block=4).load(ferg_root)
    assert len(np.unique(s.source)) == 6 * 7 * 3  # 11 pictures each: 4, 4 and 3
    with pytest.raises(InputError, match="ferg:block"):
        Ferg(published=True, block=4)


def test_a_test_frame_that_is_a_training_frame_trains(draw, ferg_root):
    for n in range(1, 12):
        draw(f"FERG_DB_256/ray/ray_joy/ray_joy_{n}.png", like="the same", mode="RGBA")
    s = Ferg(size=8, published=True).load(ferg_root)
    same = (s.labels["identity"] == 5) & (s.labels["expression"] == 3)
    assert (s.labels["split"][same] == 1).all()


def test_mug_gaps(mug_root):
    for path in (mug_root / "002/session0/fear/take001").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="got no picture in 002/session0/fear/take001/;"):
        Mug().load(mug_root)
    shutil.rmtree(mug_root / "002/session0/fear")
    assert len(Mug(size=8, frames=1).load(mug_root)) == 26
    shutil.rmtree(mug_root / "001/fear")
    with pytest.raises(InputError, match="got nobody has fear"):
        Mug().load(mug_root)


# ---- what all of them do
# --------------------------------------------------------------------------------------------

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
