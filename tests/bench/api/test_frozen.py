"""`privbench.frozen`: models of any make in a run, in this process and in others."""

import doctest
import warnings

import numpy as np
import privbench as pb
import pytest
import torch
from click.testing import CliRunner
from privbench.bench import registry
from privbench.bench.api import frozen as api
from privbench.bench.cli.main import main
from privbench.datasets.gaussian import Gaussian
from sklearn.decomposition import PCA
from torch import nn

DATASET = "gaussian:rows=10,people=3"


@pytest.fixture(autouse=True)
def nothing_registered(monkeypatch):
    monkeypatch.setattr(registry, "_objects", {room: {} for room in registry.ROOMS})


@pytest.fixture
def rows():
    return Gaussian(rows=10, people=3).load(None)


def network(d):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(d, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.9))


def script(path, net):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        torch.jit.script(net).save(path)
    return path


def names_of(report):
    """The defenses of a report, without settings, raw data aside."""
    defenses = {verdict.defense for verdict in report.verdicts}
    return defenses - {"raw"}


def run(defenses, folder, **settings):
    return pb.run(defenses, "lda", dataset=DATASET, folds=2, progress=False, out=folder, **settings)


def test_the_example(tmp_path):
    found = doctest.DocTestFinder().find(api.frozen, globs={"folder": tmp_path})
    for example in found:
        assert doctest.DocTestRunner().run(example).failed == 0


def test_models_of_every_make_in_one_run(rows, tmp_path):
    net = network(rows.x.shape[1])
    path = script(tmp_path / "model.ts", net)
    defenses = [
        pb.frozen(net, name="net"),
        pb.frozen(PCA(3).fit(rows.x), name="pca"),
        pb.frozen(lambda x: x[:, :2], name="two"),
        pb.frozen(path),
    ]
    report = run(defenses, tmp_path / "out")
    assert not report.failures
    assert names_of(report) == {"net", "pca", "two", "frozen"}
    assert "pca / features" in set(report.table()["release"])
    assert net.training


def test_workers_are_given_the_models(rows, tmp_path):
    d = rows.x.shape[1]
    net = network(d).eval()
    models = {
        "network": net,
        "transformer": PCA(3).fit(rows.x),
        "callable": lambda x: net(torch.from_numpy(x)),
    }
    defenses = [pb.frozen(model, name=name) for name, model in models.items()]
    report = run(defenses, tmp_path / "two", jobs=2)
    here = run(defenses, tmp_path / "none", jobs=0)
    assert not report.failures
    assert names_of(report) == set(models)
    assert report.table().equals(here.table())


def test_the_same_model_goes_on_where_it_was_and_another_does_not(rows, tmp_path):
    net = network(rows.x.shape[1])
    first = run(pb.frozen(net), tmp_path)
    again = run(pb.frozen(net), tmp_path)
    assert again.records.equals(first.records)
    with torch.no_grad():
        net[0].weight.mul_(-1)
    after = run(pb.frozen(net), tmp_path)
    assert not after.failures
    assert not after.records.equals(first.records)


def test_two_models_of_one_name_are_refused(rows, tmp_path):
    nets = [pb.frozen(network(rows.x.shape[1])), pb.frozen(np.tanh)]
    with pytest.raises(
        pb.InputError, match="two objects called 'frozen'; expected a name for each"
    ):
        run(nets, tmp_path)


def test_a_model_in_memory_hides_no_file(tmp_path, rows):
    path = script(tmp_path / "model.ts", network(rows.x.shape[1]))
    spec = registry.register("defenses", pb.frozen(np.tanh))
    assert spec == "frozen"
    assert registry.build("defenses", f"frozen:path={path}").path == str(path)
    assert registry.build("defenses", "frozen").model is not None


def test_a_name_of_ours_is_refused():
    with pytest.raises(pb.InputError, match="a name that no other"):
        registry.register("defenses", pb.frozen(np.tanh, name="raw"))


def test_objects_are_no_settings():
    assert "model" not in registry.describe("defenses", "frozen")
    with pytest.raises(pb.InputError, match="frozen setting"):
        registry.build("defenses", "frozen:model=3")


def test_paths_and_names_of_timm(tmp_path):
    weights = tmp_path / "w.safetensors"
    defense = pb.frozen("timm:resnet18", weights=weights, size=224, normalise="imagenet")
    assert (defense.timm, defense.weights) == ("resnet18", str(weights))
    assert pb.frozen(tmp_path / "model.ts").path == str(tmp_path / "model.ts")


@pytest.mark.parametrize("model", [{"weight": np.ones(2)}, 3, None, [nn.Linear(2, 2)]])
def test_what_is_no_model_is_refused_at_once(model):
    with pytest.raises(pb.InputError, match="a torch module, a callable"):
        pb.frozen(model)


def test_an_unknown_setting_is_refused():
    with pytest.raises(pb.InputError, match="did you mean 'normalise'"):
        pb.frozen(np.tanh, normalize="imagenet")


def test_a_model_that_is_not_frozen_is_refused_before_any_work(tmp_path):
    with pytest.raises(pb.InputError, match="depends on the batch"):
        run(pb.frozen(lambda x: x - x.mean(0)), tmp_path)


def test_from_the_shell(rows, tmp_path):
    path = script(tmp_path / "model.ts", network(rows.x.shape[1]))
    arguments = ["run", "-d", f"frozen:path={path}", "-a", "lda", "--dataset", DATASET]
    arguments += ["--folds", "2", "--jobs", "0", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert names_of(pb.load_run(tmp_path / "out")) == {"frozen"}
