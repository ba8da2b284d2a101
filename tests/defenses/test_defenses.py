"""What each defense does, beyond the conformance suite."""

import dataclasses

import numpy as np
import pytest
import torch
from privbench.bench import testing
from privbench.bench.checks import InputError
from privbench.bench.registry import build
from privbench.bench.toolkit import nets
from privbench.bench.types import Task
from privbench.defenses._narula import algorithm1 as algorithm
from privbench.defenses._narula import streams
from safetensors.torch import save_file

TOY = testing.toy_images()


def fitted(spec, samples=TOY, seed=0):
    return build("defenses", spec).fit(samples, Task(), seed=seed, device="cpu")


def test_noise_has_its_deviation_and_cannot_be_averaged_away():
    x = (
        np.full((50, 1, 16, 16), 0.5, np.float32)
        + np.arange(50, dtype=np.float32)[:, None, None, None] * 1e-4
    )
    noise = build("defenses", "noise:sigma=0.1")
    noisy = noise.transform(x)
    assert (noisy - x).std() == pytest.approx(0.1, rel=0.03)
    assert np.array_equal(noisy[3:5], noise.transform(x[3:5]))
    assert np.corrcoef((noisy - x)[0].ravel(), (noisy - x)[1].ravel())[0, 1] < 0.2


def test_blur_keeps_the_mean_and_removes_detail():
    x = TOY.x
    blurred = build("defenses", "blur:sigma=2").transform(x)
    assert blurred.mean() == pytest.approx(x.mean(), abs=0.02)
    assert np.abs(np.diff(blurred)).mean() < 0.3 * np.abs(np.diff(x)).mean()
    assert np.array_equal(build("defenses", "blur:sigma=0").transform(x), x)


def test_downsample_keeps_block_means_only():
    x = TOY.x
    blocks = x.reshape(len(x), 1, 4, 4, 4, 4).mean((3, 5))
    pixelated = build("defenses", "downsample:pixelate=true").transform(x)
    assert np.allclose(pixelated[:, :, ::4, ::4], blocks, atol=1e-6)
    assert np.allclose(pixelated, pixelated.repeat(1, 0)[:, :, ::4, ::4].repeat(4, 2).repeat(4, 3))
    smooth = build("defenses", "downsample").transform(x)
    assert smooth.shape == x.shape
    with pytest.raises(InputError, match="at most 16"):
        build("defenses", "downsample:factor=17").transform(x)


@pytest.mark.parametrize("spec", ["noise:epochs=1", "blur:epochs=1", "downsample:epochs=1"])
def test_transforms_release_the_picture_and_the_features_learnt_on_it(spec):
    releases = fitted(spec)(TOY.x)
    assert releases["image"].shape == TOY.x.shape
    assert releases["features"].shape == (len(TOY), 128 * 2 * 2)


def test_pictures_are_asked_for_by_name():
    vectors = build("datasets", "gaussian:rows=8").load(None)
    for spec in ("emotion", "hybrid", "noise", "random"):
        with pytest.raises(InputError, match="pictures"):
            fitted(spec, vectors)


def test_pooling_before_the_relu_is_the_same_function():
    with nets.seeded(0):
        base = nets.ConvBase(1)
    x, late = torch.rand(3, 1, 16, 16), torch.rand(3, 1, 16, 16)
    late = x
    for layer in base.layers:
        if isinstance(layer, torch.nn.Conv2d):
            late = torch.nn.functional.max_pool2d(torch.relu(layer(late)), 2)
    assert torch.allclose(base(x), late.flatten(1), atol=1e-6)


def weights(module):
    return [p.detach().clone() for p in module.parameters()]


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_algorithm_1_freezes_what_it_says_it_freezes():
    h = build("defenses", "hybrid:widths=4-4,code=0,norm=false")
    st, _ = streams.untrained(h, TOY, Task(), seed=0, device="cpu")
    order = np.random.default_rng(0)
    base, utility, private = weights(st.base), weights(st.utility), weights(st.private)
    opt = torch.optim.Adam([*st.base.parameters(), *st.utility.parameters()], 1e-2)
    algorithm.hide(st, h, opt, order)
    assert same(private, weights(st.private))
    assert not same(base, weights(st.base))
    assert not same(utility, weights(st.utility))
    base = weights(st.base)
    z = st.base(st.x).detach()
    algorithm.seek(st, z, h, torch.optim.Adam(st.private.parameters(), 1e-2), order)
    assert same(base, weights(st.base))
    assert not same(private, weights(st.private))


def test_confusing_the_adversary_has_the_published_sign_or_a_floor():
    scores, s = torch.randn(20, 4), torch.arange(20) % 4
    published = algorithm.confuse(scores, s, "negative")
    assert float(published) == pytest.approx(-float(torch.nn.functional.cross_entropy(scores, s)))
    uniform = [float(algorithm.confuse(scale * scores, s, "uniform")) for scale in (0, 1, 10)]
    assert uniform[0] == pytest.approx(np.log(4))
    assert uniform[0] < uniform[1] < uniform[2]


def test_hybrid_records_its_alternation_and_can_stop_and_restart():
    small = "hybrid:widths=4-4,epochs=1,code=4"
    curve = fitted(f"{small},rounds=3").meta["curve"]
    assert [point["round"] for point in curve] == [0, 1, 2, 3]
    stopped = fitted(f"{small},rounds=30,patience=1,lr=1e-9").meta["curve"]
    assert len(stopped) < 31
    plain, restarted = (
        fitted(f"{small},rounds=2{more}").meta["curve"] for more in ("", ",restart=1")
    )
    assert plain[-1] != restarted[-1]


def test_hybrid_hides_what_emotion_shows():
    """The theorem and its control, on pictures where both labels are plain to see."""
    toy = testing.toy_images(240)
    linear = build("attackers", "linear")

    def accuracy(spec, label):
        z, y = fitted(spec, toy)(toy.x)["features"], toy.labels[label]
        adversary = linear.fit(z[:160], y[:160], source=np.arange(160), seed=0, device="cpu")
        return (adversary(z[160:]).argmax(1) == y[160:]).mean()

    assert accuracy("emotion:epochs=10", "identity") > 0.9
    assert accuracy("hybrid:epochs=10,rounds=20,code=4", "identity") < 0.7
    assert accuracy("hybrid:epochs=10,rounds=20,code=4", "expression") > 0.9


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("hybrid:beta=-1", "beta"),
        ("hybrid:rounds=-1", "rounds"),
        ("hybrid:batch=1", "batch"),
        ("hybrid:lr=0", "lr"),
    ],
)
def test_hybrid_settings_are_checked(spec, message):
    with pytest.raises(InputError, match=message):
        build("defenses", spec)


def test_small_pictures_and_deep_networks_are_refused():
    with pytest.raises(InputError, match="layers"):
        fitted("hybrid:widths=4-4-4-4-4")


def test_any_timm_model_is_a_backbone_and_weights_come_from_safetensors(tmp_path):
    big = dataclasses.replace(TOY, x=np.repeat(np.repeat(TOY.x, 2, 2), 2, 3)).take(np.arange(12))
    encoder = fitted("emotion:backbone=resnet18,epochs=1", big)
    assert encoder(big.x)["features"].shape == (12, 512)
    state = nets.backbone("resnet18", (1, 32, 32)).state_dict()
    save_file(
        {k: v + 1 if v.is_floating_point() else v for k, v in state.items()},
        tmp_path / "w.safetensors",
    )
    loaded = nets.backbone("resnet18", (1, 32, 32), str(tmp_path / "w.safetensors")).state_dict()
    assert torch.equal(loaded["conv1.weight"], state["conv1.weight"] + 1)
    save_file({"other": torch.zeros(1)}, tmp_path / "bad.safetensors")
    for name, message in (
        ("bad.safetensors", "missing or misshapen"),
        ("w.pt", "pickled"),
        ("none.safetensors", "exists"),
    ):
        with pytest.raises(InputError, match=message):
            nets.backbone("resnet18", (1, 32, 32), str(tmp_path / name))
    with pytest.raises(InputError, match="resnet18"):
        nets.backbone("resnet1", (1, 32, 32))
