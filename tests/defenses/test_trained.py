"""Networks trained for one label: what they refuse, and which backbones they take."""

import dataclasses

import numpy as np
import pytest
import torch
from privbench.bench import testing
from privbench.bench.checks import InputError
from privbench.bench.registry import build
from privbench.bench.toolkit import nets
from privbench.bench.types import Task
from safetensors.torch import save_file

TOY = testing.toy_images()
SHAPE = (1, 32, 32)


def fitted(spec, samples=TOY):
    return build("defenses", spec).fit(samples, Task(), seed=0, device="cpu")


@pytest.mark.parametrize("spec", ["emotion", "hybrid", "noise", "random"])
def test_pictures_are_asked_for_by_name(spec):
    vectors = build("datasets", "gaussian:rows=8").load(None)
    with pytest.raises(InputError, match="pictures"):
        fitted(spec, vectors)


def test_pooling_before_the_relu_is_the_same_function():
    with nets.seeded(0):
        base = nets.ConvBase(1)
    x = torch.rand(3, 1, 16, 16)
    convolutions = [layer for layer in base.layers if isinstance(layer, torch.nn.Conv2d)]
    assert len(convolutions) == 3
    late = x
    for layer in convolutions:
        late = torch.nn.functional.max_pool2d(torch.relu(layer(late)), 2)
    assert torch.allclose(base(x), late.flatten(1), atol=1e-6)


def test_any_timm_model_is_a_backbone():
    twice = TOY.x.repeat(2, 2).repeat(2, 3)
    big = dataclasses.replace(TOY, x=twice).take(np.arange(12))
    encoder = fitted("emotion:backbone=resnet18,epochs=1", big)
    assert encoder(big.x)["features"].shape == (12, 512)
    with pytest.raises(InputError, match="resnet18"):
        nets.backbone("resnet1", SHAPE)


def test_weights_of_a_backbone_come_from_safetensors(tmp_path):
    state = nets.backbone("resnet18", SHAPE).state_dict()
    other = {}
    for name, value in state.items():
        other[name] = value + 1 if value.is_floating_point() else value
    path = tmp_path / "w.safetensors"
    save_file(other, path)
    loaded = nets.backbone("resnet18", SHAPE, str(path)).state_dict()
    assert torch.equal(loaded["conv1.weight"], state["conv1.weight"] + 1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bad.safetensors", "missing or misshapen"),
        ("w.pt", "pickled"),
        ("none.safetensors", "exists"),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path, name, message):
    save_file({"other": torch.zeros(1)}, tmp_path / "bad.safetensors")
    with pytest.raises(InputError, match=message):
        nets.backbone("resnet18", SHAPE, str(tmp_path / name))
