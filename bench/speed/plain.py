"""The five numbers of Narula et al. 2020, the plain way: as one would write it without privbench.

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

WIDTHS = (32, 64, 128)
LR = 1e-3
BATCH = 64
TEST_BATCH = 256
ALPHA = 0.5
BETA = 1.0
TARGETS = ("expression", "identity")


class Plain:
    """Data and budget of one run."""

    def __init__(self, path: str, epochs: int, rounds: int):
        data = np.load(path)
        self.x = torch.tensor(data["x"])
        self.fold = data["fold"]
        self.y = {name: torch.tensor(data[name]).long() for name in TARGETS}
        self.epochs = epochs
        self.rounds = rounds

    def base(self) -> nn.Module:
        """An untrained base: pictures (n, c, h, w) to features (n, d)."""
        layers = []
        channels = self.x.shape[1]
        for width in WIDTHS:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            channels = width
        return nn.Sequential(*layers, nn.Flatten())

    def head(self, target: str) -> nn.Module:
        """An untrained head: features (n, d) to scores (n, K) of a label."""
        pixels = (self.x.shape[-1] // 8) ** 2
        d = WIDTHS[-1] * pixels
        classes = int(self.y[target].max()) + 1
        return nn.Sequential(
            nn.Linear(d, 256),
            nn.ReLU(),
            nn.Linear(256, 128),
            nn.ReLU(),
            nn.Linear(128, classes),
        )

    def train(self, features, heads, weights, rows, epochs, trained) -> None:
        """Train the modules in `trained` on the weighted losses of heads, {label: module}."""
        labels = [self.y[target][rows] for target in heads]
        loader = DataLoader(TensorDataset(self.x[rows], *labels), BATCH, shuffle=True)
        parameters = []
        for part in trained:
            parameters += part.parameters()
        optimiser = torch.optim.Adam(parameters, LR)
        for _ in range(epochs):
            for x, *ys in loader:
                z = features(x)
                loss = torch.zeros(())
                for head, y, weight in zip(heads.values(), ys, weights, strict=True):
                    each = F.cross_entropy(head(z), y)
                    loss = loss + weight * each
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()

    @torch.no_grad()
    def accuracy(self, net, head, rows, target) -> float:
        """The share of rows whose largest score is that of their class."""
        correct = []
        for part in torch.as_tensor(rows).split(TEST_BATCH):
            scores = head(net(self.x[part]))
            predicted = scores.argmax(1)
            correct.append(predicted == self.y[target][part])
        return float(torch.cat(correct).float().mean())

    def run(self, k: int) -> dict[str, float]:
        """The five accuracies on test fold k."""
        torch.manual_seed(k)
        train = np.flatnonzero(self.fold != k)
        test = np.flatnonzero(self.fold == k)
        face, face_head = self.whole("identity", train)
        emotion, emotion_head = self.whole("expression", train)
        hybrid = self.hybrid(train)
        return {
            "Face": self.accuracy(face, face_head, test, "identity"),
            "Emotion": self.accuracy(emotion, emotion_head, test, "expression"),
            "Emotion2Face": self.fresh(emotion, "identity", train, test),
            "Hybrid2Emotion": self.fresh(hybrid, "expression", train, test),
            "Hybrid2Face": self.fresh(hybrid, "identity", train, test),
        }

    def whole(self, target: str, rows) -> tuple[nn.Module, nn.Module]:
        """A base and a head, trained together on one label."""
        net = self.base()
        head = self.head(target)
        self.train(net, {target: head}, [1], rows, self.epochs, [net, head])
        return net, head

    def fresh(self, net: nn.Module, target: str, train, test) -> float:
        """The accuracy on test rows of a fresh head on frozen features."""
        head = self.head(target)
        self.train(_frozen(net), {target: head}, [1], train, self.epochs, [head])
        return self.accuracy(net, head, test, target)

    def hybrid(self, rows) -> nn.Module:
        """Algorithm 1: a joint start, then hide and seek in turn."""
        net = self.base()
        served = self.head("expression")
        seeker = self.head("identity")
        both = {"expression": served, "identity": seeker}
        self.train(net, both, [1, ALPHA], rows, self.epochs, [net, served, seeker])
        for _ in range(self.rounds):
            self.train(net, both, [1, -BETA], rows, 1, [net, served])
            self.train(_frozen(net), {"identity": seeker}, [1], rows, 1, [seeker])
        return net


def _frozen(net: nn.Module):
    """The net's features, through which nothing is trained."""

    def features(x):
        return net(x).detach()

    return features


def main() -> None:
    """Print a JSON line for each fold asked for."""
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
