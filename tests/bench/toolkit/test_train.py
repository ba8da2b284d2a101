"""Every fast path against the plain one that it stands for, on small data."""

import numpy as np
import pytest
import torch
from privbench.attackers import knn as neighbours
from privbench.attackers._shared.vectors import RowSpace, Standardise
from privbench.bench.registry import build
from privbench.bench.testing import toy_images
from privbench.bench.toolkit import nets, train
from torch import nn
from torch.nn import functional as F

CPU = "cpu"


@pytest.fixture
def data():
    samples = toy_images(n=96)
    return torch.from_numpy(samples.x), torch.from_numpy(samples.labels["identity"])


@pytest.fixture
def precision():
    """Sets what this process trains in, and puts it back."""
    yield train.precision
    train.precision("fp32")


def plain_base(channels, widths=(32, 64, 128)):
    """ReLU before the pooling, contiguous maps: the base as one writes it."""
    layers = []
    for out in widths:
        layers += [nn.Conv2d(channels, out, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        channels = out
    return nn.Sequential(*layers, nn.Flatten())


def twins(k):
    """The house's network and a plain one with the same weights."""
    with nets.seeded(3):
        fast = nn.Sequential(nets.ConvBase(1), nets.head(128 * 4, nets.FC_WIDTHS, k))
    plain = nn.Sequential(plain_base(1), nets.head(128 * 4, nets.FC_WIDTHS, k))
    with torch.no_grad():
        for a, b in zip(plain.parameters(), fast.parameters(), strict=True):
            a.copy_(b)
    return fast, plain


def plain_training(net, x, y, budget, seed):
    """What `fit_classifier` replaces: Adam, one batch after another, losses read at once."""
    order, opt = np.random.default_rng(seed), torch.optim.Adam(net.parameters(), budget.lr)
    curve = []
    for _ in range(budget.epochs):
        losses = []
        for rows in torch.from_numpy(order.permutation(len(x))).split(budget.batch):
            loss = F.cross_entropy(net(x[rows]), y[rows])
            opt.zero_grad()
            loss.backward()
            opt.step()
            losses.append(float(loss))
        curve.append(np.mean(losses))
    return curve


def test_training_follows_the_plain_curve_to_the_same_codes_and_predictions(data):
    x, y = data
    fast, plain = twins(4)
    budget = train.Budget(epochs=6, batch=32)
    curve = train.fit_classifier(fast, train.tensor(x.numpy(), CPU), y, budget, seed=5)
    expected = plain_training(plain, x, y, budget, seed=5)
    assert expected[-1] < 0.5 * expected[0]  # something was learnt
    assert np.allclose(curve, expected, rtol=1e-3, atol=1e-4)
    codes = [train.forward(net[0], x) for net in (fast, plain)]
    assert torch.allclose(*codes, rtol=1e-2, atol=1e-3)
    assert torch.equal(*[train.forward(net, x).argmax(1) for net in (fast, plain)])


def test_bf16_follows_the_curve_of_fp32_and_releases_in_32_bits(data, precision):
    x, y = data
    curves, predictions = [], []
    for name in train.PRECISIONS:
        precision(name)
        net = twins(4)[0]
        curves.append(
            train.fit_classifier(net, train.tensor(x.numpy(), CPU), y, train.Budget(8, 32), seed=5)
        )
        exact = train.forward(net, x, exact=True)
        precision("fp32")
        assert torch.equal(exact, train.forward(net, x))
        predictions.append(exact.argmax(1))
    assert curves[0] != curves[1]  # the control: it did compute in another precision
    assert np.allclose(*curves, rtol=0.1, atol=0.05)
    assert (predictions[0] == predictions[1]).float().mean() > 0.95


def test_each_precision_repeats_itself(data, precision):
    x, y = data
    for name in train.PRECISIONS:
        precision(name)
        curves = [
            train.fit_classifier(twins(4)[0], x, y, train.Budget(3, 32), seed=5) for _ in range(2)
        ]
        assert curves[0] == curves[1]


def test_large_batches_of_inference_equal_small_ones(data):
    x, _ = data
    net = twins(4)[0].eval()
    with torch.no_grad():
        assert torch.allclose(train.forward(net, x), net(x), rtol=1e-4, atol=1e-5)


def test_neighbours_are_those_of_scikit_learn():
    from sklearn.neighbors import NearestNeighbors

    rng = np.random.default_rng(0)
    rows, queries = (
        rng.normal(size=(n, 40)).astype(np.float32) + 50 for n in (900, 200)
    )  # far from the origin
    distances, found = neighbours.nearest(queries, rows, 9)
    theirs = NearestNeighbors(n_neighbors=9, algorithm="brute").fit(rows.astype(float))
    expected = theirs.kneighbors(queries.astype(float))
    assert np.array_equal(found, expected[1])
    assert np.allclose(distances, expected[0], rtol=1e-5)


@pytest.mark.parametrize("shrinkage", [0.01, 0.5, 1.0])
@pytest.mark.parametrize("d", [12, 300])
def test_discriminants_are_those_of_scikit_learn(shrinkage, d):
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    rng = np.random.default_rng(1)
    y = np.arange(120) % 5
    z = (rng.normal(size=(120, d)) + 2 * np.eye(5, d)[y]).astype(np.float32)
    ours = build("attackers", f"lda:shrinkage={shrinkage}").fit(
        z, y, source=np.arange(120), seed=0, device=CPU
    )
    ready = RowSpace.of(z)(z).astype(float)
    # Shrinkage refers to the space that the rows span; scikit-learn gets the same.
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(ready, y)
    assert (ours(z).argmax(1) == theirs.predict(ready)).mean() == 1


class Batches:
    """A loss that notes the rows of every batch; its one parameter steps nowhere."""

    def __init__(self, value=1.0):
        self.rows = []
        self.weight = nn.Parameter(torch.tensor(value))

    def __call__(self, rows):
        self.rows.append(rows.tolist())
        return self.weight * len(rows)

    def epoch(self, n, lr=0.0, **more):
        opt = torch.optim.SGD([self.weight], lr)
        return train.epoch(self, n, opt, order=np.random.default_rng(0), **more)


def test_an_epoch_asks_every_row_once_in_the_drawn_order():
    loss = Batches()
    assert loss.epoch(10, batch=4) == pytest.approx((4 + 4 + 2) / 3)
    asked = np.concatenate(loss.rows).tolist()
    assert asked == np.random.default_rng(0).permutation(10).tolist()
    assert [len(rows) for rows in loss.rows] == [4, 4, 2]


def test_a_last_batch_of_one_row_is_dropped_but_for_an_only_one():
    loss = Batches()
    assert loss.epoch(9, batch=4) == 4
    assert [len(rows) for rows in loss.rows] == [4, 4]
    assert Batches().epoch(1, batch=4) == 1


def test_gradients_are_clipped_where_that_is_asked():
    free, clipped = Batches(), Batches()
    free.epoch(4, lr=1.0, batch=4)
    clipped.epoch(4, lr=1.0, batch=4, clip=0.5)
    assert float(free.weight) == -3
    assert float(clipped.weight) == pytest.approx(0.5, abs=1e-4)


def test_a_loss_that_is_no_number_ends_the_training():
    with pytest.raises(train.DivergedError, match="smaller learning rate"):
        Batches(float("inf")).epoch(4, batch=2)


def test_momentum_chooses_the_optimiser():
    weight = [nn.Parameter(torch.zeros(1))]
    plain = train.optimiser(weight, 0.1, 0.2)
    heavy = train.optimiser(weight, 0.1, 0.2, 0.9)
    assert isinstance(plain, torch.optim.AdamW)
    assert isinstance(heavy, torch.optim.SGD)
    assert heavy.defaults["nesterov"]
    for opt in (plain, heavy):
        assert (opt.defaults["lr"], opt.defaults["weight_decay"]) == (0.1, 0.2)


def test_rows_are_standardised():
    rows = np.random.default_rng(0).normal(size=(50, 3, 4)).astype(np.float32)
    assert np.array_equal(np.abs(Standardise.of(rows)(rows).mean(0)) < 1e-6, np.ones(12, bool))
