"""Learning curves in the cache of a run directory."""

import json

import pytest
from privbench.bench.checks import InputError
from privbench.bench.report import learning_curves


def keep(folder, name, meta):
    encoder = folder / "cache" / "encoders" / name
    encoder.mkdir(parents=True)
    (encoder / "meta.json").write_text(json.dumps(meta))


def test_curves_are_those_of_the_encoders_that_have_one(tmp_path):
    keep(tmp_path, "a", {})
    keep(tmp_path, "b", {"curve": [{"round": 0.0}], "losses": [{"epoch": 0.0}]})
    assert learning_curves.alternation(tmp_path) == [{"round": 0.0}]
    assert learning_curves.losses(tmp_path) == {"encoder b": [{"epoch": 0.0}]}


def test_a_training_that_is_not_finished_has_a_curve_too(tmp_path):
    training = tmp_path / "cache" / "encoders" / "c.training"
    training.mkdir(parents=True)
    (training / "losses.csv").write_text("epoch,kl\n0,1.5\n")
    expected = {"c.training, so far": [{"epoch": 0.0, "kl": 1.5}]}
    assert learning_curves.losses(tmp_path) == expected


@pytest.mark.parametrize("read", [learning_curves.alternation, learning_curves.losses])
def test_without_a_curve_the_error_says_what_leaves_one(tmp_path, read):
    keep(tmp_path, "a", {})
    with pytest.raises(InputError, match="cache encoders"):
        read(tmp_path)
