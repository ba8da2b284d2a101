"""How a recurrent network learns labels of sequences, what it releases, and how it is kept."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...bench.checks import InputError
from ...bench.toolkit import nets, progress, sequences, train
from ...bench.toolkit.recurrent import LOSSES, Frames, Recurrent
from ...bench.types import Array, Codes, Samples, Task
from .postprocess import Spoken, concordance, spoken

if TYPE_CHECKING:
    from ..au_rnn import Recipe

FORMAT = 1


class Network(nn.Module):
    """(n, t, d + 1) -> codes (n, t, h) and answers: (n, t, k) numbers of each frame, or (n, k) of the sequence."""

    def __init__(self, how: Recipe, d: int, k: int, each_frame: bool):
        super().__init__()
        self.codes, self.each_frame = Recurrent(how.kind, d, how.size, how.layers), each_frame
        wide = [nn.Linear(self.codes.width, how.wide), nn.ReLU()] if how.wide else []
        self.head = nn.Sequential(*wide, nn.Linear(how.wide or self.codes.width, k))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z = self.codes(x)
        if self.each_frame:
            return z, self.head(z.float()).float()
        there = x[..., -1:]
        return z, self.head((z * there).sum(1) / there.sum(1).clamp_min(1)).float()


@dataclass(frozen=True)
class Aim:
    """What is learnt: numbers of each frame by name, or the classes of one label. means: of rows, not frames."""

    names: tuple[str, ...]
    k: int
    classes: bool
    means: bool

    @property
    def each_frame(self) -> bool:
        return not (self.classes or self.means)

    def told(self, samples: Samples) -> Array:
        """(n,) classes, (n, t, k) numbers, or (n, k) means of rows, NaN where nobody rated."""
        if self.classes:
            return samples.labels[self.names[0]]
        told = np.stack([samples.targets[name] for name in self.names], 2)
        return sequences.means(told) if self.means else told

    def rated(self, samples: Samples) -> Array:
        """(n,) bool: rows that somebody said something of."""
        told = self.told(samples)
        return (
            np.ones(len(told), bool)
            if self.classes
            else np.isfinite(told.reshape(len(told), -1)).max(axis=-1)
        )


def aim_of(how: Recipe, samples: Samples, task: Task) -> Aim:
    """Every continuous label of the data, or the classes of the utility label where that is none."""
    if task.utility in samples.targets:
        names = tuple(sorted(samples.targets))
        return Aim(names, len(names), False, how.loss == "mse")
    if not task.utility:
        raise InputError("au-rnn", "no utility label", "--utility: what the code is to keep")
    return Aim((task.utility,), samples.n_classes(task.utility), True, False)


def loss_of(aim: Aim, name: str) -> Callable[[Tensor, Tensor], Tensor]:
    """loss(answers, told). name: of LOSSES, which classes have no use for."""
    if aim.classes:
        return F.cross_entropy
    return LOSSES["mse" if aim.means else name]


def rated(told: Tensor, aim: Aim) -> Tensor:
    """Row numbers that can be learnt from.

    Raises:
        InputError: if there are none.
    """
    rows = (
        torch.arange(len(told))
        if aim.classes
        else torch.nonzero(~torch.isnan(told).flatten(1).all(1))[:, 0]
    )
    if not len(rows):
        raise InputError(
            "au-rnn", "no rated row to learn from", "ratings of " + " or ".join(aim.names)
        )
    return rows


@dataclass(frozen=True)
class RecurrentEncoder:
    """Releases `code` (n, t, h), a recurrent code of each frame, and `output`, the answers themselves."""

    net: Network
    ready: Frames
    spoken: Spoken
    about: dict[str, Any]
    device: str

    def __call__(self, x: Array, /) -> Codes:
        z, said = answers(self.net, train.tensor(self.ready(x), self.device))
        ended = sequences.ended(x)
        if said.ndim == 3:
            said = np.where(ended[..., None], np.nan, self.spoken(said))
        return {"code": np.where(ended[..., None], np.nan, z), "output": said.astype(np.float32)}

    def save(self, folder: Path, /) -> None:
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        state = {k: v.detach().cpu().contiguous() for k, v in self.net.state_dict().items()}
        save_file(state, folder / "net.safetensors")
        frames = {"mean": self.ready.mean.tolist(), "scale": self.ready.scale.tolist()}
        meta = {"format": FORMAT, **self.about, "frames": frames, "spoken": asdict(self.spoken)}
        (folder / "meta.json").write_text(json.dumps(meta, indent=1), encoding="utf-8")


@torch.no_grad()
def answers(net: Network, x: Tensor) -> tuple[Array, Array]:
    """(codes, answers) in evaluation mode, in batches, in 32 bits."""
    net.eval()
    with train.mixed(x.device, off=True):
        found = [net(part) for part in x.split(train.INFERENCE_BATCH)]
    return tuple(torch.cat(part).float().cpu().numpy() for part in zip(*found, strict=True))  # type: ignore[return-value]


def fit(how: Recipe, samples: Samples, task: Task, *, seed: int, device: str) -> RecurrentEncoder:
    """Train, choose the epoch and the way of speaking on sources held out of `samples`, where `how.held` says so."""
    aim, ready = aim_of(how, samples, task), Frames.of(samples.x)
    kept, held = divided(samples, aim.rated(samples), how.held, seed)
    net = network(how, samples.x.shape[2], aim, seed, device)
    best = Best(net, aim, held, ready, device)
    learn(
        net,
        how,
        aim,
        samples.take(kept),
        ready,
        epochs=how.epochs,
        seed=seed,
        device=device,
        watch=best.look,
    )
    best.restore()
    about = {
        "recipe": asdict(how),
        "d": samples.x.shape[2],
        "k": aim.k,
        "each_frame": aim.each_frame,
    }
    said = Spoken() if held is None or not aim.each_frame else best.speaks()
    return RecurrentEncoder(net.eval(), ready, said, about | {"names": aim.names}, device)


def network(how: Recipe, d: int, aim: Aim, seed: int, device: str) -> Network:
    with nets.seeded(seed):
        return Network(how, d, aim.k, aim.each_frame).to(device)


def divided(
    samples: Samples, rated: Array, share: float, seed: int
) -> tuple[Array, Samples | None]:
    """(row numbers to learn from, rows held out): whole sources; None where there are too few to spare one.

    rated: (n,) the rows that can be learnt from or judged by.
    """
    rows = np.flatnonzero(rated)
    sources = np.unique(samples.source[rows])
    spare = min(round(share * len(sources)), len(sources) - 1)
    if spare < 1:
        return rows, None
    chosen = np.random.default_rng(seed).permutation(sources)[:spare]
    mask = np.isin(samples.source[rows], chosen)
    return rows[~mask], samples.take(rows[mask])


def learn(
    net: Network,
    how: Recipe,
    aim: Aim,
    samples: Samples,
    ready: Frames,
    *,
    epochs: int,
    seed: int,
    device: str,
    pull: float = 0.0,
    watch: Callable[[], None] = lambda: None,
) -> float:
    """So many epochs over the rows; `watch` is called after each. Returns the last mean loss.

    pull: weight of half the squared distance from where it starts (FedProx, arXiv 1812.06127).
    """
    x, told = train.tensor(ready(samples.x), device), torch.from_numpy(aim.told(samples)).to(device)
    rows = rated(told, aim)
    x, told, loss = x[rows], told[rows], loss_of(aim, how.loss)
    opt, order = train.optimiser(list(net.parameters()), how.lr), np.random.default_rng(seed)
    away = _distance(net) if pull else None
    step = lambda part: loss(net(x[part])[1], told[part]) + (0.5 * pull * away() if away else 0.0)
    last = float("nan")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for _ in range(epochs):
            net.train()
            last = train.epoch(step, len(x), opt, batch=how.batch, order=order, clip=1.0)
            watch()
    net.eval()
    return last


def _distance(net: Network) -> Callable[[], Tensor]:
    """The squared distance of the weights from what they are now."""
    start = [p.detach().clone() for p in net.parameters()]
    return lambda: torch.stack(
        [(p - q).square().sum() for p, q in zip(net.parameters(), start, strict=True)]
    ).sum()


class Best:
    """The weights of the epoch that was best on held-out rows; the last ones where nothing was held out."""

    def __init__(self, net: Network, aim: Aim, held: Samples | None, ready: Frames, device: str):
        self.net, self.aim, self.held, self.score, self.state, self.epoch = (
            net,
            aim,
            held,
            -np.inf,
            None,
            0,
        )
        if held is not None:
            self.x, self.told = train.tensor(ready(held.x), device), aim.told(held)

    def look(self) -> None:
        self.epoch += 1
        progress.say(f"au-rnn: epoch {self.epoch}")
        if self.held is None:
            return
        said = answers(self.net, self.x)[1]
        score = (
            float((said.argmax(1) == self.told).mean())
            if self.aim.classes
            else concordance(said, self.told)
        )
        if score > self.score:
            self.score, self.state = score, copy.deepcopy(self.net.state_dict())

    def restore(self) -> None:
        if self.state is not None:
            self.net.load_state_dict(self.state)

    def speaks(self) -> Spoken:
        return spoken(answers(self.net, self.x)[1], self.told)


def peeked(
    how: Recipe, rows: Samples, test: Samples, task: Task, *, seed: int, device: str
) -> dict[str, float]:
    """Label -> concordance with the frames of `test`, after the epoch where the mean of all labels is largest there."""
    aim, ready = aim_of(how, rows, task), Frames.of(rows.x)
    told = np.stack([test.targets[name] for name in aim.names], 2)
    net, x, found = (
        network(how, rows.x.shape[2], aim, seed, device),
        train.tensor(ready(test.x), device),
        [],
    )

    def look() -> None:
        said = answers(net, x)[1]
        said = said if said.ndim == 3 else np.repeat(said[:, None], told.shape[1], 1)
        found.append([concordance(said[..., [j]], told[..., [j]]) for j in range(aim.k)])

    learn(net, how, aim, rows, ready, epochs=how.epochs, seed=seed, device=device, watch=look)
    return dict(zip(aim.names, max(found, key=np.mean), strict=True))


def load(folder: Path, *, device: str) -> RecurrentEncoder:
    """The encoder that `save` wrote.

    Raises:
        InputError: if it is of another format.
    """
    from safetensors.torch import load_file

    from ..au_rnn import Recipe

    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    if meta.get("format") != FORMAT:
        raise InputError(
            str(folder), f"format {meta.get('format')}", str(FORMAT), "written by another version"
        )
    net = Network(Recipe(**meta["recipe"]), meta["d"], meta["k"], meta["each_frame"])
    net.load_state_dict(load_file(folder / "net.safetensors"))
    ready = Frames(*(np.array(meta["frames"][name], np.float32) for name in ("mean", "scale")))
    about = {name: meta[name] for name in ("recipe", "d", "k", "each_frame", "names")}
    return RecurrentEncoder(net.to(device).eval(), ready, Spoken(**meta["spoken"]), about, device)
