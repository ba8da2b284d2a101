"""Algorithm 1: what each step learns and freezes, its settings, and that it hides the identity."""

import numpy as np
import pytest
import torch
from privbench.bench import testing
from privbench.bench.checks import InputError
from privbench.bench.registry import build
from privbench.bench.types import Task
from privbench.defenses._narula import algorithm1, streams

TOY = testing.toy_images()
SMALL = "hybrid:widths=4-4,epochs=1,code=4"


def fitted(spec, samples=TOY):
    return build("defenses", spec).fit(samples, Task(), seed=0, device="cpu")


def curve(spec):
    return fitted(spec).meta["curve"]


def weights(module):
    return [p.detach().clone() for p in module.parameters()]


def same(a, b):
    pairs = zip(a, b, strict=True)
    return all(torch.equal(x, y) for x, y in pairs)


def adam(*parts):
    return torch.optim.Adam(streams.parameters_of(*parts), 1e-2)


def test_algorithm_1_freezes_what_it_says_it_freezes():
    h = build("defenses", "hybrid:widths=4-4,code=0,norm=false")
    st, _ = streams.untrained(h, TOY, Task(), seed=0, device="cpu")
    order = np.random.default_rng(0)
    base = weights(st.base)
    utility = weights(st.utility)
    private = weights(st.private)
    algorithm1.hide(st, h, adam(st.base, st.utility), order)
    assert same(private, weights(st.private))
    assert not same(base, weights(st.base))
    assert not same(utility, weights(st.utility))
    base = weights(st.base)
    z = st.base(st.x).detach()
    algorithm1.seek(st, z, h, adam(st.private), order)
    assert same(base, weights(st.base))
    assert not same(private, weights(st.private))


def test_confusing_the_adversary_has_the_published_sign_or_a_floor():
    scores = torch.randn(20, 4)
    s = torch.arange(20) % 4
    published = algorithm1.confuse(scores, s, "negative")
    loss = torch.nn.functional.cross_entropy(scores, s)
    assert float(published) == pytest.approx(-float(loss))
    uniform = [float(algorithm1.confuse(scale * scores, s, "uniform")) for scale in (0, 1, 10)]
    assert uniform[0] == pytest.approx(np.log(4))
    assert uniform[0] < uniform[1] < uniform[2]


def test_hybrid_records_its_alternation_and_can_stop_and_restart():
    points = curve(f"{SMALL},rounds=3")
    assert [point["round"] for point in points] == [0, 1, 2, 3]
    stopped = curve(f"{SMALL},rounds=30,patience=1,lr=1e-9")
    assert len(stopped) < 31
    plain = curve(f"{SMALL},rounds=2")
    restarted = curve(f"{SMALL},rounds=2,restart=1")
    assert plain[-1] != restarted[-1]


def test_hybrid_hides_what_emotion_shows():
    """The theorem and its control, on pictures where both labels are plain to see."""
    toy = testing.toy_images(240)
    linear = build("attackers", "linear")

    def accuracy(spec, label):
        z = fitted(spec, toy)(toy.x)["features"]
        y = toy.labels[label]
        adversary = linear.fit(z[:160], y[:160], source=np.arange(160), seed=0, device="cpu")
        correct = adversary(z[160:]).argmax(1) == y[160:]
        return correct.mean()

    hybrid = "hybrid:epochs=10,rounds=20,code=4"
    assert accuracy("emotion:epochs=10", "identity") > 0.9
    assert accuracy(hybrid, "identity") < 0.7
    assert accuracy(hybrid, "expression") > 0.9


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
