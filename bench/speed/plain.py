"""The five numbers of Narula et al. 2020, written the plain way: what one would write instead of using privbench.

One fold after another, one process, 32 bits, PyTorch's default threads, a DataLoader, frozen layers
run again for every batch. Reads an .npz: x (n, c, h, w) float32; expression, identity, fold (n,)
int. Prints a JSON line a fold.

    python bench/speed/plain.py data.npz --fold 0 --fold 1
"""

import argparse
import json
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

WIDTHS, LR, BATCH, ALPHA, BETA = (32, 64, 128), 1e-3, 64, 0.5, 1.0


class Plain:
    """Data and budget of one run."""

    def __init__(self, path: str, epochs: int, rounds: int):
        data = np.load(path)
        self.x, self.fold = torch.tensor(data["x"]), data["fold"]
        self.y = {name: torch.tensor(data[name]).long() for name in ("expression", "identity")}
        self.epochs, self.rounds = epochs, rounds

    def base(self) -> nn.Module:
        layers, c = [], self.x.shape[1]
        for out in WIDTHS:
            layers += [nn.Conv2d(c, out, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            c = out
        return nn.Sequential(*layers, nn.Flatten())

    def head(self, target: str) -> nn.Module:
        d, k = WIDTHS[-1] * (self.x.shape[-1] // 8) ** 2, int(self.y[target].max()) + 1
        return nn.Sequential(
            nn.Linear(d, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, k)
        )

    def train(self, features, heads, weights, rows, epochs, trained) -> None:
        loader = DataLoader(
            TensorDataset(self.x[rows], *(self.y[t][rows] for t in heads)), BATCH, shuffle=True
        )
        opt = torch.optim.Adam([p for part in trained for p in part.parameters()], LR)
        for _ in range(epochs):
            for x, *ys in loader:
                z = features(x)
                each = zip(heads.values(), ys, weights, strict=True)
                loss = sum(
                    (w * F.cross_entropy(head(z), y) for head, y, w in each), torch.zeros(())
                )
                opt.zero_grad()
                loss.backward()
                opt.step()

    @torch.no_grad()
    def accuracy(self, net, head, rows, target) -> float:
        parts = torch.as_tensor(rows).split(256)
        return float(
            torch.cat([head(net(self.x[r])).argmax(1) == self.y[target][r] for r in parts])
            .float()
            .mean()
        )

    def run(self, k: int) -> dict[str, float]:
        """The five accuracies on test fold k."""
        torch.manual_seed(k)
        train, test = np.flatnonzero(self.fold != k), np.flatnonzero(self.fold == k)
        frozen = lambda net: lambda x: net(x).detach()
        found, emotion = {}, None
        for name, target in (("Face", "identity"), ("Emotion", "expression")):
            net, head = self.base(), self.head(target)
            self.train(net, {target: head}, [1], train, self.epochs, [net, head])
            found[name] = self.accuracy(net, head, test, target)
            emotion = net
        hybrid = self.hybrid(train)
        for name, net, target in (
            ("Emotion2Face", emotion, "identity"),
            ("Hybrid2Emotion", hybrid, "expression"),
            ("Hybrid2Face", hybrid, "identity"),
        ):
            head = self.head(target)
            self.train(frozen(net), {target: head}, [1], train, self.epochs, [head])
            found[name] = self.accuracy(net, head, test, target)
        return found

    def hybrid(self, rows) -> nn.Module:
        """Algorithm 1: a joint start, then hide and seek in turn."""
        net, own, other = self.base(), self.head("expression"), self.head("identity")
        both = {"expression": own, "identity": other}
        self.train(net, both, [1, ALPHA], rows, self.epochs, [net, own, other])
        for _ in range(self.rounds):
            self.train(net, both, [1, -BETA], rows, 1, [net, own])
            self.train(lambda x: net(x).detach(), {"identity": other}, [1], rows, 1, [other])
        return net


def main() -> None:
    args = argparse.ArgumentParser()
    args.add_argument("npz")
    args.add_argument("--fold", type=int, action="append", required=True)
    args.add_argument("--epochs", type=int, default=10)
    args.add_argument("--rounds", type=int, default=20)
    given = args.parse_args()
    plain = Plain(given.npz, given.epochs, given.rounds)
    for k in given.fold:
        started = time.perf_counter()
        line = {"fold": k, **plain.run(k), "seconds": time.perf_counter() - started}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
