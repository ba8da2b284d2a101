"""Networks: what depends on the seed, shapes, and which weights are taken."""

import numpy as np
import pytest
import torch
from privbench.bench.checks import InputError
from privbench.bench.toolkit import nets
from safetensors.torch import save_file
from torch import nn

SHAPE = (1, 16, 16)


def weights(net):
    return {name: value.clone().contiguous() for name, value in net.state_dict().items()}


def test_weights_depend_on_the_seed_alone_and_the_global_generator_is_put_back():
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    with nets.seeded(1):
        first = weights(nn.Linear(3, 2))
    assert torch.equal(torch.rand(3), expected)
    with nets.seeded(1):
        again = weights(nn.Linear(3, 2))
    with nets.seeded(2):
        other = weights(nn.Linear(3, 2))
    assert torch.equal(first["weight"], again["weight"])
    assert not torch.equal(first["weight"], other["weight"])


def test_standardised_pixels_have_mean_0_and_deviation_1_a_channel():
    x = torch.rand(20, 3, 4, 4) * torch.tensor([1.0, 5, 0])[:, None, None] + 2
    out = nets.Standardise(x)(x)
    assert torch.allclose(out.mean((0, 2, 3)), torch.zeros(3), atol=1e-4)
    assert torch.allclose(out.std((0, 2, 3)), torch.tensor([1.0, 1, 0]), atol=1e-4)
    assert torch.isfinite(out).all()  # the third channel never changes


def test_a_base_halves_the_picture_thrice_and_a_code_has_its_length():
    assert nets.code_dim(nets.ConvBase(1), SHAPE) == 128 * 2 * 2
    assert nets.code_dim(nets.ConvBase(3, (4, 5)), (3, 16, 12)) == 5 * 4 * 3
    assert nets.code_dim(nets.ConvBase(1, (4, 5), norm=True, code=7), SHAPE) == 7
    normed = [m for m in nets.ConvBase(1, (4, 5), norm=True).layers if type(m) is nn.BatchNorm2d]
    assert [m.num_features for m in normed] == [4, 5]


def test_a_code_is_normalised_over_the_batch():
    with nets.seeded(0):
        base = nets.ConvBase(1, (4, 5), code=3).train()
        z = base(100 * torch.rand(50, *SHAPE))
    assert torch.allclose(z.mean(0), torch.zeros(3), atol=1e-5)
    assert torch.allclose(z.std(0, correction=0), torch.ones(3), atol=0.05)


def test_a_head_has_the_asked_layers():
    def kinds(net):
        return [type(layer).__name__ for layer in net]

    plain = nets.head(6, (5, 4), 3)
    assert kinds(plain) == ["Linear", "ReLU", "Linear", "ReLU", "Linear"]
    assert plain(torch.zeros(2, 6)).shape == (2, 3)
    full = nets.head(6, (5,), 3, dropout=0.5, norm=True)
    assert kinds(full) == ["Linear", "BatchNorm1d", "ReLU", "Dropout", "Linear"]
    assert full[3].p == 0.5


def test_weights_are_read_whole_or_not_at_all(tmp_path):
    with nets.seeded(0):
        kept = weights(nets.ConvBase(1))
    path = tmp_path / "base.safetensors"
    save_file({**kept, "another": torch.zeros(1)}, path)
    loaded = weights(nets.backbone("conv3", SHAPE, str(path)))
    assert all(torch.equal(loaded[name], value) for name, value in kept.items())
    first, *_ = sorted(kept)
    save_file({name: value for name, value in kept.items() if name != first}, path)
    with pytest.raises(InputError, match=f"missing or misshapen: {first}"):
        nets.backbone("conv3", SHAPE, str(path))
    save_file({**kept, first: torch.zeros(1)}, path)
    with pytest.raises(InputError, match=f"missing or misshapen: {first}"):
        nets.backbone("conv3", SHAPE, str(path))


def test_other_files_of_weights_are_refused(tmp_path):
    with pytest.raises(InputError, match="pickled checkpoints can run code"):
        nets.backbone("conv3", SHAPE, str(tmp_path / "base.pt"))
    with pytest.raises(InputError, match="a file that exists"):
        nets.backbone("conv3", SHAPE, str(tmp_path / "none.safetensors"))


def test_networks_of_timm_go_by_their_names():
    assert nets.known("backbone", "resnet18") == "resnet18"
    with pytest.raises(InputError, match=r"conv3.*resnet18.*any timm model"):
        nets.known("backbone", "resnet1", "conv3")
    base = nets.backbone("vit_tiny_patch16_224", (3, 32, 32))
    assert nets.code_dim(base, (3, 32, 32)) == 192
    assert not base.training
    assert np.isfinite(base(torch.zeros(1, 3, 32, 32)).detach().numpy()).all()
