"""The London set: made-up copies, and the real photographs where there are any."""

import shutil

import numpy as np
import pytest
from privbench.bench import checks
from privbench.bench.checks import InputError
from privbench.datasets.london import London


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


def test_real_london(real_data):
    s = checks.dataset(London(color=True).load(real_data / "london"), London.task)
    assert s.x.shape == (204, 3, 48, 48)
    np.testing.assert_array_equal(np.bincount(s.labels["identity"]), [2] * 102)
    assert s.classes["gender"] == ("female", "male")
    assert "white" in s.classes["ethnicity"]
    assert len(np.unique(s.source)) == 204
