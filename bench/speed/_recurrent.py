"""Recurrent training on action units against the loop that one would write with a DataLoader."""

# pyright: reportMissingImports=false
# (the package is the repository itself, which a type checker cannot find under its name)

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch
from _tools import Options, Raw, fixed, say, table
from privbench.bench import registry
from privbench.bench.toolkit import train
from privbench.bench.toolkit.recurrent import Frames, concordance_loss
from privbench.bench.types import Array, Samples, Task
from privbench.defenses._mase import aim, encoder, recurrent
from privbench.defenses._mase.postprocess import concordance
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

BATCHES = (1, 64)  # windows that the plain loop takes at once
SIZE = 64  # of the GRU
WINDOW_BY_WINDOW = "plain DataLoader, window by window"


def measure(o: Options) -> Raw:
    """Seconds an epoch of both, and what each has learnt by then.

    The same network, rows, loss, optimiser and epochs, one thread each.
    """
    spec = "synthau:people=4" if o.small else "synthau"
    epochs = 2 if o.small else 8
    samples = registry.build("datasets", spec).load(None)
    asked = samples.source % 4 == 0
    known = samples.take(~asked)
    test = samples.take(asked)
    torch.set_num_threads(1)
    _ours(known, test, 1)  # the first one imports what all need
    rows = [_ours(known, test, epochs)]
    for batch in BATCHES:
        rows.append(_plain(known, test, epochs, batch))
    for row in rows:
        say(f"{row['what']}: {row['seconds']:.1f} s an epoch, CCC {row['ccc']:.3f}")
    return {
        "dataset": spec,
        "windows": len(known),
        "frames": samples.x.shape[1],
        "epochs": epochs,
        "rows": rows,
    }


def _ours(known: Samples, test: Samples, epochs: int) -> Raw:
    defense = registry.build("defenses", "au-rnn")
    how = replace(defense.how, epochs=epochs)
    goal = aim.aim_of(how, known, Task("valence"))
    ready = Frames.of(known.x)
    net = encoder.network(how, known.x.shape[2], goal, 0, "cpu")
    started = time.perf_counter()
    lesson = aim.Lesson.of(goal, known, ready, "cpu")
    recurrent.learn(net, how, lesson, seed=0)
    seconds = (time.perf_counter() - started) / epochs
    frames = train.tensor(ready(test.x), "cpu")
    _, prediction = encoder.predict(net, frames)
    ccc = concordance(prediction, goal.target(test))
    return {"what": "privbench", "seconds": seconds, "ccc": ccc}


class Plain(nn.Module):
    """What `au-rnn` is by default: a bidirectional GRU of SIZE and a layer."""

    def __init__(self, d: int, k: int):
        super().__init__()
        self.gru = nn.GRU(d, SIZE, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * SIZE, k)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, t, k): numbers of each frame of (n, t, d)."""
        z, _ = self.gru(x)
        return self.head(z)


def _plain(known: Samples, test: Samples, epochs: int, batch: int) -> Raw:
    ready = Frames.of(known.x)
    torch.manual_seed(0)
    net = Plain(known.x.shape[2] + 1, len(known.targets))
    frames = torch.from_numpy(ready(known.x))
    data = TensorDataset(frames, torch.from_numpy(_ratings(known)))
    loader = DataLoader(data, batch, shuffle=True)
    optimiser = torch.optim.Adam(net.parameters(), 2e-3)
    started = time.perf_counter()
    for _ in range(epochs):
        for x, y in loader:
            optimiser.zero_grad()
            loss = concordance_loss(net(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
    seconds = (time.perf_counter() - started) / epochs
    frames = torch.from_numpy(ready(test.x))
    with torch.no_grad():
        prediction = net(frames).numpy()
    what = WINDOW_BY_WINDOW if batch == 1 else f"plain DataLoader, {batch} windows a batch"
    ccc = concordance(prediction, _ratings(test))
    return {"what": what, "seconds": seconds, "ccc": ccc}


def _ratings(samples: Samples) -> Array:
    """(n, t, k): every continuous label of each frame."""
    names = sorted(samples.targets)
    return np.stack([samples.targets[name] for name in names], 2)


def text(raw: Raw) -> list[str]:
    """The section of the part recurrent."""
    slow = next(r["seconds"] for r in raw["rows"] if r["what"] == WINDOW_BY_WINDOW)
    rows = []
    for r in raw["rows"]:
        times = slow / r["seconds"]
        rows.append([r["what"], fixed(r["seconds"]), fixed(times, 1), fixed(r["ccc"], 3)])
    header = ["", "s an epoch", "times as fast as window by window", "CCC on other recordings"]
    return [
        f"A BiGRU of 64 on {raw['windows']} windows of {raw['frames']} frames of"
        f" `{raw['dataset']}`, {raw['epochs']} epochs, one thread, mean concordance of valence and"
        " arousal. What is gained is gained by batches.",
        *table(header, rows),
    ]
