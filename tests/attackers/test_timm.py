"""Networks of the timm library as attackers."""

import subprocess
import sys

import numpy as np
import pytest
from attacks import correct, fitted
from privbench.bench.checks import InputError
from privbench.bench.registry import build
from privbench.bench.toolkit import nets
from safetensors.torch import save_file

TINY = "timm:name=test_resnet,epochs=20,batch=16"


def columns(n=96, shape=(1, 32, 32), seed=0):
    """(x, y): noise with a bright column that names one of four people."""
    x = np.random.default_rng(seed).uniform(0, 0.3, (n, *shape)).astype(np.float32)
    y = np.arange(n) % 4
    for row, c in enumerate(y):
        start = 8 * c
        x[row, :, :, start : start + 4] += 0.6
    return x, y


def accuracy(spec, x, y, rows=64):
    """(accuracy on the other rows, the adversary that knows the first `rows`)."""
    adversary = fitted(spec, x[:rows], y[:rows])
    return correct(adversary(x[rows:]), y[rows:]), adversary


def backbone(spec, x, y):
    _, adversary = accuracy(spec, x, y)
    return adversary.net[0][1]


def first(net):
    """The first weights of a network."""
    return next(net.parameters()).detach().numpy()


@pytest.mark.parametrize("shape", [(1, 32, 32), (3, 33, 40)])
def test_it_finds_what_is_plain_and_nothing_else(shape):
    x, y = columns(shape=shape)
    share, adversary = accuracy(TINY, x, y)
    assert share > 0.9
    assert adversary.sound
    shuffled = np.random.default_rng(1).permutation(x)
    assert accuracy(TINY, shuffled, y)[0] < 0.6


@pytest.mark.parametrize(
    ("name", "least"), [("test_convnext", 0.9), ("test_efficientnet", 0.9), ("test_vit", 0.4)]
)
def test_other_kinds_of_network(name, least):
    x, y = columns()
    assert accuracy(f"timm:name={name},epochs=20,batch=16,lr=3e-3", x, y)[0] > least


def test_pictures_of_a_size_only():
    timm = build("attackers", "timm")
    assert "images" in timm.skip(np.zeros((4, 8)), np.arange(4))
    assert "32x32" in timm.skip(np.zeros((4, 1, 40, 31)), np.arange(4))
    assert timm.skip(np.zeros((4, 1, 32, 32)), np.arange(4)) is None


def test_the_channels_of_a_release_are_standardised():
    """The scale trap: a leak of a thousandth, on a large offset, beside a loud channel of noise."""
    x, y = columns()
    loud = np.random.default_rng(2).normal(size=x.shape) * 100
    both = np.concatenate([0.5 + 1e-3 * x, loud], axis=1)
    share, _ = accuracy(TINY, both.astype(np.float32), y)
    assert share > 0.9


def test_weights_from_a_file_are_where_it_starts(tmp_path):
    x, y = columns()
    path = str(tmp_path / "w.safetensors")
    known = backbone("timm:name=test_resnet,epochs=10,batch=16", x, y)
    save_file({k: v.contiguous() for k, v in known.state_dict().items()}, path)
    still = backbone(f"timm:name=test_resnet,epochs=1,batch=16,lr=1e-9,weights={path}", x, y)
    fresh = nets.backbone("test_resnet", (1, 32, 32))
    assert np.allclose(first(still), first(known), atol=1e-6)
    assert not np.allclose(first(fresh), first(known), atol=1e-2)
    with pytest.raises(InputError, match="safetensors"):
        accuracy("timm:name=test_resnet,weights=w.pth", x, y)


def test_a_wrong_name_is_refused_when_the_run_is_planned():
    with pytest.raises(InputError, match=r"timm:name: got 'resnet1'.*did you mean"):
        build("attackers", "timm:name=resnet1")
    with pytest.raises(InputError, match="timm:epochs"):
        build("attackers", "timm:epochs=0")


def test_import_timm_is_the_library_and_waits_until_it_is_needed():
    code = (
        "import sys\n"
        "from privbench.bench.registry import build\n"
        "ours = type(build('attackers', 'timm')).__module__\n"
        "assert ours == 'privbench.attackers.timm'\n"
        "assert 'timm' not in sys.modules and 'torch' not in sys.modules\n"
        "import timm, privbench.attackers\n"
        "assert 'resnet10t' in timm.list_models() and not hasattr(timm, 'Timm')\n"
        "assert privbench.attackers.timm.Timm is not None\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
