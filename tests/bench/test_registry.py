import pytest
from privbench.bench import registry
from privbench.bench.checks import InputError


def test_sweep_makes_every_combination():
    built = registry.sweep("defenses", "noise:sigma=[0.05,0.1,0.2],epochs=[1,2]")
    assert [(b.sigma, b.epochs) for _, b in built] == [
        (s, e) for s in (0.05, 0.1, 0.2) for e in (1, 2)
    ]


def test_canonical_spec_says_what_differs_and_builds_the_same():
    for spec in (
        "noise",
        "noise:sigma=0.1",
        "noise:sigma=0.3,epochs=2",
        "hybrid:widths=8-8,norm=false",
        "knn:k=1",
    ):
        room = "attackers" if spec.startswith("knn") else "defenses"
        canonical, built = registry.sweep(room, spec)[0]
        assert registry.build(room, canonical) == built
    assert registry.sweep("defenses", "noise:sigma=0.1")[0][0] == "noise"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("noize", "did you mean 'noise'"),
        ("noise:sigmo=1", "did you mean 'sigma'"),
        ("noise:sigma=much", "a number"),
        ("noise:epochs=1.5", "a whole number"),
        ("noise:sigma", "key=value"),
        ("noise:sigma=", "key=value"),
        ("noise:sigma=[]", "at least one value"),
        ("noise:sigma=-1", "sigma"),
        ("hybrid:confuse=both", "negative, uniform"),
        ("hybrid:norm=maybe", "true, false"),
        ("raw:x=1", "it has no settings"),
        ("hybrid:widths=a-b", "whole number"),
    ],
)
def test_bad_specs_are_refused_with_help(spec, message):
    with pytest.raises(InputError, match=message.replace("=", ".")):
        registry.sweep("defenses", spec)


def test_plugin_file_registers_by_kind(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_plugins", {room: {} for room in registry.ROOMS})
    path = tmp_path / "mine.py"
    path.write_text(
        "from dataclasses import dataclass\n"
        "@dataclass(frozen=True)\nclass DoubleBlur:\n    'Twice.'\n    times: int = 2\n"
        "    def fit(self, samples, task, *, seed, device): ...\n"
        "@dataclass(frozen=True)\nclass Guess:\n    'Guess.'\n    name = 'my-guess'\n"
        "    def skip(self, z, y): ...\n    def fit(self, z, y, *, source, seed, device): ...\n"
    )
    registry.load_plugin(path)
    assert registry.build("defenses", "double-blur:times=3").times == 3
    assert "my-guess" in registry.names("attackers")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "frozen dataclass"),
        ("import nothing_here", "ModuleNotFoundError"),
        (None, "exists"),
    ],
)
def test_bad_plugins(tmp_path, text, message):
    path = tmp_path / "bad.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=message):
        registry.load_plugin(path)


def test_an_instance_goes_by_the_name_of_its_file_with_its_settings():
    """Class names do not say it: SparseLda is `sparse-lda`."""
    for spec in ("lda", "sparse-lda", "knn:k=3", "vgan-cnn"):
        assert registry.spec_of("attackers", registry.build("attackers", spec)) == spec
