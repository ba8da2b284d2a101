"""Yale's layout: its configurations, twins, and files that are there twice."""

import numpy as np
import pytest
from PIL import Image
from privbench.bench.checks import InputError
from privbench.datasets import yale
from privbench.datasets.yale import Yale


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
    """Trap 3: subject01.gif is that of centerlight, subject01.glasses.gif that of .glasses."""
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
