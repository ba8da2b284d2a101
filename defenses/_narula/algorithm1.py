"""Algorithm 1 of Narula, Wang, Chaspari 2020 (arXiv 2001.06103), and what it leaves open made explicit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...bench import checks
from ...bench.toolkit import memoise, nets, progress, train
from ...bench.types import Samples, Task
from .._shared.net_encoder import standardised

if TYPE_CHECKING:
    from ..hybrid import Hybrid

WATCHED = 1024  # rows, evenly spaced, that a point of the curve is measured on


@dataclass(frozen=True)
class Streams:
    """One base Wc and the two streams We (utility) and Wi (private), and the rows they learn from."""

    base: nn.Module
    utility: nn.Module
    private: nn.Module
    x: Tensor
    y: Tensor
    s: Tensor


def alternate(
    h: Hybrid, samples: Samples, task: Task, *, seed: int, device: str
) -> tuple[nn.Module, list[dict[str, Any]]]:
    """(frozen base, curve): the joint start, then `rounds` times hide and seek; the curve has a point a round."""
    kept, held = _split(samples, h.patience, np.random.default_rng(seed))
    st, fresh = _streams(h, samples.take(kept), task, seed, device)
    start(st, h, seed)
    order = np.random.default_rng([seed, 1])
    hiding = train.optimiser([*st.base.parameters(), *st.utility.parameters()], h.lr)
    seeking = train.optimiser(list(st.private.parameters()), h.lr)
    watch = _Watch(h.patience, _utility_on(st, samples.take(held), task, device))
    curve = [observe(st, train.forward(st.base, st.x), 0)]
    for number in range(1, h.rounds + 1):
        if h.anneal:
            hiding.param_groups[0]["lr"] = (
                h.lr * 0.5 * (1 + math.cos(math.pi * (number - 1) / h.rounds))
            )
        hide(st, h, hiding, order)
        if h.restart and number % h.restart == 0:
            st.private.load_state_dict(fresh(number))
            seeking = train.optimiser(list(st.private.parameters()), h.lr)
        z = train.forward(st.base, st.x)  # the base is frozen from here on
        seek(st, z, h, seeking, order)
        curve.append(observe(st, z, number))
        progress.say(f"hybrid: round {number} of {h.rounds}")
        if watch.stop(st.base):
            break
    watch.restore(st.base)
    return st.base.eval(), curve


def confuse(scores: Tensor, s: Tensor, how: str) -> Tensor:
    """What the base minimises against the private stream: -L_i as published, or cross-entropy to uniform.

    -L_i has no lower bound: the features may grow without end. Cross-entropy to the uniform
    distribution has its minimum where the stream knows nothing.
    """
    if how == "negative":
        return -F.cross_entropy(scores, s)
    return -F.log_softmax(scores, 1).mean()


def start(st: Streams, h: Hybrid, seed: int) -> None:
    """Step 1, once for all variants of Hybrid that begin alike and differ only in what follows."""
    parts = (st.base, st.utility, st.private)

    def make() -> list[dict[str, Tensor]]:
        joint(st, h, np.random.default_rng([seed, 0]))
        return [{k: v.clone() for k, v in part.state_dict().items()} for part in parts]

    alike = ("alpha", "epochs", "widths", "norm", "code", "lr", "batch")
    forms = [tuple(p.shape) for part in parts for p in part.parameters()]
    key = (
        *(getattr(h, name) for name in alike),
        forms,
        seed,
        train.precision_name(),
        str(st.x.device),
    )
    states = memoise.once(make, "joint start", *key, *(t.cpu().numpy() for t in (st.x, st.y, st.s)))
    for part, state in zip(parts, states, strict=True):
        part.load_state_dict(state)


def joint(st: Streams, h: Hybrid, order: np.random.Generator) -> None:
    """Step 1: minimise L_e + alpha L_i over Wc, We and Wi."""
    opt = train.optimiser(
        [*st.base.parameters(), *st.utility.parameters(), *st.private.parameters()], h.lr
    )

    def loss(rows: Tensor) -> Tensor:
        z = st.base(st.x[rows])
        own = F.cross_entropy(st.utility(z).float(), st.y[rows])
        return own + h.alpha * F.cross_entropy(st.private(z).float(), st.s[rows])

    st.base.train()
    for _ in range(h.epochs):
        train.epoch(loss, len(st.x), opt, batch=h.batch, order=order)


def hide(st: Streams, h: Hybrid, opt: torch.optim.Optimizer, order: np.random.Generator) -> None:
    """First half of step 2: minimise L_e - beta L_i over Wc and We while Wi is frozen."""
    st.base.train()
    st.private.requires_grad_(False)

    def loss(rows: Tensor) -> Tensor:
        z = st.base(st.x[rows])
        own = F.cross_entropy(st.utility(z).float(), st.y[rows])
        return own + h.beta * confuse(st.private(z).float(), st.s[rows], h.confuse)

    train.epoch(loss, len(st.x), opt, batch=h.batch, order=order, clip=h.clip)
    st.private.requires_grad_(True)


def seek(
    st: Streams, z: Tensor, h: Hybrid, opt: torch.optim.Optimizer, order: np.random.Generator
) -> None:
    """Second half of step 2: minimise L_i over Wi on the codes z of the frozen base."""

    def loss(rows: Tensor) -> Tensor:
        return F.cross_entropy(st.private(z[rows]).float(), st.s[rows])

    for _ in range(h.seek_epochs):
        train.epoch(loss, len(z), opt, batch=h.batch, order=order)


@torch.no_grad()
def observe(st: Streams, z: Tensor, number: int) -> dict[str, Any]:
    """Losses and accuracies of both streams on codes of training rows: one point of the alternation's curve."""
    every = -(-len(z) // WATCHED)
    y, s, z = st.y[::every], st.s[::every], z[::every]
    e, i = st.utility(z), st.private(z)
    return {
        "round": number,
        "utility_loss": float(F.cross_entropy(e, y)),
        "private_loss": float(F.cross_entropy(i, s)),
        "utility_accuracy": float((e.argmax(1) == y).float().mean()),
        "private_accuracy": float((i.argmax(1) == s).float().mean()),
        "code_sd": float(z.std(0).mean()),
        "dead_units": float((z.std(0) == 0).float().mean()),
    }


class _Watch:
    """Early stopping on the utility of held-out rows: remembers the best base."""

    def __init__(self, patience: int, score: Any):
        self.patience, self.score, self.best, self.waited, self.state = (
            patience,
            score,
            -1.0,
            0,
            None,
        )

    def stop(self, base: nn.Module) -> bool:
        if not self.patience:
            return False
        now, self.waited = self.score(), self.waited + 1
        if now > self.best:
            self.best, self.waited = now, 0
            self.state = {k: v.clone() for k, v in base.state_dict().items()}
        return self.waited >= self.patience

    def restore(self, base: nn.Module) -> None:
        if self.state is not None:
            base.load_state_dict(self.state)


def _split(samples: Samples, patience: int, order: np.random.Generator) -> tuple[Any, Any]:
    """(rows to train on, rows to stop on): a tenth of the sources is held out where there is early stopping."""
    everything = np.arange(len(samples))
    if not patience:
        return everything, everything[:0]
    sources = np.unique(samples.source)
    held = np.isin(samples.source, order.permutation(sources)[: max(1, len(sources) // 10)])
    return everything[~held], everything[held]


def _utility_on(st: Streams, held: Samples, task: Task, device: str) -> Any:
    x, y = train.tensor(held.x, device), torch.from_numpy(held.labels[task.utility]).to(device)
    return lambda: float(
        (train.forward(st.utility, train.forward(st.base, x)).argmax(1) == y).float().mean()
    )


def _streams(
    h: Hybrid, samples: Samples, task: Task, seed: int, device: str
) -> tuple[Streams, Any]:
    """The three parts, untrained, and a source of fresh weights for the private one."""
    x = torch.from_numpy(checks.images("x", samples.x))
    with nets.seeded(seed):
        base, d = standardised(h.base(tuple(x.shape[1:])), x)
        heads = [
            nets.head(d, nets.FC_WIDTHS, samples.n_classes(label))
            for label in (task.utility, task.private)
        ]
    y, s = (
        torch.from_numpy(samples.labels[label]).to(device) for label in (task.utility, task.private)
    )
    st = Streams(
        base.to(device),
        heads[0].to(device),
        heads[1].to(device),
        train.tensor(samples.x, device),
        y,
        s,
    )

    def fresh(number: int) -> dict[str, Tensor]:
        with nets.seeded(seed + number):
            return nets.head(d, nets.FC_WIDTHS, samples.n_classes(task.private)).state_dict()

    return st, fresh
