"""A fingerprint changes with what it is of, and with nothing else."""

import dataclasses

import numpy as np
import pytest
from privbench.bench import registry, testing
from privbench.bench.runner import fingerprints


def test_known_fingerprints_stay_what_they_are():
    assert fingerprints.of({"a": 1}, [2]) == fingerprints.of({"a": 1}, [2])
    assert fingerprints.content(testing.toy_images(n=8)) == "be8fdde7b67a01e0"


@pytest.mark.parametrize(
    "change",
    [
        lambda s: {"x": s.x + np.float32(1e-6)},
        lambda s: {"source": s.source[::-1].copy()},
        lambda s: {"original": ~s.original},
        lambda s: {"labels": {**s.labels, "identity": s.labels["identity"][::-1].copy()}},
        lambda s: {"classes": {**s.classes, "identity": ("a", "b", "c", "d")}},
    ],
)
def test_every_part_of_the_rows_counts(change):
    toy = testing.toy_images(n=8)
    other = dataclasses.replace(toy, **change(toy))
    assert fingerprints.content(other) != fingerprints.content(toy)


def test_settings_of_ours_are_all_there_and_hash_no_code():
    defense = registry.build("defenses", "noise:sigma=0.3")
    assert fingerprints.settings(defense) == dataclasses.asdict(defense)
    assert fingerprints.hashes("defenses", "noise:sigma=0.3", defense) == ()


def test_a_file_that_a_setting_names_counts_by_its_content(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"one")
    spec = f"emotion:weights={path}"
    defense = registry.build("defenses", spec)
    first = fingerprints.hashes("defenses", spec, defense)
    path.write_bytes(b"two")
    assert len(first) == 1
    assert fingerprints.hashes("defenses", spec, defense) != first
