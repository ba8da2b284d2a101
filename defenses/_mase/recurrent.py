"""How a recurrent network is trained in one place, and how the epoch that is kept is chosen."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ...bench.toolkit import progress, train
from ...bench.toolkit.recurrent import Frames
from ...bench.types import Array, Samples, Task
from .aim import Aim, Lesson, aim_of, loss_of
from .encoder import Network, RecurrentEncoder, about, network, predict
from .postprocess import Postprocess, chosen, concordance
from .recipe import Recipe


def fit(how: Recipe, samples: Samples, task: Task, *, seed: int, device: str) -> RecurrentEncoder:
    """The trained network.

    Where `how.held` says so, the epoch and the post-processing are chosen on sources that are held
    out of `samples`.
    """
    aim = aim_of(how, samples, task)
    ready = Frames.of(samples.x)
    d = samples.x.shape[2]
    kept, held = divided(samples, aim.rated(samples), how.held, seed)
    net = network(how, d, aim, seed, device)
    best = Best(net, aim, held, ready, device)
    lesson = Lesson.of(aim, samples.take(kept), ready, device)
    learn(net, how, lesson, seed=seed, watch=best.look)
    best.restore()
    postprocess = Postprocess()
    if held is not None and aim.each_frame:
        postprocess = best.postprocess()
    return RecurrentEncoder(net.eval(), ready, postprocess, about(how, d, aim), device)


def divided(
    samples: Samples, rated: Array, share: float, seed: int
) -> tuple[Array, Samples | None]:
    """(row numbers to learn from, rows held out): whole sources, or None where there are too few.

    rated: (n,) bool, the rows that can be learnt from or judged by.
    """
    rows = np.flatnonzero(rated)
    sources = np.unique(samples.source[rows])
    count = len(sources)
    spare = min(round(share * count), count - 1)
    if spare < 1:
        return rows, None
    held = np.random.default_rng(seed).permutation(sources)[:spare]
    out = np.isin(samples.source[rows], held)
    return rows[~out], samples.take(rows[out])


def learn(
    net: Network,
    how: Recipe,
    lesson: Lesson,
    *,
    seed: int,
    pull: float = 0.0,
    watch: Callable[[], None] | None = None,
) -> float:
    """Train `net` in place for `how.epochs`; returns the last mean loss.

    watch: is called after each epoch. pull: weight of half the squared distance from where the
    weights start (FedProx, arXiv 1812.06127).
    """
    error_of = loss_of(lesson.aim, how.loss)
    opt = train.optimiser(list(net.parameters()), how.lr)
    order = np.random.default_rng(seed)
    distance = _distance(net) if pull else None

    def loss(rows: Tensor) -> Tensor:
        prediction = net(lesson.x[rows])[1]
        error = error_of(prediction, lesson.target[rows])
        away = 0.5 * pull * distance() if distance else 0.0
        return error + away

    n = len(lesson.x)
    last = float("nan")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for _ in range(how.epochs):
            net.train()
            last = train.epoch(loss, n, opt, batch=how.batch, order=order, clip=1.0)
            if watch is not None:
                watch()
    net.eval()
    return last


def _distance(net: Network) -> Callable[[], Tensor]:
    """distance(): the squared distance of the weights from what they are now."""
    start = [p.detach().clone() for p in net.parameters()]

    def distance() -> Tensor:
        parts = []
        for now, before in zip(net.parameters(), start, strict=True):
            parts.append((now - before).square().sum())
        return torch.stack(parts).sum()

    return distance


class Best:
    """The weights of the epoch that was best on held-out rows.

    They are the last ones where no row was held out.
    """

    def __init__(self, net: Network, aim: Aim, held: Samples | None, ready: Frames, device: str):
        self.net = net
        self.aim = aim
        self.held = held
        self.score = -np.inf
        self.weights = None
        self.epoch = 0
        if held is not None:
            self.x = train.tensor(ready(held.x), device)
            self.target = aim.target(held)

    def look(self) -> None:
        """Remember the weights as they are now, if none were better so far."""
        self.epoch += 1
        progress.say(f"au-rnn: epoch {self.epoch}")
        if self.held is None:
            return
        prediction = predict(self.net, self.x)[1]
        score = self._score(prediction)
        if score > self.score:
            self.score = score
            self.weights = copy.deepcopy(self.net.state_dict())

    def _score(self, prediction: Array) -> float:
        """Accuracy, or concordance, on the held-out rows."""
        if self.aim.classes:
            correct = prediction.argmax(1) == self.target
            return float(correct.mean())
        return concordance(prediction, self.target)

    def restore(self) -> None:
        """Give the network its best weights back."""
        if self.weights is not None:
            self.net.load_state_dict(self.weights)

    def postprocess(self) -> Postprocess:
        """The post-processing that is best on the held-out rows."""
        prediction = predict(self.net, self.x)[1]
        return chosen(prediction, self.target)


def peeked(
    how: Recipe, rows: Samples, test: Samples, task: Task, *, seed: int, device: str
) -> dict[str, float]:
    """Label -> concordance with the frames of `test`.

    It is that after the epoch where the mean over labels is largest on `test` itself.
    """
    aim = aim_of(how, rows, task)
    ready = Frames.of(rows.x)
    target = np.stack([test.targets[name] for name in aim.names], 2)
    frames = target.shape[1]
    net = network(how, rows.x.shape[2], aim, seed, device)
    x = train.tensor(ready(test.x), device)
    reached: list[list[float]] = []

    def look() -> None:
        prediction = predict(net, x)[1]
        if prediction.ndim != 3:
            prediction = np.repeat(prediction[:, None], frames, 1)
        labels = [[j] for j in range(aim.k)]
        reached.append([concordance(prediction[..., j], target[..., j]) for j in labels])

    learn(net, how, Lesson.of(aim, rows, ready, device), seed=seed, watch=look)
    best = max(reached, key=np.mean)
    return dict(zip(aim.names, best, strict=True))
