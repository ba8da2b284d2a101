"""AVEC's layouts."""

import re

import numpy as np
import pytest
from privbench.bench import checks, registry, testing
from privbench.bench.checks import InputError
from privbench.datasets._recordings import gold as _gold
from privbench.datasets.avec import Avec
from recordings import SMALL, T, arff, noted, rate, video

NAMES = [f"{part}_{i}" for part in ("train", "dev", "test") for i in (1, 2)]


def gold(path, ratings, name=None):
    lines = [
        [name or path.stem, f"{0.04 * i:g}", f"{v:.6f}"]
        for i, v in enumerate(_gold.combined(ratings))
    ]
    return arff(path, ["Instance_name", "frameTime", "GoldStandard"], lines)


def avec(root, features, labels, individual=""):
    for k, name in enumerate(NAMES):
        video(root / features / f"{name}.arff", [k, 2])
        for d, dim in enumerate(("arousal", "valence")):
            if not name.startswith("test"):
                spare = root / "spare" / f"{dim}_{name}.csv"
                ratings = rate(
                    root / individual / dim / f"{name}.csv" if individual else spare, [k, d]
                )
                gold(root / labels / dim / f"{name}.arff", ratings)
    return root


LAYOUTS = {
    "2016": (
        "features_video_appearance/arousal",
        "ratings_gold_standard",
        "ratings_individual",
        "video_appearance",
    ),
    "2016 flat": ("features_audio", "ratings_gold_standard", "", "audio"),
    "2016 moved": (
        "features/features_video_geometric",
        "ratings/ratings_gold_standard",
        "",
        "video_geometric",
    ),
    "2018": ("features/video/AU", "labels/gs_1", "labels/individual", "AU"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_avec(tmp_path, layout):
    features, labels, individual, name = LAYOUTS[layout]
    d = Avec(**SMALL, features=name)
    s = checks.dataset(d.load(avec(tmp_path, features, labels, individual)), d.task)
    assert s.x.shape == (4 * 5, 50, 3), "name, frameTime and class are no features"
    assert s.classes == {
        "identity": ("dev_1", "dev_2", "train_1", "train_2"),
        "split": ("test", "train"),
    }
    assert (s.labels["split"] == (s.labels["identity"] >= 2)).all()
    assert np.isfinite(s.targets["arousal"]).all()
    assert np.isfinite(s.targets["valence"]).all()
    assert noted(s, "2 recordings of the test partition left out: test_1, test_2")
    assert noted(
        s, "the shipped one (8 files): correlation at least 1.000, differences at most 0.0000"
    ) == bool(individual)
    assert noted(s, "landmarks") == (name == "video_geometric")
    testing.check_dataset(d, tmp_path)


def test_avec_with_the_test_partition_has_rows_without_targets(tmp_path):
    s = Avec(**SMALL, partitions="all").load(avec(tmp_path, *LAYOUTS["2016"][:2]))
    hidden = np.isin(
        s.labels["identity"], [s.classes["identity"].index(name) for name in ("test_1", "test_2")]
    )
    assert np.isnan(s.targets["arousal"][hidden]).all()
    assert np.isfinite(s.targets["arousal"][~hidden]).all()
    assert (s.labels["split"][hidden] == 0).all()
    assert noted(s, "2 of 6 recordings without all ratings: test_1, test_2")


def test_avec_names_the_features_that_are_there(tmp_path):
    avec(tmp_path, *LAYOUTS["2018"][:2])
    (tmp_path / "features/video/AU/train_all.arff").write_text("")
    assert noted(
        Avec(**SMALL, features="AU").load(tmp_path),
        "1 files left out that are not of one recording: train_all.arff",
    )
    with pytest.raises(InputError, match=r"features=AU is there"):
        Avec(**SMALL).load(tmp_path)


DEV = "features/video/AU/dev_1.arff"
AVEC_FAULTS = {
    "clock": (lambda r: video(r / DEV, 1, step=0.05),
              "AU/dev_1.arff line 253: got 12.000 s, 40 ms from any rating"),
    "lengths": (lambda r: video(r / DEV, 1, t=320),
                "got 300 ratings for the 320 frames of AU/dev_1.arff"),
    "another's": (lambda r: gold(r / "labels/gs_1/arousal/dev_1.arff", np.ones((T, 6)), "dev_2"),
                  "arousal/dev_1.arff line 10: got Instance_name 'dev_2'; expected 'dev_1'"),
    "header": (lambda r: (r / DEV).write_text("@relation x\nAU01 numeric\n@data\n1\n"),
               "AU/dev_1.arff line 2: got"),
    "no data": (lambda r: (r / DEV).write_text("@relation x\n@attribute a numeric\n"),
                "dev_1.arff: got no line @data"),
    "cut off": (lambda r: cut_off(r / DEV), "AU/dev_1.arff line 312: got 3 cells; expected 6"),
    "others": (lambda r: arff(r / DEV, ["frameTime", "AU09"], [[0.04 * i, i] for i in range(T)]),
               "features, others than those of the first"),
}  # fmt: skip


def cut_off(path):
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], ",".join(lines[-1].split(",")[:3])]))


@pytest.mark.parametrize("fault", AVEC_FAULTS)
def test_avec_faults_are_named_with_file_and_line(tmp_path, fault):
    break_, message = AVEC_FAULTS[fault]
    avec(tmp_path, *LAYOUTS["2018"][:2])
    assert len(Avec(**SMALL, features="AU").load(tmp_path)) == 20
    break_(tmp_path)
    with pytest.raises(InputError, match=re.escape(message)):
        Avec(**SMALL, features="AU").load(tmp_path)


def test_arff_missing_values_are_missing_frames(tmp_path):
    avec(tmp_path, *LAYOUTS["2018"][:2])
    path = tmp_path / "features/video/AU/train_1.arff"
    text = path.read_text().splitlines()
    at = next(i for i, line in enumerate(text) if line == "@DATA") + 2
    text[at + 3] = ",".join([*text[at + 3].split(",")[:2], "?", *text[at + 3].split(",")[3:]])
    path.write_text("\n".join(text))
    s = Avec(**SMALL, features="AU").load(tmp_path)
    first = s.x[s.labels["identity"] == 2][0]
    assert np.flatnonzero(np.isnan(first).all(1)).tolist() == [3]


@pytest.mark.parametrize("name", ["openface", "au-table", "recola", "avec"])
def test_without_a_root_it_says_where_to_get_the_files(name):
    with pytest.raises(InputError, match=r"--data-root: got nothing"):
        registry.build("datasets", name).load(None)
