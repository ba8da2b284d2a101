"""A model that exists already: of every make, left as it is, and refused where it is not frozen."""

import copy
import dataclasses
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from privbench.bench import registry, testing
from privbench.bench.checks import InputError
from privbench.bench.types import Task
from privbench.bench.types import samples as make_samples
from privbench.defenses.frozen import Frozen
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

PICTURES = testing.toy_images()


def convolutions(channels=1):
    """A network that training mode changes, and whose first layer works in place."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.ReLU(inplace=True),
        nn.Conv2d(channels, 4, 3),
        nn.BatchNorm2d(4),
        nn.Dropout(0.5),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
    )


def vectors(n=40, d=6):
    rng = np.random.default_rng(0)
    named = {"identity": np.arange(n) % 4, "expression": np.arange(n) % 3}
    return make_samples(rng.normal(size=(n, d)), named)


def encoder_of(defense, samples=PICTURES):
    return defense.fit(samples, Task(), seed=0, device="cpu")


def features(defense, samples=PICTURES):
    return encoder_of(defense, samples)(samples.x)[defense.release]


def scripted(path, net):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        torch.jit.script(net).save(path)
    return str(path)


# --- in memory -----------------------------------------------------------------------------------


def test_a_network_in_training_mode_is_asked_in_evaluation_mode_and_stays_as_it_is():
    net = convolutions().train()
    kept = copy.deepcopy(net.state_dict())
    testing.check_defense(Frozen(model=net))
    z = features(Frozen(model=net))
    assert z.shape == (48, 16)
    assert z.dtype == np.float32
    assert all(module.training for module in net.modules())
    assert all(torch.equal(kept[name], w) for name, w in net.state_dict().items())
    expected = copy.deepcopy(net).eval()(torch.tensor(PICTURES.x)).detach().numpy()
    np.testing.assert_allclose(z, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("batch", [1, 7, 48, 1000])
def test_the_batch_changes_nothing(batch):
    net = convolutions()
    whole = features(Frozen(model=net))
    np.testing.assert_allclose(features(Frozen(model=net, batch=batch)), whole, atol=1e-6)


def test_transformers_of_scikit_learn_see_rows_as_vectors():
    flat = PICTURES.x.reshape(48, -1)
    pca = make_pipeline(StandardScaler(), PCA(3)).fit(flat)
    testing.check_defense(Frozen(model=pca))
    z = features(Frozen(model=pca))
    np.testing.assert_allclose(z, pca.transform(flat), rtol=1e-4, atol=1e-5)


def test_a_callable_is_given_an_array_and_may_return_anything_of_numbers():
    testing.check_defense(Frozen(model=lambda x: x.mean((1, 2))))

    def ask(model):
        return features(Frozen(model=model))

    assert ask(lambda x: x.mean((1, 2, 3))).shape == (48, 1)
    assert ask(lambda x: torch.from_numpy(x).mean((2, 3)).to(torch.bfloat16)).shape == (48, 1)
    assert ask(lambda x: [[float(row.sum()), 1.0] for row in x]).shape == (48, 2)
    assert ask(lambda x: x).shape == PICTURES.x.shape


def test_a_callable_cannot_change_its_input():
    def spoil(x):
        x *= 0
        return x.mean((1, 2))

    testing.check_defense(Frozen(model=spoil))


def test_objects_are_kept_as_they_are_now():
    bias = np.zeros(1)
    defense = Frozen(model=lambda x: x.mean((1, 2)) + bias)
    before = features(defense)
    bias += 1
    assert np.array_equal(features(defense), before)


def test_finer_numbers_than_float32_reach_the_runner_which_judges_them():
    from privbench.bench.runner.encoding import encode

    def fine(x):
        return x.reshape(len(x), -1)[:, :3].astype(np.float64) * 1e-9 + 1

    encoder = encoder_of(Frozen(model=fine))
    with pytest.raises(InputError, match="float32 rounds away"):
        encode(encoder, PICTURES.x)


def test_a_transform_is_given_what_the_model_is_given():
    from torchvision.transforms import v2

    half = v2.Compose([v2.CenterCrop(8), v2.Normalize([0.5], [0.5])])
    z = features(Frozen(model=nn.Flatten(), transform=half))
    expected = (PICTURES.x[:, :, 4:12, 4:12] - 0.5) / 0.5
    np.testing.assert_allclose(z, expected.reshape(48, -1), atol=1e-6)
    z = features(Frozen(model=PCA(2).fit(PICTURES.x.reshape(48, -1)), transform=np.negative))
    assert z.shape == (48, 2)
    assert features(Frozen(model=nn.Flatten(), transform=lambda x: x.numpy())).shape == (48, 256)


def test_sequences_with_missing_frames_go_in_as_they_are():
    toy = testing.toy_sequences()
    z = features(Frozen(model=np.nan_to_num), toy)
    assert np.array_equal(z, np.nan_to_num(toy.x))


# --- pictures ------------------------------------------------------------------------------------


def test_grey_pictures_stand_three_times_where_the_first_convolution_wants_colour():
    net = convolutions(channels=3).eval()
    colour = torch.tensor(np.repeat(PICTURES.x, 3, axis=1))
    expected = net(colour).detach().numpy()
    np.testing.assert_allclose(features(Frozen(model=net)), expected, rtol=1e-5, atol=1e-6)


def test_size_and_normalise():
    constant = dataclasses.replace(PICTURES, x=np.full((48, 1, 16, 16), 0.485, np.float32))
    z = features(Frozen(model=nn.Identity(), size=8, normalise="imagenet"), constant)
    assert z.shape == (48, 3, 8, 8)
    np.testing.assert_allclose(z[:, 0], 0, atol=1e-6)
    np.testing.assert_allclose(z[:, 1], (0.485 - 0.456) / 0.224, atol=1e-5)


@pytest.mark.parametrize("settings", [{"size": 8}, {"normalise": "imagenet"}])
def test_vectors_have_neither(settings):
    with pytest.raises(InputError, match="needs pictures"):
        encoder_of(Frozen(model=nn.Identity(), **settings), vectors())


# --- files ---------------------------------------------------------------------------------------


def test_torchscript_by_spec(tmp_path):
    net = convolutions(channels=3).train()
    path = scripted(tmp_path / "model.ts", net)
    defense = registry.build("defenses", f"frozen:path={path},batch=16")
    testing.check_defense(defense)
    expected = net.eval()(torch.tensor(np.repeat(PICTURES.x, 3, axis=1))).detach().numpy()
    np.testing.assert_allclose(features(defense), expected, rtol=1e-5, atol=1e-6)
    assert registry.canonical("frozen", defense) == f"frozen:path={path},batch=16"


def test_another_file_of_the_same_name_is_not_the_model_that_was_saved(tmp_path):
    path = scripted(tmp_path / "model.ts", convolutions())
    defense = Frozen(path=path)
    encoder_of(defense).save(tmp_path / "encoder")
    assert [file.name for file in (tmp_path / "encoder").iterdir()] == ["model.json"]
    about = json.loads((tmp_path / "encoder" / "model.json").read_text())
    assert about["path"] == path
    torch.manual_seed(5)
    scripted(path, nn.Sequential(nn.Flatten(), nn.Linear(256, 3)))
    with pytest.raises(InputError, match=r"sha256 .* as it was when the encoder was saved"):
        defense.load(tmp_path / "encoder", device="cpu")


def test_a_network_that_was_trained_on_is_not_the_one_that_was_saved(tmp_path):
    net = convolutions()
    defense = Frozen(model=net)
    encoder_of(defense).save(tmp_path)
    assert (tmp_path / "weights.safetensors").is_file()
    with torch.no_grad():
        net[1].weight.add_(1)
    with pytest.raises(InputError, match="sha256"):
        defense.load(tmp_path, device="cpu")


def test_tied_weights_and_half_precision_can_be_saved(tmp_path):
    net = nn.Sequential(nn.Flatten(), nn.Linear(256, 256), nn.Linear(256, 256)).bfloat16()
    net[2].weight = net[1].weight
    defense = Frozen(model=net, transform=lambda x: x.bfloat16())
    encoder = encoder_of(defense)
    encoder.save(tmp_path)
    again = defense.load(tmp_path, device="cpu")
    assert np.array_equal(encoder(PICTURES.x)["features"], again(PICTURES.x)["features"])


def test_pickles_are_refused(tmp_path):
    import joblib

    net = nn.Linear(2, 2)
    torch.save(net, tmp_path / "whole.pt")
    torch.save(net.state_dict(), tmp_path / "weights.pth")
    torch.save(net, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    joblib.dump(PCA(2), tmp_path / "pca.joblib")
    for name in ("whole.pt", "weights.pth", "old.pt", "pca.joblib"):
        with pytest.raises(InputError, match=r"a pickle.*torch\.jit\.script\(model\)\.save"):
            encoder_of(Frozen(path=str(tmp_path / name)))


def test_other_files_are_refused(tmp_path):
    from safetensors.torch import save_file

    save_file({"w": torch.zeros(2)}, tmp_path / "w.safetensors")
    (tmp_path / "model.txt").write_text("model")
    (tmp_path / "model.onnx").write_text("model")
    whole = scripted(tmp_path / "whole.ts", convolutions())
    (tmp_path / "half.ts").write_bytes(Path(whole).read_bytes()[:-2000])
    for name, message in {
        "w.safetensors": "frozen:timm=NAME,weights=FILE",
        "model.txt": "a TorchScript or ONNX file",
        "model.onnx": "an ONNX file",
        "half.ts": "a TorchScript or ONNX file",
        "nothing.ts": "a file that exists",
        ".": "a file that exists",
    }.items():
        with pytest.raises(InputError, match=message):
            encoder_of(Frozen(path=str(tmp_path / name)))


def test_timm_with_weights_of_a_file(tmp_path):
    import timm
    from safetensors.torch import save_file

    torch.manual_seed(3)
    net = timm.create_model("test_resnet", pretrained=False).eval()
    path = tmp_path / "w.safetensors"
    save_file(net.state_dict(), path)
    before = torch.random.get_rng_state()
    defense = registry.build("defenses", f"frozen:timm=test_resnet,weights={path},size=32")
    testing.check_defense(defense)
    assert torch.equal(before, torch.random.get_rng_state())
    grey = torch.nn.functional.interpolate(
        torch.tensor(PICTURES.x), (32, 32), mode="bilinear", antialias=True
    ).expand(-1, 3, -1, -1)
    expected = net.forward_head(net.forward_features(grey), pre_logits=True).detach().numpy()
    np.testing.assert_allclose(features(defense), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, r"no model; expected path=FILE.*privbench\.frozen\(model\)"),
        ({"timm": "resnet18"}, "untrained; none are downloaded"),
        ({"timm": "resnet1888", "weights": "w.safetensors"}, "any timm model"),
        ({"timm": "test_resnet", "weights": "w.pth"}, "a file that exists"),
    ],
)
def test_what_is_no_model_is_refused_before_any_work(settings, message):
    defense = Frozen(**settings)
    for refuse in (lambda: defense.check(PICTURES), lambda: encoder_of(defense)):
        with pytest.raises(InputError, match=message):
            refuse()


def test_timm_takes_pictures():
    with pytest.raises(InputError, match="needs pictures"):
        Frozen(timm="test_resnet", weights="w.safetensors").check(vectors())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"path": "m.ts", "timm": "resnet18"}, "path and timm; expected one model"),
        ({"path": "m.ts", "model": np.tanh}, "path and model"),
        ({"weights": "w.safetensors"}, "timm=NAME"),
        ({"batch": 0}, "frozen:batch"),
        ({"normalise": "mine"}, "none, imagenet"),
        ({"release": "a/b"}, "letters"),
        ({"name": "a:b"}, "letters"),
        ({"model": sys.stdout}, "other processes"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(InputError, match=message):
        Frozen(**settings)


# --- ONNX ----------------------------------------------------------------------------------------


def onnx_file(path, shape=("n", 3, 16, 16), *, several=False, outside=False):
    """(n, c, h, w) -> means over pixels, and pixels doubled if several."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper, numpy_helper

    def info(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    nodes = [
        helper.make_node("Add", ["x", "two"], ["sum"]),
        helper.make_node("ReduceMean", ["sum"], ["means"], axes=[2, 3], keepdims=0),
    ]
    outputs = [info("means", [shape[0], shape[1]])]
    outputs += [info("sum", list(shape))] if several else []
    two = numpy_helper.from_array(np.full(1, 2, np.float32), "two")
    graph = helper.make_graph(nodes, "g", [info("x", list(shape))], outputs, [two])
    opset = [helper.make_opsetid("", 13)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    more = {"save_as_external_data": True, "size_threshold": 0} if outside else {}
    onnx.save(model, path, **more)
    return str(path)


@pytest.mark.parametrize("n", ["n", 1])
def test_onnx_by_spec(tmp_path, n):
    path = onnx_file(tmp_path / "model.onnx", (n, 3, 16, 16))
    defense = registry.build("defenses", f"frozen:path={path}")
    testing.check_defense(defense)
    expected = np.repeat(PICTURES.x.mean((2, 3)), 3, axis=1) + 2
    np.testing.assert_allclose(features(defense), expected, atol=1e-5)


def test_onnx_with_several_outputs_has_several_releases(tmp_path):
    defense = Frozen(path=onnx_file(tmp_path / "model.onnx", several=True))
    testing.check_defense(defense)
    codes = encoder_of(defense)(PICTURES.x)
    shapes = {name: z.shape for name, z in codes.items()}
    assert shapes == {"means": (48, 3), "sum": (48, 3, 16, 16)}


def test_onnx_that_cannot_take_the_rows(tmp_path):
    wide = onnx_file(tmp_path / "wide.onnx", ("n", 3, 32, 32))
    with pytest.raises(InputError, match=r"shape \(3, 16, 16\); expected input x .*any, 3, 32, 32"):
        encoder_of(Frozen(path=wide))
    assert features(Frozen(path=wide, size=32)).shape == (48, 3)
    eight = onnx_file(tmp_path / "eight.onnx", (8, 3, 16, 16))
    with pytest.raises(InputError, match="a batch of any size or of 1"):
        encoder_of(Frozen(path=eight))
    outside = onnx_file(tmp_path / "outside.onnx", outside=True)
    with pytest.raises(InputError, match=r"another file; expected one file \(onnx\.save"):
        encoder_of(Frozen(path=outside))


def test_onnx_without_onnxruntime(tmp_path, monkeypatch):
    path = onnx_file(tmp_path / "model.onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InputError, match=r"pip install 'privbench\[onnx\]'"):
        encoder_of(Frozen(path=path))


# --- what comes out ------------------------------------------------------------------------------


class Several(nn.Module):
    """A network that gives what `make` makes of (n, 2) codes."""

    def __init__(self, make):
        super().__init__()
        self.make = make

    def forward(self, x):
        return self.make(x.mean((2, 3)).expand(-1, 2))


@dataclasses.dataclass
class Output:
    hidden: torch.Tensor
    pooled: torch.Tensor


def test_a_dict_is_several_releases():
    defense = Frozen(model=Several(lambda z: {"a": z, "b.1": z[:, 0]}))
    testing.check_defense(defense)
    codes = encoder_of(defense)(PICTURES.x)
    assert {name: z.shape for name, z in codes.items()} == {"a": (48, 2), "b.1": (48, 1)}


def test_one_of_several_named_outputs_is_released_by_its_name():
    defense = Frozen(model=Several(lambda z: Output(z[:, None], z)), release="pooled")
    assert list(encoder_of(defense)(PICTURES.x)) == ["pooled"]
    with pytest.raises(InputError, match=r"Output of hidden \(5, 1, 2\), pooled \(5, 2\)"):
        encoder_of(dataclasses.replace(defense, release="features"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda z: (z, z[:, :1]), r"a tuple of 0 \(5, 2\), 1 \(5, 1\).*release="),
        (lambda z: [z, z], "a list of"),
        (lambda z: {"a/b": z}, "letters"),
        (lambda z: {}, "a dict of"),
        (lambda z: z.mean(0), r"shape \(2, 1\) for 5 rows"),
        (lambda z: z.mean(), r"shape \(\) for 5 rows"),
        (lambda z: z[:, :, None, None, None], r"\(5, 2, 1, 1, 1\)"),
        (lambda z: "codes", "<U5"),
        (lambda z: None, "object"),
        (lambda z: z.to(torch.complex64), "complex64"),
    ],
)
def test_other_outputs_are_refused_by_what_they_are(make, message):
    with pytest.raises(InputError, match=message):
        encoder_of(Frozen(model=Several(make)))


def test_the_error_of_a_model_is_one_line_with_the_shape(tmp_path):
    net = nn.Sequential(nn.Flatten(), nn.Linear(7, 2))
    script = Frozen(path=scripted(tmp_path / "model.ts", net))
    for defense in (Frozen(model=net), script, Frozen(model=PCA(2))):
        with pytest.raises(InputError, match=r"rows of shape \(1, 16, 16\)") as refusal:
            encoder_of(defense)
        assert "\n" not in str(refusal.value)
    with pytest.raises(InputError, match="shapes cannot be multiplied"):
        encoder_of(script)


# --- what is not frozen --------------------------------------------------------------------------


def test_a_code_that_depends_on_the_batch_is_caught():
    bad = Frozen(model=Several(lambda z: z - z.mean(0)))
    with pytest.raises(InputError, match="depends on the batch around a row"):
        testing.check_defense(bad, PICTURES)
    with pytest.raises(InputError, match="depends on the batch around a row"):
        bad.check(PICTURES)
    training = nn.BatchNorm2d(1, track_running_stats=False)
    with pytest.raises(InputError, match="depends on the batch around a row"):
        encoder_of(Frozen(model=training))


def test_codes_that_differ_each_time_are_caught():
    bad = Frozen(model=Several(lambda z: nn.functional.dropout(z, training=True)))
    with pytest.raises(InputError, match="differ when it is asked again"):
        testing.check_defense(bad, PICTURES)


def test_a_traced_network_in_training_mode_is_caught(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(
            convolutions().train(), torch.rand(2, 1, 16, 16), check_trace=False
        )
        traced.save(tmp_path / "traced.ts")
    with pytest.raises(InputError, match="a frozen model"):
        encoder_of(Frozen(path=str(tmp_path / "traced.ts")))
