"""Every competitor in a room passes the public conformance suite the moment its file exists."""

import dataclasses

import pytest
import torch
from privbench.bench import registry, testing
from torch import nn

NEEDS_FILES = {
    "cmu-faces", "london", "jaffe", "yale", "ferg", "mug", "folder", "manifest", "embeddings",
    "openface", "au-table", "recola", "avec", "arrays",
}  # fmt: skip
NEEDS_MODEL = "frozen"
FAST = {"epochs": 6, "rounds": 2}
NOT_LEARNERS = {"majority", "keyed"}
SMALL = {  # attackers whose default does not suit 80 rows
    "timm": "timm:name=test_resnet,batch=16",
    "vgan-cnn": "vgan-cnn:batch=8,epochs=20",
    "vgan-mlp": "vgan-mlp:batch=8,epochs=20",
}


def quick(defense):
    """The same defense with a budget that suits a test."""
    own = {f.name for f in dataclasses.fields(defense)}
    return dataclasses.replace(defense, **{k: v for k, v in FAST.items() if k in own})


@pytest.mark.parametrize("name", [n for n in registry.names("defenses") if n != NEEDS_MODEL])
def test_defense(name):
    testing.check_defense(quick(registry.build("defenses", name)))


@pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning")
def test_defense_of_a_model_that_exists(tmp_path):
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten())
    torch.jit.script(net).save(tmp_path / "model.ts")
    testing.check_defense(registry.build("defenses", f"{NEEDS_MODEL}:path={tmp_path}/model.ts"))


@pytest.mark.parametrize("name", registry.names("attackers"))
def test_attacker(name):
    testing.check_attacker(
        registry.build("attackers", SMALL.get(name, name)), learns=name not in NOT_LEARNERS
    )


@pytest.mark.parametrize("name", [n for n in registry.names("datasets") if n not in NEEDS_FILES])
def test_dataset(name):
    testing.check_dataset(registry.build("datasets", name))
