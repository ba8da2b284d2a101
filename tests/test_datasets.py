"""Loaders against the official layouts, made small in the test, and against real photographs where there are any."""

import shutil

import numpy as np
import pytest
from PIL import Image
from privbench.bench import folds, testing
from privbench.bench.checks import InputError
from privbench.bench.registry import build
from privbench.bench.types import Task

EXPRESSIONS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
YALE = (
    "centerlight",
    "glasses",
    "happy",
    "leftlight",
    "noglasses",
    "normal",
    "rightlight",
    "sad",
    "sleepy",
    "surprised",
    "wink",
)


def picture(path, seed=0, mode="L", kind=None, size=(20, 16)):
    """A small picture of noise; the same seed gives the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    shape = size[::-1] if mode in ("L", "P") else (*size[::-1], 3 if mode == "RGB" else 4)
    image = Image.fromarray(rng.integers(0, 255, shape, dtype=np.uint8), "L" if mode == "P" else mode)
    if mode == "P":
        grey = image
        image = grey.convert("P")
        image.putpalette([v for i in range(256) for v in (255 - i,) * 3])  # index i shows 255 - i
    image.save(path, format=kind)


def cmu(root, scale="_2"):
    seed = 0
    for who in range(20):
        for pose in ("straight", "left", "right", "up"):
            for expression in ("neutral", "happy", "sad", "angry"):
                for eyes in ("open", "sunglasses"):
                    seed += 1
                    picture(root / "faces" / f"u{who:02d}" / f"u{who:02d}_{pose}_{expression}_{eyes}{scale}.pgm", seed)


def jaffe(root, palette=()):
    seed = 0
    for who in ("KA", "KL", "KM", "KR", "MK", "NA", "NM", "TM", "UY", "YM"):
        for e in ("NE", "HA", "SA", "SU", "AN", "DI", "FE"):
            for r in (1, 2):
                seed += 1
                picture(root / f"{who}.{e}{r}.{seed}.tiff", seed, "P" if who in palette else "L")


def yale(root, same=()):
    for who in range(1, 16):
        for i, config in enumerate(YALE):
            other = dict(same).get((who, config))
            seed = 100 * who + (YALE.index(other) if other else i)
            picture(root / "yalefaces" / f"subject{who:02d}.{config}", seed, kind="GIF")


def ferg(root):
    seed = 0
    for who in ("aia", "bonnie", "jules", "malcolm", "mery", "ray"):
        for e in EXPRESSIONS:
            for n in (1, 2):
                seed += 1
                folder = root / "FERG_DB_256" / who / f"{who}_{e}"
                picture(folder / f"{who}_{e}_{n}.png", seed, "RGBA")


def mug(root):
    seed = 0
    for who in ("001", "002"):
        for e in ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"):
            for take in ("take000", "take001"):
                for frame in range(12):
                    seed += 1
                    picture(root / who / e / take / f"img_{frame:04d}.jpg", seed)


def london(root, people=(1, 2, 4)):
    for who in people:
        picture(root / "neutral_front" / f"{who:03d}_03.jpg", who, "RGB")
        picture(root / "smiling_front" / f"{who:03d}_08.jpg", 100 + who, "RGB")


def free(root):
    for who in ("ann", "bob"):
        for e in ("happy", "sad"):
            for n in range(2):
                picture(root / who / e / f"{n}.png", hash((who, e, n)) % 1000, "RGB")


LAYOUTS = {"cmu-faces": cmu, "jaffe": jaffe, "yale": yale, "ferg": ferg, "mug": mug, "folder": free}
SIZES = {"cmu-faces": 640, "jaffe": 140, "yale": 60, "ferg": 84, "mug": 140, "folder": 8}


@pytest.mark.parametrize("name", LAYOUTS)
def test_official_layout_is_read_and_conforms(name, tmp_path):
    LAYOUTS[name](tmp_path)
    (tmp_path / ".DS_Store").write_bytes(b"x")
    dataset = build("datasets", f"{name}:size=16")
    testing.check_dataset(dataset, tmp_path)
    s = dataset.load(tmp_path)
    assert len(s) == SIZES[name]
    assert s.x.shape[1:] == (1, 16, 16)
    assert build("datasets", f"{name}:size=16,color=true").load(tmp_path).x.shape[1] == 3


@pytest.mark.parametrize("name", [*LAYOUTS, "london", "manifest"])
@pytest.mark.parametrize("state", ["missing", "empty", "other", "none"])
def test_a_folder_that_cannot_be_the_set_gives_one_clear_error(name, state, tmp_path):
    root = tmp_path / "data"
    if state in ("empty", "other"):
        root.mkdir()
    if state == "other":
        (root / "notes.txt").write_text("no pictures")
    with pytest.raises(InputError, match=r"--data-root|manifest") as error:
        build("datasets", name).load(None if state == "none" else root)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "lost", "message"),
    [
        ("cmu-faces", "faces/u03", "19 of 20 people"),
        ("ferg", "FERG_DB_256/ray", "5 of 6 people"),
        ("jaffe", "KM.AN*", "KM has no"),
        ("yale", "yalefaces/subject07.sad", "07 has no sad"),
        ("mug", "*/fear", "nobody has fear"),
    ],
)
def test_a_half_copied_set_is_refused_unless_asked_for(name, lost, message, tmp_path):
    LAYOUTS[name](tmp_path)
    for path in tmp_path.glob(lost):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(InputError, match=message):
        build("datasets", name).load(tmp_path)
    assert len(build("datasets", f"{name}:partial=true,size=16").load(tmp_path)) > 0


def test_a_corrupt_picture_is_named(tmp_path):
    free(tmp_path)
    (tmp_path / "ann" / "sad" / "0.png").write_bytes(b"\x89PNG broken")
    with pytest.raises(InputError, match=r"ann/sad/0\.png"):
        build("datasets", "folder").load(tmp_path)


def test_cmu_takes_one_scale_and_no_bad_files(tmp_path):
    cmu(tmp_path)
    cmu(tmp_path, "_4")
    (tmp_path / "faces" / "u00" / "u00_left_sad_open_2.bad").write_bytes(b"x")
    s = build("datasets", "cmu-faces:size=16").load(tmp_path)
    assert len(s) == 640  # with *.pgm it would be 1,280, three copies of one photograph among them
    assert s.classes["eyes"] == ("open", "sunglasses")


def test_ascii_and_binary_pgm_are_the_same_picture(tmp_path):
    """CMU's full size is ASCII (P2), the small scales are binary (P5)."""
    grey = np.arange(16 * 16).reshape(16, 16) % 256
    binary = b"P5\n16 16\n255\n" + grey.astype(np.uint8).tobytes()
    ascii_ = b"P2\n16 16\n255\n" + b" ".join(str(v).encode() for v in grey.ravel()) + b"\n"
    for who, head in (("a", binary), ("b", ascii_)):
        for e in ("x", "y"):
            (tmp_path / who / e).mkdir(parents=True)
            (tmp_path / who / e / f"{e}.pgm").write_bytes(head)
    s = build("datasets", "folder:size=16").load(tmp_path)
    assert np.array_equal(s.x[0], s.x[-1])


def test_jaffe_palette_files_cannot_be_told_by_their_format(tmp_path):
    """KM's files are palette pictures; read raw, the palette's indices would be the pixels."""
    jaffe(tmp_path, palette=("KM",))
    s = build("datasets", "jaffe:size=16,fit=stretch").load(tmp_path)
    km = s.labels["identity"] == s.classes["identity"].index("KM")
    path = sorted(tmp_path.glob("KM.AN1.*.tiff"))[0]
    raw = np.asarray(Image.open(path))
    shown = np.asarray(Image.open(path).convert("RGB").convert("L"))
    assert (raw != shown).any(), "the control: index and shown grey differ in this file"
    rows = s.x[km][:, 0].reshape(km.sum(), -1).mean(1)
    assert abs(rows.mean() - s.x[~km].mean()) < 0.1
    expected = np.asarray(Image.fromarray(shown).resize((16, 16), Image.Resampling.BILINEAR), float) / 255
    assert min(np.abs(x - expected).max() for x in s.x[km][:, 0]) < 0.01


def test_yale_byte_identical_files_share_a_source(tmp_path):
    yale(tmp_path, same=[((2, "noglasses"), "normal"), ((4, "sad"), "normal")])
    s = build("datasets", "yale:configs=all").load(tmp_path)
    assert len(s) == 165
    assert len(np.unique(s.source)) == 163
    who, what = s.labels["identity"], np.array(s.classes["expression"])[s.labels["expression"]]
    pair = [s.source[(who == 1) & (what == name)][0] for name in ("normal", "noglasses")]
    assert pair[0] == pair[1]
    assert s.source[(who == 2) & (what == "normal")][0] != s.source[(who == 2) & (what == "noglasses")][0]
    assert len(build("datasets", "yale").load(tmp_path)) == 60
    assert len(build("datasets", "yale:configs=expressions").load(tmp_path)) == 90


def test_yale_subject01_gif_is_its_centerlight(tmp_path):
    yale(tmp_path)
    (tmp_path / "yalefaces" / "subject01.centerlight").rename(tmp_path / "yalefaces" / "subject01.gif")
    assert len(build("datasets", "yale:configs=all").load(tmp_path)) == 165


def test_ferg_background_is_white_whatever_hides_beneath(tmp_path):
    ferg(tmp_path)
    clear = np.zeros((16, 20, 4), np.uint8)  # black, but fully transparent
    Image.fromarray(clear, "RGBA").save(tmp_path / "FERG_DB_256/aia/aia_joy/aia_joy_1.png")
    s = build("datasets", "ferg:size=16").load(tmp_path)
    assert (s.x.reshape(len(s), -1).min(1) == 1).sum() == 1


def test_mug_frames_of_a_take_stay_together(tmp_path):
    mug(tmp_path)
    s = build("datasets", "mug:size=16,frames=4").load(tmp_path)
    assert len(s) == 2 * 7 * 2 * 4
    assert len(np.unique(s.source)) == 2 * 7 * 2
    for fold in folds.make(s, Task(), "closed-set", 2, seed=0):
        assert not set(s.source[fold.train]) & set(s.source[fold.test])


def test_london_pairs(tmp_path):
    london(tmp_path)
    with pytest.raises(InputError, match="3 of 102 people"):
        build("datasets", "london").load(tmp_path)
    s = build("datasets", "london:size=16,partial=true").load(tmp_path)
    assert len(s) == 6
    assert s.classes["expression"] == ("neutral", "smiling")
    (tmp_path / "smiling_front" / "002_08.jpg").unlink()
    with pytest.raises(InputError, match="002"):
        build("datasets", "london").load(tmp_path)


def test_manifest(tmp_path):
    for n in range(6):
        picture(tmp_path / f"{n}.png", n)
    lines = [f"{n}.png,{'ab'[n % 2]},{'xyz'[n // 2]},clip{n // 2},{n % 3}" for n in range(6)]
    (tmp_path / "manifest.csv").write_text("path,identity,expression,source,age\n" + "\n".join(lines))
    s = build("datasets", "manifest:size=16").load(tmp_path)
    assert set(s.labels) == {"identity", "expression", "age"}
    assert len(np.unique(s.source)) == 3
    (tmp_path / "manifest.csv").write_text("path,identity,expression\n0.png,a,x\n1.png,,y\n")
    with pytest.raises(InputError, match=r"line 3|:3"):
        build("datasets", "manifest").load(tmp_path)


def test_augmented_copies_are_tied_to_their_original_and_to_the_seed(tmp_path):
    jaffe(tmp_path)
    s = build("datasets", "jaffe:size=16,augment=500").load(tmp_path)
    assert len(s) == 500
    assert s.original.sum() == 140
    assert s.original[:140].all()
    counts = np.bincount(s.source)
    assert counts.max() - counts.min() <= 1
    for label in ("identity", "expression"):
        for source in range(140):
            assert len(set(s.labels[label][s.source == source])) == 1
    again = build("datasets", "jaffe:size=16,augment=500").load(tmp_path)
    other = build("datasets", "jaffe:size=16,augment=500,augment_seed=1").load(tmp_path)
    assert np.array_equal(s.x, again.x)
    assert not np.array_equal(s.x, other.x)
    for fold in folds.make(s, Task(), "closed-set", 2, seed=0):
        assert s.original[fold.test].all()
        assert not set(s.source[fold.train]) & set(s.source[fold.test])
    with pytest.raises(InputError, match="140 originals"):
        build("datasets", "jaffe:augment=10").load(tmp_path)


def test_mirrored_left_is_right(tmp_path):
    cmu(tmp_path)
    s = build("datasets", "cmu-faces:size=16,augment=1280").load(tmp_path)
    pose = np.array(s.classes["pose"])[s.labels["pose"]]
    before, after = pose[:640][s.source[640:]], pose[640:]
    kept = {(name, name) for name in ("left", "right", "straight", "up")}
    assert set(zip(before, after, strict=True)) == kept | {("left", "right"), ("right", "left")}


def test_real_cmu(real_data):
    for scale in ("2", "4"):
        s = build("datasets", f"cmu-faces:scale={scale}").load(real_data / "cmu-faces")
        assert len(s) == 624
        assert s.n_classes("identity") == 20
    testing.check_dataset(build("datasets", "cmu-faces:scale=4,size=32"), real_data / "cmu-faces" / "faces")


def test_real_london(real_data):
    s = build("datasets", "london:size=64").load(real_data / "london")
    assert len(s) == 204
    assert s.n_classes("identity") == 102
