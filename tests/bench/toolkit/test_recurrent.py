"""Networks over frames: how frames get ready, shapes, missing frames, and the losses."""

import numpy as np
import pytest
import torch
from privbench.bench.checks import InputError
from privbench.bench.metrics import regression
from privbench.bench.toolkit import nets, recurrent, train
from privbench.bench.toolkit.recurrent import Convolved, EachFrame, Frames, Pooled, Recurrent


def test_frames_are_standardised_where_they_are_there():
    z = np.array([[[1.0, 5], [3, 5], [np.nan, np.nan]]], np.float32)
    ready = Frames.of(z)
    assert (ready.mean.tolist(), ready.scale.tolist()) == ([2, 5], [1, 0])
    assert ready(z).tolist() == [[[-1, 0, 1], [1, 0, 1], [0, 0, 0]]]
    assert ready(z).dtype == np.float32
    assert Frames.scaled(np.zeros(2), np.array([4.0, 0])).scale.tolist() == [0.25, 0]
    with pytest.raises(InputError, match="sequences"):
        ready(np.array([[[1.0, np.nan]]]))


@pytest.mark.parametrize("kind", recurrent.KINDS)
def test_codes_of_every_frame_have_the_width_that_is_said(kind):
    codes = Recurrent(kind, d=3, size=5, layers=2)
    assert codes.width == (10 if kind.startswith("bi") else 5)
    assert codes(torch.zeros(2, 7, 4)).shape == (2, 7, codes.width)
    assert EachFrame(codes, 6)(torch.zeros(2, 7, 4)).shape == (2, 7, 6)


def test_only_the_kinds_bi_read_backwards():
    """A change of the last frame reaches the code of the first one, or it does not."""
    x = torch.zeros(1, 6, 3)
    later = x.clone()
    later[0, -1] = 1
    for kind in recurrent.KINDS:
        with nets.seeded(0):
            codes = Recurrent(kind, d=2, size=4)
        same = torch.equal(codes(x)[0, 0], codes(later)[0, 0])
        assert same != kind.startswith("bi"), kind


def test_convolutions_reach_as_far_as_their_kernels():
    """Kernels of 3 with taps 1, 2 and 4 frames apart: seven frames to either side."""
    with nets.seeded(0):
        codes = Convolved(d=1, size=16, kernel=3).eval()
        x = torch.randn(1, 31, 2)
    touched = x.clone()
    touched[0, 15] += 10
    changed = (codes(x) != codes(touched)).any(2)[0].nonzero().flatten().tolist()
    assert codes(x).shape == (1, 31, codes.width)
    assert (min(changed), max(changed)) == (8, 22)


class Echo(torch.nn.Module):
    """The frames as their own codes."""

    width = 2

    def forward(self, x):
        return x


def test_missing_frames_count_neither_in_the_mean_nor_in_the_maximum():
    pooled = Pooled(Echo(), 3)
    pooled.head = torch.nn.Identity()
    x = torch.tensor([[[1.0, 1], [-3, 1], [9, 0]], [[-2, 1], [7, 0], [7, 0]]])
    assert pooled(x).tolist() == [[-1, 1, 1, 1], [-2, 1, -2, 1]]


def test_the_concordance_loss_is_one_less_the_concordance():
    rng = np.random.default_rng(0)
    target, prediction = rng.normal(size=(2, 4, 9, 2)).astype(np.float32)
    target[0, 3:, 0] = np.nan
    values = [regression.ccc(target[..., j], prediction[..., j]) for j in range(2)]
    loss = recurrent.concordance_loss(torch.from_numpy(prediction), torch.from_numpy(target))
    assert float(loss) == pytest.approx(1 - np.mean(values), abs=1e-5)


def test_the_squared_loss_is_that_of_rated_frames():
    target = torch.tensor([[[1.0], [torch.nan], [3.0]]])
    prediction = torch.tensor([[[2.0], [99.0], [5.0]]])
    assert float(recurrent.squared_loss(prediction, target)) == (1 + 4) / 2


def fitted(loss, seed):
    """(losses, predictions) of a short training on sequences whose label is their first number."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(24, 8, 2)).astype(np.float32)
    target = torch.from_numpy(z[..., :1].copy())
    target[::3, 4:] = torch.nan
    x = torch.from_numpy(Frames.of(z)(z))
    with nets.seeded(0):
        net = EachFrame(Recurrent("gru", 2, 8), 1)
    losses = recurrent.fit_frames(net, x, target, train.Budget(20, 8, 1e-2), loss=loss, seed=seed)
    assert not net.training
    return losses, train.forward(net, x)


@pytest.mark.parametrize("loss", sorted(recurrent.LOSSES))
def test_training_learns_and_depends_on_the_seed_alone(loss):
    losses, prediction = fitted(loss, seed=1)
    assert len(losses) == 20
    assert losses[-1] < 0.5 * losses[0]
    again, same = fitted(loss, seed=1)
    assert losses == again
    assert torch.equal(prediction, same)
    assert losses != fitted(loss, seed=2)[0]
