"""Recurrent training on action units against the loop that one would write: a DataLoader, window by window."""

# pyright: reportMissingImports=false
# (the package is the repository itself, which a type checker cannot find under its name)

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from _tools import Options, say, table
from privbench.bench import registry
from privbench.bench.toolkit import train
from privbench.bench.toolkit.recurrent import Frames, concordance_loss
from privbench.bench.types import Samples, Task
from privbench.defenses._mase import recurrent
from privbench.defenses._mase.postprocess import concordance
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

BATCHES = (1, 64)  # windows that the plain loop takes at once


def measure(o: Options) -> dict[str, Any]:
    """The same network, rows, loss, optimiser and epochs, one thread each; and what each has learnt by then."""
    spec = "synthau:people=4" if o.small else "synthau"
    epochs = 2 if o.small else 8
    samples = registry.build("datasets", spec).load(None)
    asked = samples.source % 4 == 0
    known, test = samples.take(~asked), samples.take(asked)
    torch.set_num_threads(1)
    _ours(known, test, 1)  # whoever is first imports what all need
    rows = [_ours(known, test, epochs)] + [_plain(known, test, epochs, batch) for batch in BATCHES]
    for row in rows:
        say(f"{row['what']}: {row['seconds']:.1f} s an epoch, CCC {row['ccc']:.3f}")
    return {
        "dataset": spec,
        "windows": len(known),
        "frames": samples.x.shape[1],
        "epochs": epochs,
        "rows": rows,
    }


def _ours(known: Samples, test: Samples, epochs: int) -> dict[str, Any]:
    how = registry.build("defenses", "au-rnn").how
    aim, ready = recurrent.aim_of(how, known, Task("valence")), Frames.of(known.x)
    net = recurrent.network(how, known.x.shape[2], aim, 0, "cpu")
    started = time.perf_counter()
    recurrent.learn(net, how, aim, known, ready, epochs=epochs, seed=0, device="cpu")
    seconds = (time.perf_counter() - started) / epochs
    said = recurrent.answers(net, train.tensor(ready(test.x), "cpu"))[1]
    return {"what": "privbench", "seconds": seconds, "ccc": concordance(said, aim.told(test))}


class Plain(nn.Module):
    """What `au-rnn` is by default: a bidirectional GRU of 64 and a layer."""

    def __init__(self, d: int, k: int):
        super().__init__()
        self.gru, self.head = nn.GRU(d, 64, batch_first=True, bidirectional=True), nn.Linear(128, k)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.gru(x)[0])


def _plain(known: Samples, test: Samples, epochs: int, batch: int) -> dict[str, Any]:
    ready, told = (
        Frames.of(known.x),
        lambda s: np.stack([s.targets[name] for name in sorted(s.targets)], 2),
    )
    torch.manual_seed(0)
    net = Plain(known.x.shape[2] + 1, len(known.targets))
    data = TensorDataset(torch.from_numpy(ready(known.x)), torch.from_numpy(told(known)))
    loader, opt = DataLoader(data, batch, shuffle=True), torch.optim.Adam(net.parameters(), 2e-3)
    started = time.perf_counter()
    for _ in range(epochs):
        for x, y in loader:
            opt.zero_grad()
            concordance_loss(net(x), y).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
    seconds = (time.perf_counter() - started) / epochs
    with torch.no_grad():
        said = net(torch.from_numpy(ready(test.x))).numpy()
    what = (
        "plain DataLoader, window by window"
        if batch == 1
        else f"plain DataLoader, {batch} windows a batch"
    )
    return {"what": what, "seconds": seconds, "ccc": concordance(said, told(test))}


def text(raw: dict[str, Any]) -> list[str]:
    """Seconds an epoch, and how many times as fast as window by window."""
    slow = next(r["seconds"] for r in raw["rows"] if "window by window" in r["what"])
    rows = [
        [r["what"], f"{r['seconds']:.2f}", f"{slow / r['seconds']:.1f}", f"{r['ccc']:.3f}"]
        for r in raw["rows"]
    ]
    header = ["", "s an epoch", "times as fast as window by window", "CCC on other recordings"]
    return [
        f"A BiGRU of 64 on {raw['windows']} windows of {raw['frames']} frames of `{raw['dataset']}`, {raw['epochs']} "
        "epochs, one thread, mean concordance of valence and arousal. What is gained is gained by batches.",
        *table(header, rows),
    ]
