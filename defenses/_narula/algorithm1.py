"""Algorithm 1 of Narula, Wang, Chaspari 2020 (arXiv 2001.06103).

L_e is the cross-entropy of the utility stream and L_i that of the private stream:

    1. joint start   minimise L_e + alpha L_i   over base Wc and streams We, Wi
    2. hide          minimise L_e - beta L_i    over Wc and We, while Wi is frozen
       seek          minimise L_i               over Wi, while Wc and We are frozen

Step 2 is repeated. What the paper leaves open is made explicit by HybridSettings.
"""

from __future__ import annotations

import math
from typing import Any

from numpy.random import Generator, default_rng
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from ...bench.toolkit import memoise, progress, train
from ...bench.types import Samples, Task
from .settings import HybridSettings
from .stopping import Watch, split, utility_on
from .streams import Streams, Weights, copied, observe, parameters_of, untrained

# Settings that the joint start depends on: variants that share them start alike.
START = ("alpha", "epochs", "widths", "norm", "code", "lr", "batch")


def alternate(
    h: HybridSettings, samples: Samples, task: Task, *, seed: int, device: str
) -> tuple[nn.Module, list[dict[str, Any]]]:
    """(frozen base, curve): the joint start, then `rounds` times hide and seek; a point a round.

    Every random number comes from `seed`: which rows are held out, the untrained weights and the
    order of the rows, each from a stream of its own.
    """
    kept, held = split(samples, h.patience, default_rng(seed))
    rows = samples.take(kept)
    streams, fresh = untrained(h, rows, task, seed=seed, device=device)
    base, utility, private = streams.parts
    start(streams, h, seed)
    order = default_rng([seed, 1])
    hiding = train.optimiser(parameters_of(base, utility), h.lr)
    seeking = train.optimiser(parameters_of(private), h.lr)
    score = utility_on(streams, samples.take(held), task, device)
    watch = Watch(h.patience, score)
    z = train.forward(base, streams.x)
    curve = [observe(streams, z, 0)]
    for number in range(1, h.rounds + 1):
        if h.anneal:
            hiding.param_groups[0]["lr"] = annealed(h, number)
        hide(streams, h, hiding, order)
        if h.restart and number % h.restart == 0:
            private.load_state_dict(fresh(number))
            seeking = train.optimiser(parameters_of(private), h.lr)
        z = train.forward(base, streams.x)  # the base is frozen from here on
        seek(streams, z, h, seeking, order)
        point = observe(streams, z, number)
        curve.append(point)
        progress.say(f"hybrid: round {number} of {h.rounds}")
        if watch.stop(base):
            break
    watch.restore(base)
    return base.eval(), curve


def annealed(h: HybridSettings, number: int) -> float:
    """The base's learning rate in round `number`, from 1: half a cosine from `lr` down to 0."""
    phase = math.pi * (number - 1) / h.rounds
    return h.lr * 0.5 * (1 + math.cos(phase))


def confuse(scores: Tensor, s: Tensor, how: str) -> Tensor:
    """What the base minimises against the private stream: -L_i, or cross-entropy to uniform.

    -L_i, as published, has no lower bound: the features may grow without end. Cross-entropy to the
    uniform distribution has its minimum where the stream knows nothing.
    """
    if how == "negative":
        return -F.cross_entropy(scores, s)
    return -F.log_softmax(scores, 1).mean()


def start(streams: Streams, h: HybridSettings, seed: int) -> None:
    """Step 1, once for all variants of Hybrid that start alike and differ only in what follows."""

    def make() -> list[Weights]:
        joint(streams, h, default_rng([seed, 0]))
        return [copied(part) for part in streams.parts]

    states = memoise.once(make, "joint start", seed, *_start_key(streams, h))
    for part, state in zip(streams.parts, states, strict=True):
        part.load_state_dict(state)


def _start_key(streams: Streams, h: HybridSettings) -> list[Any]:
    """All that the joint start depends on but the seed."""
    key: list[Any] = [getattr(h, name) for name in START]
    for parameter in parameters_of(*streams.parts):
        key.append(tuple(parameter.shape))
    key.append(train.precision_name())
    key.append(str(streams.x.device))
    for tensor in (streams.x, streams.y, streams.s):
        key.append(tensor.cpu().numpy())
    return key


def joint(streams: Streams, h: HybridSettings, order: Generator) -> None:
    """Step 1: minimise L_e + alpha L_i over Wc, We and Wi."""
    opt = train.optimiser(parameters_of(*streams.parts), h.lr)

    def loss(rows: Tensor) -> Tensor:
        z = streams.base(streams.x[rows])
        utility = _utility_loss(streams, z, rows)
        private = _private_loss(streams, z, rows)
        return utility + h.alpha * private

    n = len(streams.x)
    streams.base.train()
    for _ in range(h.epochs):
        train.epoch(loss, n, opt, batch=h.batch, order=order)


def hide(streams: Streams, h: HybridSettings, opt: Optimizer, order: Generator) -> None:
    """First half of step 2: minimise L_e - beta L_i over Wc and We while Wi is frozen."""
    streams.base.train()
    streams.private.requires_grad_(False)

    def loss(rows: Tensor) -> Tensor:
        z = streams.base(streams.x[rows])
        utility = _utility_loss(streams, z, rows)
        scores = streams.private(z).float()
        s = streams.s[rows]
        hidden = confuse(scores, s, h.confuse)
        return utility + h.beta * hidden

    n = len(streams.x)
    train.epoch(loss, n, opt, batch=h.batch, order=order, clip=h.clip)
    streams.private.requires_grad_(True)


def seek(streams: Streams, z: Tensor, h: HybridSettings, opt: Optimizer, order: Generator) -> None:
    """Second half of step 2: minimise L_i over Wi on the codes z (n, d) of the frozen base."""

    def loss(rows: Tensor) -> Tensor:
        return _private_loss(streams, z[rows], rows)

    n = len(z)
    for _ in range(h.seek_epochs):
        train.epoch(loss, n, opt, batch=h.batch, order=order)


def _utility_loss(streams: Streams, z: Tensor, rows: Tensor) -> Tensor:
    """L_e on the codes z of these rows."""
    scores = streams.utility(z).float()
    y = streams.y[rows]
    return F.cross_entropy(scores, y)


def _private_loss(streams: Streams, z: Tensor, rows: Tensor) -> Tensor:
    """L_i on the codes z of these rows."""
    scores = streams.private(z).float()
    s = streams.s[rows]
    return F.cross_entropy(scores, s)
